#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/quantities.hpp"

namespace echosweep::modes {

/// When the latest 65,536 requests to a target left, by their sequence number, and which of them have been
/// answered: a word each, whose lowest bit says so. A sequence number that is used again begins anew. Memory
/// grows with the numbers in use, 8 KiB for each 1,024 of them.
class SendTimes {
 public:
  /// Sender thread only. Before it leaves: the reply may be faster than whatever would come after.
  void note(Sequence sequence, MonotonicTime sent_at);
  /// Any thread.
  bool is_answered(Sequence sequence) const;

  struct Sent {
    MonotonicTime at;  ///< a nanosecond early, at most
    bool first = false;
  };
  /// Receiver thread only. Nothing: no such request has left. `first`: until now it had no answer.
  std::optional<Sent> take_answer(Sequence sequence);
  /// Any thread. The same, but it stays without an answer.
  std::optional<Sent> find(Sequence sequence) const;

 private:
  using Word = std::atomic<std::int64_t>;
  static constexpr std::size_t kChunk = 1024;
  struct Chunk {
    std::array<Word, kChunk> words{};
  };
  Word* word(Sequence sequence) const;

  std::array<std::atomic<Chunk*>, 65536 / kChunk> chunks_{};
  std::array<std::unique_ptr<Chunk>, 65536 / kChunk> owned_{};  ///< sender thread
};

}  // namespace echosweep::modes

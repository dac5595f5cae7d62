#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/quantities.hpp"

namespace echosweep::modes {

/// When the latest requests to a target left, by their sequence number, and which of them have been answered:
/// a word each, whose lowest bit says so. A sequence number that is used again begins anew. Memory grows with
/// the numbers in use, 8 KiB for each 1,024 of them, up to 512 KiB for 65,536; where many targets are asked,
/// fewer are remembered.
class SendTimes {
 public:
  /// So many requests to each of `targets` are remembered that all together need no more than 256 MiB: all
  /// 65,536 for up to 512 targets, 512 for 65,536 of them. A power of two, 512 at least.
  static std::size_t most_each(std::size_t targets);

  /// `remembered`: a power of two, 65,536 at most.
  explicit SendTimes(std::size_t remembered = 65536);

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
  /// Null: none of its chunk has left, or it is too old to be remembered.
  Word* word(Sequence sequence) const;

  std::size_t remembered_;
  std::size_t chunk_;                     ///< words of each
  std::atomic<std::uint16_t> latest_{0};  ///< the sequence number that was noted last
  std::array<std::atomic<Word*>, 65536 / kChunk> chunks_{};
  std::array<std::unique_ptr<Word[]>, 65536 / kChunk> owned_{};  ///< sender thread
};

}  // namespace echosweep::modes

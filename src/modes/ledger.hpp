#pragma once

#include <atomic>
#include <cstdint>

#include "core/cache_line.hpp"
#include "core/mapped_array.hpp"
#include "report/record.hpp"

namespace echosweep::modes {

using report::State;

/// What the sweep knows of each target: two bits, in one flat array. The sender raises to silent, the
/// receiver to unreachable and alive, both at once; a state only rises, so that the order in which the two
/// threads come does not matter. One thread alone raises to alive. Any thread may read.
class Ledger {
 public:
  explicit Ledger(std::uint64_t targets);

  std::uint64_t size() const { return size_; }
  State state(std::uint64_t index) const;
  /// Has the processor fetch what raise() will write, while other things are done.
  void prefetch(std::uint64_t index) const { __builtin_prefetch(&words_[index / kTargetsPerWord], 1); }
  /// Raises to `to` unless it stands there or higher; returns the state as it was.
  State raise(std::uint64_t index, State to);
  /// raise(index, State::kSilent) for each from `first` to in front of `end` (at most size()), up to 32 of
  /// them at once.
  void raise_to_silent(std::uint64_t first, std::uint64_t end);

  /// How many are alive; kept up to date, since both threads and the progress line ask. Who sees a number
  /// sees all that the raising thread did before.
  std::uint64_t alive() const { return alive_.load(std::memory_order_acquire); }

  struct Counts {
    std::uint64_t unsent = 0;
    std::uint64_t silent = 0;
    std::uint64_t unreachable = 0;
    std::uint64_t alive = 0;
  };
  /// Counts all states by looking at each target: for the end.
  Counts count() const;

 private:
  static constexpr std::uint64_t kTargetsPerWord = 32;

  std::atomic_ref<std::uint64_t> word_of(std::uint64_t index) const {
    return std::atomic_ref(words_[index / kTargetsPerWord]);
  }

  std::uint64_t size_;
  MappedArray<std::uint64_t> words_;
  /// Written at every first reply: beside the two above it would make the sender wait for them at each
  /// target.
  alignas(kCacheLine) std::atomic<std::uint64_t> alive_{0};
};

}  // namespace echosweep::modes

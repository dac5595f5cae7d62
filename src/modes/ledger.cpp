#include "modes/ledger.hpp"

#include <array>

namespace echosweep::modes {

Ledger::Ledger(std::uint64_t targets)
    : size_(targets),
      words_(
          std::make_unique<std::atomic<std::uint64_t>[]>((targets + kTargetsPerWord - 1) / kTargetsPerWord)) {
}

State Ledger::state(std::uint64_t index) const {
  const std::uint64_t word = words_[index / kTargetsPerWord].load(std::memory_order_relaxed);
  return static_cast<State>(word >> index % kTargetsPerWord * 2 & 3);
}

State Ledger::raise(std::uint64_t index, State to) {
  std::atomic<std::uint64_t>& word = words_[index / kTargetsPerWord];
  const auto shift = static_cast<int>(index % kTargetsPerWord * 2);
  std::uint64_t before = word.load(std::memory_order_relaxed);
  while (true) {
    const auto state = static_cast<State>(before >> shift & 3);
    if (state >= to) {
      return state;
    }
    const std::uint64_t after = (before & ~(std::uint64_t{3} << shift)) | static_cast<std::uint64_t>(to)
                                                                              << shift;
    if (word.compare_exchange_weak(before, after, std::memory_order_relaxed)) {
      if (to == State::kAlive) {
        alive_.fetch_add(1, std::memory_order_relaxed);
      }
      return state;
    }
  }
}

Ledger::Counts Ledger::count() const {
  std::array<std::uint64_t, 4> counts{};
  for (std::uint64_t first = 0; first < size_; first += kTargetsPerWord) {
    std::uint64_t word = words_[first / kTargetsPerWord].load(std::memory_order_relaxed);
    const std::uint64_t here = size_ - first < kTargetsPerWord ? size_ - first : kTargetsPerWord;
    for (std::uint64_t i = 0; i < here; ++i, word >>= 2) {
      ++counts[word & 3];
    }
  }
  return {.unsent = counts[0], .silent = counts[1], .unreachable = counts[2], .alive = counts[3]};
}

}  // namespace echosweep::modes

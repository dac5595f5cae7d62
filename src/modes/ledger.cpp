#include "modes/ledger.hpp"

#include <algorithm>
#include <bit>

namespace echosweep::modes {

namespace {

/// The low one of each target's two bits.
constexpr std::uint64_t kLowBits = 0x5555555555555555;
static_assert(static_cast<int>(State::kUnsent) == 0 && static_cast<int>(State::kSilent) == 1 &&
              static_cast<int>(State::kUnreachable) == 2 && static_cast<int>(State::kAlive) == 3);

}  // namespace

Ledger::Ledger(std::uint64_t targets)
    : size_(targets), words_(map_array<std::uint64_t>((targets + kTargetsPerWord - 1) / kTargetsPerWord)) {}

State Ledger::state(std::uint64_t index) const {
  const std::uint64_t word = word_of(index).load(std::memory_order_relaxed);
  return static_cast<State>(word >> index % kTargetsPerWord * 2 & 3);
}

State Ledger::raise(std::uint64_t index, State to) {
  const std::atomic_ref<std::uint64_t> word = word_of(index);
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
        // One thread alone writes it: no atomic addition.
        alive_.store(alive() + 1, std::memory_order_release);
      }
      return state;
    }
  }
}

void Ledger::raise_to_silent(std::uint64_t first, std::uint64_t end) {
  while (first < end) {
    const std::uint64_t place = first % kTargetsPerWord;
    const std::uint64_t count = std::min(end - first, kTargetsPerWord - place);
    const std::uint64_t wanted = kLowBits >> 2 * (kTargetsPerWord - count) << 2 * place;
    const std::atomic_ref<std::uint64_t> word = word_of(first);
    std::uint64_t before = word.load(std::memory_order_relaxed);
    // Only where neither bit is set: what stands higher stays.
    while (!word.compare_exchange_weak(before, before | (wanted & ~(before | before >> 1)),
                                       std::memory_order_relaxed)) {
    }
    first += count;
  }
}

Ledger::Counts Ledger::count() const {
  Counts counts;
  for (std::uint64_t first = 0; first < size_; first += kTargetsPerWord) {
    const std::uint64_t word = word_of(first).load(std::memory_order_relaxed);
    const std::uint64_t low = word & kLowBits;
    const std::uint64_t high = word >> 1 & kLowBits;
    counts.silent += static_cast<std::uint64_t>(std::popcount(low & ~high));
    counts.unreachable += static_cast<std::uint64_t>(std::popcount(high & ~low));
    counts.alive += static_cast<std::uint64_t>(std::popcount(high & low));
  }
  // The last word's places behind the last target are unsent as well: so by what is left.
  counts.unsent = size_ - counts.silent - counts.unreachable - counts.alive;
  return counts;
}

}  // namespace echosweep::modes

#include "modes/recent_probes.hpp"

#include <algorithm>

namespace echosweep::modes {

namespace {

using std::chrono::nanoseconds;

/// So long a probe is remembered at least, after which a reply to it may count as a duplicate.
constexpr nanoseconds kRemember = std::chrono::seconds(10);
constexpr std::uint64_t kRounds = 32;
/// As far as those fit in 1 MiB.
constexpr std::uint64_t kMostForRounds = std::uint64_t{1} << 22;
/// No sender of ours is faster, whatever the period asks for: 10 MiB for ten seconds.
constexpr std::uint64_t kMostASecond = 4'000'000;
/// 256 MiB: a million a second for a quarter of an hour. Who waits longer for so many loses the oldest.
constexpr std::uint64_t kMostInAll = std::uint64_t{1} << 30;

std::uint64_t wanted(const CountOptions& options, std::uint64_t targets) {
  const nanoseconds time = std::max(kRemember, 2 * options.timeout);
  const auto rounds = static_cast<std::uint64_t>(time / round_time(options, targets)) + 1;
  const auto seconds = static_cast<std::uint64_t>(time / std::chrono::seconds(1)) + 1;
  const Uint128 by_time = std::min(Uint128{rounds} * targets, Uint128{seconds} * kMostASecond);
  const Uint128 by_rounds = std::min<Uint128>(Uint128{kRounds} * targets, kMostForRounds);
  const Uint128 all = options.rounds == 0 ? Uint128{kMostInAll} : Uint128{options.rounds} * targets;
  return static_cast<std::uint64_t>(
      std::clamp<Uint128>(std::max(by_time, by_rounds), 1, std::min<Uint128>(all, kMostInAll)));
}

}  // namespace

RecentProbes::RecentProbes(const CountOptions& options, std::uint64_t targets)
    : size_((wanted(options, targets) + kProbesOfAWord - 1) / kProbesOfAWord * kProbesOfAWord),
      words_(std::make_unique_for_overwrite<std::uint64_t[]>(size_ / kProbesOfAWord)) {}

bool RecentProbes::open_next() {
  std::uint64_t& word = word_of(end_);
  const int shift = shift_of(end_);
  const bool was_open = end_ >= size_ && (word >> shift & kClosed) == 0;
  if (shift == 0 && end_ < size_) {
    word = 0;  // nobody has written here before
  }
  word &= ~((kClosed | kAnswered) << shift);
  ++end_;
  return was_open;
}

bool RecentProbes::set(ProbeNumber number, std::uint64_t bit) {
  std::uint64_t& word = word_of(number);
  const std::uint64_t mask = bit << shift_of(number);
  const bool was_set = (word & mask) != 0;
  word |= mask;
  return !was_set;
}

}  // namespace echosweep::modes

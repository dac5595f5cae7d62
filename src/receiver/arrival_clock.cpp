#include "receiver/arrival_clock.hpp"

#include <algorithm>

namespace echosweep::receiver {

namespace {

using namespace std::chrono_literals;

/// Between two reads (50 ms at most) a clock under NTP drifts by 25 us.
constexpr std::chrono::nanoseconds kJump = 1ms;
/// The three readings take 0.1 us, and what is between them is an error of the offset. Where they take
/// longer, something came in between: read again.
constexpr std::chrono::nanoseconds kClose = 1us;
constexpr int kTries = 4;

}  // namespace

void ArrivalClock::start_batch(bool backlog) {
  MonotonicTime before = clock_.now();
  std::chrono::nanoseconds offset{0};
  auto closest = std::chrono::nanoseconds::max();
  for (int i = 0; i < kTries && closest > kClose; ++i) {
    const WallTime wall = clock_.wall();
    read_at_ = clock_.now();
    const auto apart = read_at_ - before;
    if (apart < closest) {
      closest = apart;
      offset = wall.time_since_epoch() - (before + apart / 2).time_since_epoch();
    }
    before = read_at_;
  }
  const bool jumped_now = offset_ && std::chrono::abs(offset - *offset_) > kJump;
  // A batch behind a full one may have been in the ring at the time of the jump, be it full itself or not.
  jumped_ = jumped_now || (jumped_ && backlog_);
  backlog_ = backlog;
  offset_ = offset;
}

MonotonicTime ArrivalClock::convert(WallTime stamp) const {
  if (jumped_) {
    return read_at_;
  }
  return std::min(MonotonicTime(stamp.time_since_epoch() - *offset_), read_at_);
}

}  // namespace echosweep::receiver

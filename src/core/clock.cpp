#include "core/clock.hpp"

#include <cerrno>
#include <ctime>

namespace echosweep {

namespace {

std::chrono::nanoseconds read(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

MonotonicTime SystemClock::now() const {
  return MonotonicTime(read(CLOCK_MONOTONIC));
}

WallTime SystemClock::wall() const {
  return WallTime(read(CLOCK_REALTIME));
}

void SystemClock::sleep_until(MonotonicTime when) {
  const auto since = when.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  const timespec until{.tv_sec = seconds.count(), .tv_nsec = (since - seconds).count()};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace echosweep

#include "ping/clock.hpp"

#include <fmt/format.h>

namespace echosweep::ping {

namespace {

constexpr std::int64_t kDay = 86'400'000;

/// From `earlier` to `later`, the shorter way round midnight.
std::int64_t difference(std::uint32_t later, std::uint32_t earlier) {
  const std::int64_t ahead = ((std::int64_t{later} - earlier) % kDay + kDay) % kDay;
  return ahead >= kDay / 2 ? ahead - kDay : ahead;
}

}  // namespace

std::optional<std::chrono::milliseconds> clock_offset(const packet::TimestampTimes& times,
                                                      std::uint32_t arrived) {
  if (!is_standard(times.receive) || !is_standard(times.transmit)) {
    return std::nullopt;
  }
  const std::int64_t there = difference(times.receive, times.originate);
  const std::int64_t back = difference(times.transmit, arrived);
  return std::chrono::milliseconds((there + back) / 2);
}

std::string time_words(std::uint32_t time) {
  if (!is_standard(time)) {
    return fmt::format("0x{:08x} (not standard)", time);
  }
  return fmt::format("{:02}:{:02}:{:02}.{:03}", time / 3'600'000, time / 60'000 % 60, time / 1000 % 60,
                     time % 1000);
}

}  // namespace echosweep::ping

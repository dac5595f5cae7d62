#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "packet/decode.hpp"

namespace echosweep::ping {

/// Whether a time of RFC 792 is one: milliseconds since midnight UT. What is something else has its highest
/// bit set; what no day has is none either, whatever that bit says.
constexpr bool is_standard(std::uint32_t time) {
  constexpr std::uint32_t kDay = 86'400'000;
  return time < kDay;
}

/// How far the other clock is ahead of ours, if both ways take the same time; between -12 and 12 hours.
/// `arrived`: when the reply came in, by our clock. Nothing: its times are none.
std::optional<std::chrono::milliseconds> clock_offset(const packet::TimestampTimes& times,
                                                      std::uint32_t arrived);

/// `02:41:00.123`, or `0x80000001 (not standard)`.
std::string time_words(std::uint32_t time);

}  // namespace echosweep::ping

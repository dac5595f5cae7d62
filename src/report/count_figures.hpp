#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

#include "report/count_sink.hpp"

namespace echosweep::report {

// What the formats of count runs work out from a tally, with fping's roundings.

/// Mean of the known round trips, cut to whole nanoseconds; 0 without any.
inline std::chrono::nanoseconds mean_rtt(const CountTally& tally) {
  return tally.timed == 0 ? std::chrono::nanoseconds{0}
                          : tally.rtt_sum / static_cast<std::int64_t>(tally.timed);
}

/// Whether more came back than was sent: then fping tells the share that returned and not that of the loss.
inline bool is_return(const CountTally& tally) {
  return tally.received > tally.sent;
}

/// Whole percents, cut: of loss, or of what returned where is_return().
inline std::uint64_t percent(const CountTally& tally) {
  if (tally.sent == 0) {
    return 0;
  }
  return (is_return(tally) ? tally.received : tally.sent - tally.received) * 100 / tally.sent;
}

/// What was lost times the period, in whole milliseconds (-o). Not where is_return().
inline std::uint64_t outage_ms(const CountSummary& summary) {
  const double lost = static_cast<double>(summary.tally.sent - summary.tally.received);
  return static_cast<std::uint64_t>(lost * static_cast<double>(summary.period.count()) / 1e6);
}

/// Whether `from` is another machine than `to`; a zone that only one of them names makes no difference.
inline bool is_elsewhere(const Address& from, const Address& to) {
  return from.with_zone(0) != to.with_zone(0);
}

/// Puts the memory's text into an Output, in one piece.
inline std::string_view text_of(const fmt::memory_buffer& line) {
  return {line.data(), line.size()};
}

}  // namespace echosweep::report

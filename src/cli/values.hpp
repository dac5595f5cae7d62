#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/quantities.hpp"
#include "core/result.hpp"
#include "report/record.hpp"

namespace echosweep::cli {

// How numbers on the command line are read. An error says what would be right.

/// `500ms`, `2s`, `1.5m`, `1h`, `250us`; a bare number is milliseconds, as fping's.
Result<std::chrono::nanoseconds> parse_time(std::string_view text);
/// The same, but a bare number is seconds, as traceroute's.
Result<std::chrono::nanoseconds> parse_seconds(std::string_view text);
/// The same, but a bare number is an error: nobody agrees what it would mean.
Result<std::chrono::nanoseconds> parse_time_with_unit(std::string_view text);
/// `10000`, `10k`, `1.5M` packets a second, or `max`.
Result<PacketRate> parse_rate(std::string_view text);
/// What --rate says: a rate, or `auto`.
struct RateChoice {
  PacketRate rate;
  bool automatic = false;
};
Result<RateChoice> parse_rate_choice(std::string_view text);
/// fping's -i: milliseconds between two packets, with decimals; 0 is as fast as it goes.
Result<PacketRate> parse_interval(std::string_view text);
/// A whole number from `least` to `most`; 0x and decimal.
Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);
/// A decimal number from `least` to `most`.
Result<double> parse_decimal(std::string_view text, double least, double most);
/// `alive,silent`: the states that these words name.
Result<report::StateSet> parse_states(std::string_view text);

/// `1.5 s`, `450 ms`, `2 min 5 s`: for the plan.
std::string format_time(std::chrono::nanoseconds time);
/// `65,536`
std::string format_count(std::uint64_t count);

}  // namespace echosweep::cli

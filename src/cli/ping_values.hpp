#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fping_values.hpp"
#include "cli/ping_command.hpp"

namespace echosweep::cli {

// How ping reads the values of its options, and what it says instead of running.

/// `ping: WHY`, and the exit code is 2.
[[noreturn]] inline void refuse_ping(std::string_view why) {
  refuse(why, kPingTrouble);
}

/// A whole number as strtol(3) reads it, hexadecimal and octal too; `ping: invalid argument: '0': out of
/// range: 1 <= value <= 65536`.
std::int64_t read_ping_number(const std::string& text, std::int64_t least, std::int64_t most);

/// Seconds with decimals; what is none, or not from `least` to 2,147,483 s, is `ping: WHAT: TEXT`.
std::chrono::nanoseconds read_ping_seconds(const std::string& text, std::string_view what,
                                           std::chrono::nanoseconds least);

/// Decimal, or hexadecimal behind 0x; from 0 to 255.
std::uint8_t read_ping_tos(const std::string& text);

/// Up to 16 bytes in hexadecimal, two digits each but for the last one.
std::vector<std::uint8_t> read_ping_pattern(const std::string& text);

/// Decimal, or hexadecimal behind 0x; 20 bits.
std::uint32_t read_flow_label(const std::string& text);

/// do, dont, want, probe: a value of IP_MTU_DISCOVER.
int read_path_mtu(const std::string& text);

/// The IPv4 options of -T: tsonly, tsandaddr, and tsprespec with these addresses (RFC 791 3.1).
std::vector<std::uint8_t> timestamp_options(const std::string& kind, const std::vector<Address>& hops);
/// Those of -R.
std::vector<std::uint8_t> record_route_options();

}  // namespace echosweep::cli

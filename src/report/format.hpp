#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/quantities.hpp"
#include "report/escape.hpp"
#include "report/record.hpp"

namespace echosweep::report {

// The pieces that lines are made of, shared by the formats.

/// Milliseconds with fping's digits: 3 decimals below 1 ms, 2 below 10, 1 below 100, none below 1,000,000.
/// No unit.
std::string format_rtt(std::chrono::nanoseconds rtt);

/// What fping prints with -D and --timestamp-format.
enum class TimestampFormat : std::uint8_t {
  kSeconds,  ///< 1700000000.12345, seconds since 1970
  kCtime,    ///< Tue Nov 14 22:13:20 2023, local time
  kIso,      ///< 2023-11-14T22:13:20+0000, local time with its offset
  kRfc3339,  ///< 2023-11-14 22:13:20, local time
};
std::string format_timestamp(WallTime time, TimestampFormat format);

/// What a line calls its target.
enum class HostStyle : std::uint8_t {
  kName,     ///< the record's name, or the address where it has none
  kAddress,  ///< always the address (-A)
  kBoth,     ///< `name (address)`, the address twice where there is no name (-A with -n or -d)
};
/// Harmless to a terminal and on one line, whatever bytes the name has: see append_visible().
std::string format_host(const Record& record, HostStyle style);
/// `name`: empty where there is none.
std::string format_host(const Address& address, std::string_view name, HostStyle style);
void append_host(Line& line, const Address& address, std::string_view name, HostStyle style);
/// The same with the name's own bytes, for who escapes them in another way.
std::string host_text(const Address& address, std::string_view name, HostStyle style);

/// Why a target is in its state, in a word or two: `echo-reply`, `host-unreachable`, `no-response`,
/// `unsent: Permission denied`.
std::string reason_word(const Record& record);

/// The same for a human, with the circumstances: `echo-reply ttl 64`, `echo-reply ttl 64 from 192.0.2.9`,
/// `host-unreachable from 192.0.2.1`, `no-response after 4 probes`, `unsent: Permission denied`.
std::string reason_phrase(const Record& record);

/// 1234567 as 1,234,567, whatever the locale.
std::string format_count(std::uint64_t count);

/// `ENOBUFS`, or `errno 999` where the number has no name.
std::string errno_name(int code);

}  // namespace echosweep::report

#pragma once

#include <chrono>
#include <optional>

#include "report/escape.hpp"
#include "report/record.hpp"

namespace echosweep::report {

// The values of a record as the file formats write them, straight into the line: there may be millions of
// them, and half a million a second.

/// How an alive target answered: `echo-reply`, `timestamp-reply`, `arp-response`, `nd-response`; nmap's
/// words.
std::string_view reason_alive(const Record& record);
/// As to_string() has it.
void append_address(Line& line, const Address& address);
/// A prefix: `192.0.2.0/25`, `fe80::%eth0/64` (RFC 4007 11.7).
void append_prefix(Line& line, const Address& address, int bits);
/// RFC 3339 in UTC with microseconds, cut and not rounded: `2023-11-14T22:13:20.123456Z`.
void append_utc(Line& line, WallTime time);
/// Microseconds with as many decimals as it takes: `123.456`, `20`.
void append_microseconds(Line& line, std::chrono::nanoseconds time);
/// Why the record is in its state, as reason_word() says it; no escaping has happened to it.
std::string_view reason_of(const Record& record, Line& scratch);

/// Whether the record tells of a reply with its TTL and source: alive, and by an echo.
inline bool has_reply(const Record& record) {
  return record.state == State::kAlive && record.details;
}
/// Whether `from` means something.
inline bool has_source(const Record& record) {
  return has_reply(record) || record.state == State::kUnreachable;
}
/// When the answer came; nothing where there was none, or nobody noted it.
std::optional<WallTime> received_time(const Record& record);
/// When the probe that was answered had left: where the reply brought that time back.
std::optional<WallTime> sent_time(const Record& record);

}  // namespace echosweep::report

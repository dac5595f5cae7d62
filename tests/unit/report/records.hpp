#pragma once

#include <chrono>
#include <cstdint>

#include "core/address.hpp"
#include "report/record.hpp"

namespace echosweep::report {

// One record of each kind, with documentation addresses (RFC 5737, RFC 3849).

/// 192.0.2.1, after one probe, in 123.456 microseconds, received at 2023-11-14 22:13:20.123456789 UTC.
inline Record alive_record() {
  Record record;
  record.address = Address::v4(0xc0000201);
  record.state = State::kAlive;
  record.from = record.address;
  record.probes = 1;
  record.ttl = Ttl{64};
  record.tos = Tos{8};
  record.rtt = std::chrono::nanoseconds(123'456);
  record.received = WallTime(std::chrono::nanoseconds(1'700'000'000'123'456'789));
  return record;
}

/// 192.0.2.2, host unreachable according to 198.51.100.9.
inline Record unreachable_record() {
  Record record;
  record.address = Address::v4(0xc0000202);
  record.state = State::kUnreachable;
  record.from = Address::v4(0xc6336409);
  record.error = IcmpError{Family::kIpv4, 3, 1};
  record.probes = 2;
  return record;
}

/// 192.0.2.3, four probes.
inline Record silent_record() {
  Record record;
  record.address = Address::v4(0xc0000203);
  record.state = State::kSilent;
  record.probes = 4;
  return record;
}

/// 192.0.2.4, EACCES.
inline Record unsent_record() {
  Record record;
  record.address = Address::v4(0xc0000204);
  record.state = State::kUnsent;
  record.send_errno = 13;
  return record;
}

}  // namespace echosweep::report

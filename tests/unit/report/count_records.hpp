#pragma once

#include <chrono>
#include <cstdint>

#include "core/address.hpp"
#include "report/count_sink.hpp"

namespace echosweep::report {

// What a run of rounds may tell, with documentation addresses (RFC 5737, RFC 3849).

inline const WallTime kReceived{std::chrono::nanoseconds(1'700'000'000'123'456'789)};

/// 192.0.2.1
inline CountHost count_host() {
  return {.address = Address::v4(0xc0000201), .name = {}};
}

/// All known, of a minimum, a mean and a maximum of 100, 110 and 120 microseconds.
inline CountTally tally(std::uint64_t sent, std::uint64_t received) {
  using std::chrono::microseconds;
  CountTally tally{.sent = sent, .received = received, .timed = received};
  tally.rtt_sum = microseconds(110) * static_cast<int>(received);
  tally.rtt_min = microseconds(received == 0 ? 0 : 100);
  tally.rtt_max = microseconds(received == 0 ? 0 : 120);
  return tally;
}

/// The first of 192.0.2.1, of 64 bytes, in 123.456 microseconds.
inline CountReply count_reply() {
  return {.host = count_host(),
          .round = 0,
          .from = count_host().address,
          .size = 64,
          .rtt = std::chrono::nanoseconds(123'456),
          .ttl = Ttl{64},
          .tos = Tos{8},
          .received = kReceived,
          .timestamps = {},
          .so_far = tally(1, 1)};
}

inline CountTimeout count_timeout(std::uint64_t sent, std::uint64_t received) {
  return {.host = count_host(), .round = sent - 1, .when = kReceived, .so_far = tally(sent, received)};
}

/// A router's word about the probe to 192.0.2.1.
inline CountError count_error() {
  return {.host = count_host(),
          .round = 2,
          .error = {Family::kIpv4, 3, 1},
          .from = Address::v4(0xc6336409),
          .received = kReceived,
          .so_far = {}};
}

inline CountSendFailure count_send_failure(int error) {
  return {.host = count_host(), .round = 3, .error = error, .when = kReceived, .so_far = {}};
}

inline CountSummary count_summary(const CountTally& tally) {
  return {.host = count_host(), .tally = tally, .period = std::chrono::milliseconds(100), .rounds = {}};
}

}  // namespace echosweep::report

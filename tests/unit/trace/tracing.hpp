#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "trace/traced.hpp"

namespace echosweep::trace {

// A path for tests, by way of 198.19.0.N.

inline Answer error_by(std::uint32_t host, double ms, std::uint8_t type = 11, std::uint8_t code = 0) {
  Answer answer;
  answer.from = Address::v4(0xc6130000U + host);
  answer.error = {Family::kIpv4, type, code};
  answer.rtt = std::chrono::nanoseconds(static_cast<std::int64_t>(ms * 1e6));
  answer.ttl = Ttl{64};
  answer.quoted_ttl = Ttl{1};
  return answer;
}

inline Answer reply_by_target(double ms) {
  Answer answer = error_by(9, ms);
  answer.kind = packet::TraceAnswerKind::kEchoReply;
  answer.from = Address::v4(0xc6120102);
  answer.quoted_ttl.reset();
  return answer;
}

inline Traced path_of(std::vector<std::vector<std::optional<Answer>>> hops) {
  Traced traced;
  traced.target = Address::v4(0xc6120102);
  for (auto& probes : hops) {
    traced.hops.push_back({.probes = std::move(probes), .shared = false});
  }
  traced.started = WallTime(std::chrono::seconds(1'700'000'000));
  traced.ending = Ending::kReached;
  return traced;
}

/// A label stack of RFC 4950: 16 and 17.
inline std::vector<std::uint8_t> mpls_objects() {
  return {0, 12, 1, 1, 0, 1, 0, 1, 0, 1, 0x13, 2};
}

}  // namespace echosweep::trace

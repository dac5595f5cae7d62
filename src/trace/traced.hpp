#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/quantities.hpp"
#include "packet/icmp_types.hpp"
#include "packet/trace_codec.hpp"

namespace echosweep::trace {

/// What came back for one probe.
struct Answer {
  packet::TraceAnswerKind kind = packet::TraceAnswerKind::kError;
  Address from;
  IcmpError error;  ///< of kError
  std::uint32_t mtu = 0;
  std::optional<std::chrono::nanoseconds> rtt;
  Ttl ttl;
  std::optional<Ttl> quoted_ttl;
  std::vector<std::uint8_t> objects;  ///< RFC 4884 8, with their headers
};

/// One TTL, and what came back for its probes, in the order of their numbers; nothing: no answer.
struct Hop {
  std::vector<std::optional<Answer>> probes;
  /// Not asked for this target: the answer is that of another one whose path joins this one further on.
  bool shared = false;
};

/// How a path ends.
enum class Ending : std::uint8_t {
  kReached,      ///< the target answered
  kUnreachable,  ///< somebody said that there is no way
  kSilent,       ///< neither, up to the last TTL
  kStopped,      ///< the run was told to stop before it was known
  kNotSent,      ///< this machine could not send
};

/// The path to one target, as far as it is known.
struct Traced {
  Address target;
  std::uint64_t index = 0;
  Ttl first{1};           ///< that of hops[0]
  std::vector<Hop> hops;  ///< up to the one at which it ends
  Ending ending = Ending::kSilent;
  int error = 0;     ///< errno of the latest probe that could not be sent
  WallTime started;  ///< when its first probe was wanted
  std::uint32_t probes_sent = 0;
  std::uint32_t probes_not_sent = 0;  ///< this machine could not
  std::uint32_t duplicates = 0;       ///< answers to a probe that had one
};

/// A router says that the probe's TTL ran out, and nothing else: the path goes on.
inline bool goes_on(const Answer& answer) {
  return answer.kind == packet::TraceAnswerKind::kError && answer.error.code == 0 &&
         answer.error.type == (answer.error.family == Family::kIpv4 ? packet::icmp4::kTimeExceeded
                                                                    : packet::icmp6::kTimeExceeded);
}
/// The target has answered. A port unreachable is its own word, whatever address it comes from: hosts have
/// several.
inline bool is_of_target(const Answer& answer, const Address& target) {
  const IcmpError& error = answer.error;
  const bool v4 = error.family == Family::kIpv4;
  const bool is_port = error.type == (v4 ? packet::icmp4::kUnreachable : packet::icmp6::kUnreachable) &&
                       error.code == (v4 ? packet::icmp4::kPortUnreachable : packet::icmp6::kPortUnreachable);
  return answer.kind != packet::TraceAnswerKind::kError || is_port ||
         (!goes_on(answer) && answer.from == target);
}

}  // namespace echosweep::trace

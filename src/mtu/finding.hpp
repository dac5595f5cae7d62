#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/quantities.hpp"

namespace echosweep::mtu {

/// One packet to try on a path. Sizes, here and everywhere below, are bytes of a whole IP packet.
struct Question {
  std::uint16_t size = 0;
  Ttl ttl;
  friend bool operator==(const Question&, const Question&) = default;
};

/// What became of it.
struct Answer {
  enum class Kind : std::uint8_t {
    kArrived,     ///< the target's echo reply: it had all of the packet
    kTooBig,      ///< a router cannot pass it on (RFC 1191 4, RFC 4443 3.2)
    kExpired,     ///< its TTL ended at a router
    kRefused,     ///< another ICMP error
    kSilent,      ///< nothing came back, however often it was sent
    kLocalLimit,  ///< our own interface does not take it (EMSGSIZE)
    kNotSent,     ///< the kernel did not let it out: `error_number`
  };
  Kind kind = Kind::kSilent;
  Address from{};  ///< who says so
  std::optional<std::chrono::nanoseconds> rtt = std::nullopt;
  Ttl ttl{};              ///< kArrived: as the reply came in
  bool cut = false;       ///< kArrived: the reply was smaller than what was sent
  std::uint32_t mtu = 0;  ///< kTooBig: of the next hop, as told; 0: not told
  std::uint8_t hop = 0;   ///< kTooBig: how many hops away, by the TTL that is quoted; 0: not known
  IcmpError error{};      ///< kRefused
  int error_number = 0;   ///< kNotSent: errno
};

/// Something learned on the way to a Finding.
struct Step {
  std::uint64_t index = 0;  ///< of the target
  Question question;
  Answer answer;
};

enum class Outcome : std::uint8_t {
  kFound,        ///< a packet of the path MTU arrived
  kToldOnly,     ///< routers told an MTU, and the target answers nothing that would prove it
  kSilent,       ///< no reply at all
  kUnreachable,  ///< an ICMP error instead of a reply
  kNotSent,      ///< by the kernel
};

/// How a path MTU became known.
enum class Found : std::uint8_t {
  kInterface,  ///< all that the interface takes arrives
  kMaximum,    ///< all that was asked about (--max) arrives
  kTold,       ///< a router told it, and a packet of that size arrives
  kElsewhere,  ///< a router told it of another target, and it is so here; nobody told of this one
  kSearched,   ///< one byte more does not arrive, and nobody told
};

/// What is known of a target's path in the end.
struct Finding {
  std::uint64_t index = 0;
  Outcome outcome = Outcome::kSilent;
  Found found = Found::kSearched;
  std::uint16_t mtu = 0;        ///< 0: not known
  std::uint16_t local_mtu = 0;  ///< of the outgoing interface
  /// Who said that more is too big; with kSearched, without an MTU that can be believed.
  std::optional<Address> told_by = std::nullopt;
  std::uint8_t told_hop = 0;  ///< how far that is; 0: not known
  std::uint8_t hops = 0;      ///< to the target; 0: not known
  bool cut = false;           ///< replies come back smaller than what they answer
  /// A black hole: packets of this size are lost without a word, smaller ones arrive. 0: there is none.
  std::uint16_t lost_size = 0;
  std::uint8_t lost_after_hop = 0;  ///< the last hop that they are known to reach; 0: none, or not known
  std::optional<Address> lost_after = std::nullopt;
  std::uint8_t lost_before_hop = 0;  ///< the first hop that small packets reach and they do not
  std::uint32_t probes = 0;          ///< that left
  std::optional<std::chrono::nanoseconds> rtt = std::nullopt;  ///< of the largest packet that arrived
  IcmpError error{};                                           ///< kUnreachable, from error_from
  Address error_from{};
  int error_number = 0;  ///< kNotSent: errno
};

}  // namespace echosweep::mtu

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/mac_address.hpp"
#include "core/quantities.hpp"

namespace echosweep::report {

/// What a run knows of a target. The order is the order in which knowledge grows: a state only rises.
enum class State : std::uint8_t {
  kUnsent = 0,       ///< no probe left for it: it says nothing about the target
  kSilent = 1,       ///< probed, and nothing came back
  kUnreachable = 2,  ///< an ICMP error came back, and no reply
  kAlive = 3,        ///< it replied
};

/// All of them, the best first.
inline constexpr std::array kStates = {State::kAlive, State::kUnreachable, State::kSilent, State::kUnsent};

/// `unsent`, `silent`, `unreachable`, `alive`.
std::string_view word(State state);

/// Some of the states.
class StateSet {
 public:
  constexpr StateSet() = default;
  constexpr StateSet(std::initializer_list<State> states) {
    for (const State state : states) {
      add(state);
    }
  }
  constexpr void add(State state) { bits_ |= bit(state); }
  static constexpr StateSet all() {
    return {State::kUnsent, State::kSilent, State::kUnreachable, State::kAlive};
  }
  constexpr bool has(State state) const { return (bits_ & bit(state)) != 0; }
  friend constexpr bool operator==(StateSet, StateSet) = default;

 private:
  static constexpr unsigned bit(State state) { return 1U << static_cast<unsigned>(state); }
  unsigned bits_ = 0;
};

/// ICMP timestamp reply (RFC 792): milliseconds since midnight UT, as they came, and when it came by our
/// clock.
struct IcmpTimestamps {
  std::uint32_t originate = 0;
  std::uint32_t receive = 0;
  std::uint32_t transmit = 0;
  std::uint32_t local_receive = 0;
};

/// One target's end, or its first reply: what every format is made from. Views live for the call only.
struct Record {
  Address address;
  /// The name that the user gave for it, or that reverse DNS found; empty where there is none.
  std::string_view name;
  bool name_is_found = false;  ///< by reverse DNS; else the user gave it
  State state = State::kUnsent;
  /// Who replied (alive) or complained (unreachable): differs from `address` behind NAT, on multicast, with
  /// errors from a router. Meaningless in the other states.
  Address from;
  /// Unreachable only: what the first error said.
  std::optional<IcmpError> error;
  /// Unsent only: the errno of the last try (0: it was never tried), and what the errno means here, in words,
  /// as far as that was found out ("neighbour table full"); empty: strerror says it.
  int send_errno = 0;
  std::string_view send_reason;
  /// Alive only: false where there is no echo reply to tell of (it met a full queue, or `mac` was the
  /// answer); then `from`, `ttl`, `tos` and `rtt` mean nothing.
  bool details = true;
  /// Not alive only: probes that left for it.
  unsigned probes = 0;
  /// Alive only: what the reply carried.
  Ttl ttl;
  Tos tos;
  /// Alive only: the pass whose probe was answered; of an answer that does not say which, the last one before
  /// it.
  Pass pass;
  /// Alive only, where nothing but ARP or ND answered: who has the address.
  MacAddress mac;
  /// Alive only, where the reply brought our send time back untouched.
  std::optional<std::chrono::nanoseconds> rtt;
  /// Alive only, where timestamps were asked for.
  std::optional<IcmpTimestamps> timestamps{};
  /// Alive only, where there are details or a `mac`: when the kernel received the reply.
  WallTime received;

  /// Alive: which probe was answered, counted from 1. The others: how many left for it in all.
  unsigned tries() const { return state == State::kAlive ? pass.value + 1U : probes; }
};

/// A packet that was proven to answer a probe of ours, from the IP (or ARP) header on. The view lives for the
/// call only.
struct Packet {
  WallTime received;
  std::uint32_t interface = 0;
  std::uint16_t ethertype = 0;  ///< host byte order
  std::span<const std::uint8_t> bytes;
  std::uint32_t wire_size = 0;  ///< bytes before it was cut
};

}  // namespace echosweep::report

#pragma once

#include <chrono>
#include <cstdint>

namespace echosweep {

// Numbers that must not be mistaken for one another. All are host byte order unless the name says otherwise.

struct Ttl {
  std::uint8_t value = 0;
  friend bool operator==(Ttl, Ttl) = default;
};

/// The whole type-of-service byte (DSCP and ECN), or the IPv6 traffic class.
struct Tos {
  std::uint8_t value = 0;
  friend bool operator==(Tos, Tos) = default;
};

/// ICMP echo identifier (RFC 792).
struct Identifier {
  std::uint16_t value = 0;
  friend bool operator==(Identifier, Identifier) = default;
};

/// ICMP echo sequence number (RFC 792).
struct Sequence {
  std::uint16_t value = 0;
  friend bool operator==(Sequence, Sequence) = default;
};

/// 0 is the first walk over the targets, 1 the first retry.
struct Pass {
  std::uint8_t value = 0;
  friend bool operator==(Pass, Pass) = default;
};

/// One of `count` equal parts of a run, the `index`th of them, counted from 1.
struct Shard {
  std::uint64_t index = 1;
  std::uint64_t count = 1;
  friend bool operator==(const Shard&, const Shard&) = default;
};

/// A sum of round trips. What runs for months at a million replies a second would overflow 63 bits of
/// nanoseconds; this loses a nanosecond after a hundred days of round trips instead.
using RttSum = std::chrono::duration<double, std::nano>;

/// Packets a second; 0 means as fast as it goes.
struct PacketRate {
  double per_second = 0;
  bool unlimited() const { return per_second <= 0; }
};

/// A point on CLOCK_MONOTONIC: what timeouts and round trips are measured with.
struct MonotonicClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
using MonotonicTime = MonotonicClock::time_point;

/// A point on CLOCK_REALTIME: what a user is shown.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

}  // namespace echosweep

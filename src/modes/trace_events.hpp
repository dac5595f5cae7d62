#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/quantities.hpp"
#include "packet/trace_codec.hpp"

namespace echosweep::modes {

// What the three threads of a trace tell one another.

/// A probe that is wanted, on its way from the main thread to the sender thread.
struct TraceStep {
  std::uint64_t index = 0;  ///< the target's
  Ttl hop;
  std::uint8_t probe = 0;  ///< below packet::TraceCodec::kProbeNumbers
};

/// What became of it, on its way back.
struct TraceSent {
  TraceStep step;
  MonotonicTime when;  ///< it left
  int error = 0;       ///< errno: it did not; ECANCELED: nobody tried, the run is to end
};

/// An answer, on its way from the receiver thread to the main thread.
struct TraceEvent {
  static constexpr std::size_t kMostObjects = 128;

  std::uint64_t index = 0;
  Ttl hop;
  std::uint8_t probe = 0;
  packet::TraceAnswerKind kind = packet::TraceAnswerKind::kError;
  Address from;
  IcmpError error;
  std::uint32_t mtu = 0;
  std::int64_t rtt_ns = -1;  ///< -1: not known
  bool is_tagged = false;    ///< the probe's tag came back, and proves the round trip
  bool is_tcp = false;  ///< its round trip is never wrong: nothing on the way rewrites sequence numbers alone
  MonotonicTime received;
  Ttl ttl;
  std::optional<Ttl> quoted_ttl;
  std::uint8_t objects_size = 0;
  std::array<std::uint8_t, kMostObjects>
      objects;  ///< the first objects_size of them; the others are anything
};

}  // namespace echosweep::modes

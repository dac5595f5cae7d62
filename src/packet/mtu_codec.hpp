#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "packet/probe_codec.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::packet {

struct MtuCodecOptions {
  std::uint16_t largest = 65535;  ///< bytes of an IP packet: no probe's size is above it, or 1280 for IPv6
  Tos tos{};                      ///< of IPv4; IPv6 has the socket's
  Address source4{};              ///< 0.0.0.0: the kernel fills in the route's
};

/// Writes echo requests of any size and TTL that may not be fragmented (RFC 791, 792; RFC 4443 4.1), and
/// proves what answers them. The payload begins with 24 bytes, network byte order: send time (8, nanoseconds
/// of CLOCK_MONOTONIC), target index (8), tag (8); zeros follow.
class MtuCodec final : public ProbeCodec {
 public:
  static constexpr std::size_t kTaggedPayload = 24;
  /// The smallest packet of each family that holds them; no probe's size is below it.
  static constexpr std::uint16_t smallest(Family family) { return family == Family::kIpv4 ? 52 : 72; }

  MtuCodec(const RunKey& key, const MtuCodecOptions& options) : key_(key), options_(options) {}

  std::size_t packet_size(Family family) const override;
  void prepare(Family family, std::span<std::uint8_t> packet) const override;
  /// Of the probe: index, destination, sequence, ttl and size, which are all set.
  std::size_t encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                     WallTime wall) const override;

  Identifier identifier() const { return key_.identifier; }
  /// The sequence number of a target's probe with this number: counted on from a keyed start, so that eight
  /// quoted bytes and the quoted destination name the probe.
  Sequence sequence(std::uint64_t index, std::uint16_t number) const;
  /// The other way round: of the numbers modulo 2^16.
  std::uint16_t number(std::uint64_t index, Sequence sequence) const;

  struct Tagged {
    std::uint64_t index = 0;
    MonotonicTime sent_at;
  };
  /// What a tag proves: whoever sent it back has seen this very probe. Nothing where the payload is too short
  /// or its tag wrong.
  std::optional<Tagged> verify(std::span<const std::uint8_t> payload, Sequence sequence) const;

 private:
  std::uint64_t tag(std::uint64_t time, std::uint64_t index, Sequence sequence) const;

  RunKey key_;
  MtuCodecOptions options_;
};

}  // namespace echosweep::packet

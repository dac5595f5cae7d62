#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "packet/probe.hpp"

namespace echosweep::packet {

/// Writes the packets of one kind of probe, and nothing else: which of them, a mode decides.
///
/// IPv4 packets are whole (RFC 791 header, then what it carries); IPv6 packets start behind the IPv6 header
/// with a zero checksum, because there the kernel writes both.
class ProbeCodec {
 public:
  virtual ~ProbeCodec() = default;

  /// Bytes of a packet of this family as described above, at most.
  virtual std::size_t packet_size(Family family) const = 0;
  /// Copies the fixed part into `packet` (packet_size() bytes), once; encode() then patches it for a probe.
  virtual void prepare(Family family, std::span<std::uint8_t> packet) const = 0;
  /// Any number of times on a prepared packet of the probe's family. `sent_at` and `wall` are the same moment
  /// on two clocks. Returns how many bytes from the start are the probe's packet.
  virtual std::size_t encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                             WallTime wall) const = 0;
};

}  // namespace echosweep::packet

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/address.hpp"
#include "core/mac_address.hpp"
#include "core/quantities.hpp"
#include "packet/probe.hpp"

namespace echosweep::net {

/// A packet to send: bytes as packet::ProbeCodec writes them, and where to. In front of the bytes lie
/// packet::kFrameHeadroom more that belong to whoever sends it; he may also fill in the source address and
/// what checksums follow from it.
struct OutgoingPacket {
  std::span<std::uint8_t> bytes;
  Address destination;
  packet::ProbeKind kind = packet::ProbeKind::kEcho;  ///< kNeighbour: the bytes are not to be sent
  MacAddress mac{};                                   ///< as the probe has it
  Ttl hop_limit{};  ///< where the bytes have no IP header; 0: as all other packets have it
};

/// How much of a batch left.
struct SendResult {
  std::size_t left = 0;  ///< the first so many packets are out of our hands
  int error = 0;         ///< errno of the packet after them; 0 where all left
};

/// The seam to the network's sending side. Sender thread only; one virtual call a batch.
class PacketTx {
 public:
  virtual ~PacketTx() = default;
  /// Never blocks: EAGAIN and ENOBUFS mean that there is no room now. An error speaks of one packet,
  /// packets[left], and of no other; nothing behind it was tried.
  virtual SendResult send(std::span<const OutgoingPacket> packets) = 0;
  /// As FrameTx::flush(): hands on what counts as left and still waits on our side; returns how many do even
  /// so.
  virtual std::size_t flush() { return 0; }
};

}  // namespace echosweep::net

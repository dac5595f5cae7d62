#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/packet_tx.hpp"

namespace echosweep::net {

/// A whole Ethernet frame, from the destination's MAC address on and without a check sequence, and the
/// interface by which it leaves.
struct OutgoingFrame {
  std::span<const std::uint8_t> bytes;
  std::uint32_t interface = 0;
};

/// A way to hand frames to interfaces. Sender thread only; one virtual call a batch.
class FrameTx {
 public:
  virtual ~FrameTx() = default;
  /// As PacketTx::send(): never blocks, EAGAIN and ENOBUFS mean that there is no room now, an error speaks of
  /// frames[left] alone. What counts as left is the kernel's to deliver: no frame is lost on our side, none
  /// leaves twice.
  virtual SendResult send(std::span<const OutgoingFrame> frames) = 0;
  /// Tries once more to hand over what counts as left and still waits on our side, where a back end keeps
  /// frames; never blocks. Returns how many wait even so: the owner calls it when it has nothing more to
  /// send, until it says 0 or patience ends.
  virtual std::size_t flush() { return 0; }
};

}  // namespace echosweep::net

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "core/result.hpp"

namespace echosweep::net {

/// A packet as it came in, from the IP header on and cut at kSnapshot.
struct CapturedPacket {
  /// Room for a reply (46 or 66 bytes), or for an ICMP error with the 128 bytes that it quotes where it has
  /// extensions (RFC 4884 4), and those.
  static constexpr std::size_t kSnapshot = 256;

  WallTime received;  ///< the kernel's stamp
  std::uint32_t interface = 0;
  Family family = Family::kIpv4;
  bool is_arp = false;          ///< ARP instead: from the ARP header on, and the family says nothing
  std::uint16_t size = 0;       ///< bytes that are there
  std::uint32_t wire_size = 0;  ///< bytes before it was cut
  std::array<std::uint8_t, kSnapshot> storage;

  /// All of it, where it is longer than kSnapshot and its source keeps it (SocketRx); until the next
  /// receive().
  std::span<const std::uint8_t> whole;

  std::span<const std::uint8_t> bytes() const { return std::span(storage).first(size); }
};

/// The seam to the network's receiving side. Receiver thread only; one virtual call a batch.
class PacketRx {
 public:
  virtual ~PacketRx() = default;
  /// Fills in what is there, waiting at most `wait` for the first packet; 0 where nothing came.
  virtual Result<std::size_t> receive(std::span<CapturedPacket> packets, std::chrono::nanoseconds wait) = 0;
  /// Any thread: a receive() that waits, or the next one, waits no longer.
  virtual void wake() {}
  /// Packets that the kernel had no room for since the start.
  virtual std::uint64_t drops() = 0;
  /// The longest that a packet may wait in the kernel, after its stamp, before receive() can hand it out.
  virtual std::chrono::nanoseconds delay() const { return std::chrono::nanoseconds::zero(); }
};

}  // namespace echosweep::net

#pragma once

#include <vector>

#include "net/packet_rx.hpp"
#include "net/sockets.hpp"
#include "net/wake_up.hpp"

namespace echosweep::net {

/// Replies from sockets instead of a capture: for unprivileged runs (ping sockets, whose ICMP errors come
/// through the error queue), and for replies so large that they come in fragments.
///
/// Sockets leave out what the decoder starts with, so it is written back in front: an IP header made from the
/// socket address and the control messages; before an error's quoted message, also the ICMP header and the
/// quoted IP header. The rest of the program then knows one form of packet. Lengths in the headers are the
/// longest, as in a cut capture, since the kernel has verified the checksums already; how long a packet was,
/// its wire_size says.
class SocketRx final : public PacketRx {
 public:
  /// A family whose Fd is empty is not listened to.
  /// `keeps_whole`: packets that are longer than a CapturedPacket are there whole, too.
  SocketRx(SocketKind kind, Fd socket4, Fd socket6, bool keeps_whole = false)
      : kind_(kind), keeps_whole_(keeps_whole), socket4_(std::move(socket4)), socket6_(std::move(socket6)) {}

  Result<std::size_t> receive(std::span<CapturedPacket> packets, std::chrono::nanoseconds wait) override;
  void wake() override { wake_up_.set(); }
  std::uint64_t drops() override { return drops4_ + drops6_; }

 private:
  std::size_t read_replies(Family family, std::span<CapturedPacket> packets);
  std::size_t read_errors(Family family, std::span<CapturedPacket> packets);
  const Fd& socket(Family family) const { return family == Family::kIpv4 ? socket4_ : socket6_; }

  void keep_whole(CapturedPacket& packet, std::span<const std::uint8_t> message);

  SocketKind kind_;
  bool keeps_whole_;
  Fd socket4_;
  Fd socket6_;
  WakeUp wake_up_;
  /// One message, whole: its length is not told otherwise (ping sockets take no notice of MSG_TRUNC).
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(65535);
  std::vector<std::vector<std::uint8_t>> whole_;  ///< what packets of the latest batch point into
  std::uint64_t drops4_ = 0;
  std::uint64_t drops6_ = 0;
};

}  // namespace echosweep::net

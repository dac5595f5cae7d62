#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "net/packet_tx.hpp"
#include "net/sockets.hpp"

namespace echosweep::net {

/// Sends by sendmmsg() on one socket a family. What a socket's kernel writes by itself (the IPv4 header on
/// every kind but kSpray) is cut off the packets that it is given.
class SocketTx final : public PacketTx {
 public:
  /// A family whose Fd is empty is never sent to. The sockets are non-blocking and of this kind.
  SocketTx(SocketKind kind, Fd socket4, Fd socket6)
      : kind_(kind), socket4_(std::move(socket4)), socket6_(std::move(socket6)) {}

  SendResult send(std::span<const OutgoingPacket> packets) override;
  /// The flow label of all IPv6 packets from now on (20 bits), which the socket has a lease for.
  void set_flow_label(std::uint32_t label) { flow_label_ = label; }

 private:
  /// More per call saves nothing (64, 256 and 1024 cost the same).
  static constexpr std::size_t kBatch = 64;

  SendResult send_run(std::span<const OutgoingPacket> packets);
  void put_destination(std::size_t message, const Address& address);
  void put_hop_limit(std::size_t message, const OutgoingPacket& packet);
  bool hears_errors(Family family) const;

  SocketKind kind_;
  std::uint32_t flow_label_ = 0;
  Fd socket4_;
  Fd socket6_;
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> pieces_{};
  // Not to_socket_address(), which clears 128 bytes for each packet.
  std::array<sockaddr_in, kBatch> destinations4_{};
  std::array<sockaddr_in6, kBatch> destinations6_{};
  struct alignas(cmsghdr) HopLimit {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> control{};
  };
  std::array<HopLimit, kBatch> hop_limits_{};
};

}  // namespace echosweep::net

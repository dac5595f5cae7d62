#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/packet_socket_tx.hpp"
#include "net/xdp_tx.hpp"

namespace echosweep::net {

/// Sends each frame by the best that its interface has: AF_XDP where it was opened, else the packet socket.
class LinkTx final : public FrameTx {
 public:
  explicit LinkTx(PacketSocketTx packet) : packet_(std::move(packet)) {}

  /// From now on AF_XDP sends what leaves by this interface. An Error says why it cannot; then all stays as
  /// it was.
  Result<void> use_xdp(std::uint32_t interface);

  SendResult send(std::span<const OutgoingFrame> frames) override;
  std::size_t flush() override;

  /// Frames that left so far; not to be called while another thread sends.
  struct Counts {
    std::uint64_t by_packet = 0;
    std::uint64_t by_xdp = 0;            ///< frames are copied into the driver's memory
    std::uint64_t by_xdp_zero_copy = 0;  ///< the driver reads ours
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Port {
    std::uint32_t interface = 0;
    std::unique_ptr<XdpTx> tx;
    bool zero_copy = false;
  };
  const Port* port_of(std::uint32_t interface) const;

  PacketSocketTx packet_;
  std::vector<Port> ports_;
  Counts counts_;
};

}  // namespace echosweep::net

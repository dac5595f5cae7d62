#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "net/frame_tx.hpp"
#include "net/xsk_queue.hpp"

namespace echosweep::net {

/// Sends frames by AF_XDP, past the queue disciplines, firewall and captures of the interfaces. Everything is
/// opened with CAP_NET_RAW; sending needs nothing.
class XdpTx final : public FrameTx {
 public:
  /// One socket an interface, by index; 2 MiB of locked memory each (4 in zero-copy mode).
  static Result<std::unique_ptr<XdpTx>> open(std::span<const std::uint32_t> interfaces);

  /// ENXIO: not opened for that interface, or it is gone. ENETDOWN: it is down. EMSGSIZE: longer than its MTU
  /// allows. EINVAL: shorter than an Ethernet header.
  SendResult send(std::span<const OutgoingFrame> frames) override;
  std::size_t flush() override;
  /// "zero-copy" or "copy"; "" of an interface that it was not opened for.
  std::string_view mode(std::uint32_t interface) const;

 private:
  struct Port {
    std::uint32_t interface;
    std::unique_ptr<XskQueue> queue;
  };

  XdpTx() = default;
  XskQueue* queue_of(std::uint32_t interface) const;

  std::vector<Port> ports_;
};

}  // namespace echosweep::net

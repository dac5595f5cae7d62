#pragma once

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>

#include "core/result.hpp"
#include "net/fd.hpp"
#include "net/frame_tx.hpp"

namespace echosweep::net {

/// Sends frames by sendmmsg() on one packet socket for all interfaces, through their queue disciplines.
/// Opened with CAP_NET_RAW, needs nothing after.
class PacketSocketTx final : public FrameTx {
 public:
  /// `fwmark`: SO_MARK of every frame.
  static Result<PacketSocketTx> open(std::optional<std::uint32_t> fwmark);

  /// ENXIO and ENETDOWN: that interface is gone or down. EMSGSIZE: longer than its MTU allows. EINVAL:
  /// shorter than an Ethernet header.
  SendResult send(std::span<const OutgoingFrame> frames) override;

 private:
  /// More per call saves nothing (64, 256 and 1024 cost the same).
  static constexpr std::size_t kBatch = 64;

  /// What sendmmsg() takes. On the heap, because the headers point to the arrays beside them and a
  /// PacketSocketTx is moved.
  struct Messages {
    Messages();
    Messages(const Messages&) = delete;
    Messages& operator=(const Messages&) = delete;
    ~Messages() = default;
    std::array<mmsghdr, kBatch> headers{};
    std::array<iovec, kBatch> pieces{};
    std::array<sockaddr_ll, kBatch> ways{};
  };

  explicit PacketSocketTx(Fd socket) : socket_(std::move(socket)), messages_(std::make_unique<Messages>()) {}

  Fd socket_;
  std::unique_ptr<Messages> messages_;
};

}  // namespace echosweep::net

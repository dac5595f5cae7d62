#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/quantities.hpp"
#include "net/frame_tx.hpp"
#include "net/paths.hpp"
#include "net/socket_tx.hpp"
#include "packet/neighbour.hpp"

namespace echosweep::net {

/// Sends each packet by the way that its destination needs: in frames of our own to a gateway or to a
/// neighbour, and by the kernel where neither would be right.
class PathTx final : public PacketTx {
 public:
  struct Parts {
    Clock* clock;
    Paths* paths;
    SocketTx sockets;
    std::unique_ptr<FrameTx> frames;  ///< nothing: all packets leave by the kernel
    Ttl ttl;                          ///< of IPv6 frames; IPv4 packets bring theirs
    Tos tos;                          ///< the same
  };
  explicit PathTx(Parts parts) : parts_(std::move(parts)) {}

  SendResult send(std::span<const OutgoingPacket> packets) override;
  std::size_t flush() override { return parts_.frames ? parts_.frames->flush() : 0; }

  /// Packets that left so far through the kernel; not to be called while another thread sends.
  std::uint64_t by_kernel() const { return by_kernel_; }

 private:
  static constexpr std::size_t kBatch = 64;

  /// What stands in the way of a packet; kFramed and kByKernel: nothing.
  enum class Way : std::uint8_t { kByKernel, kFramed, kRefused };
  struct Prepared {
    Way way = Way::kByKernel;
    int error = 0;
  };
  Prepared prepare(const OutgoingPacket& packet);
  Prepared put_frame(std::span<const std::uint8_t> bytes, std::uint32_t interface);
  Prepared frame_to(const OutgoingPacket& packet, const Path& path, const MacAddress& mac);
  Prepared wait_for(Gateway& gateway);
  SendResult send_frames();
  SendResult send_by_kernel(std::span<const OutgoingPacket> packets);
  void look_after_paths();
  void ask_for(Gateway& gateway);

  Parts parts_;
  std::array<OutgoingFrame, kBatch> frames_;
  std::array<packet::NeighbourRequest, kBatch> requests_;
  std::size_t framed_ = 0;
  MonotonicTime now_;
  MonotonicTime look_at_;  ///< when the paths are looked after again
  std::uint64_t by_kernel_ = 0;
};

}  // namespace echosweep::net

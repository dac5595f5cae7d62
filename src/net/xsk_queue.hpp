#pragma once

#include <array>
#include <memory>
#include <vector>

#include "net/frame_tx.hpp"
#include "net/xsk_rings.hpp"

namespace echosweep::net {

/// The frames of one AF_XDP socket: which slots are free, which the kernel has, and which it gave back
/// without having sent them. Every frame that send() takes leaves exactly once.
class XskQueue {
 public:
  /// `longest`: a frame's size that the interface takes, in bytes.
  XskQueue(std::unique_ptr<XskRings> rings, std::size_t longest);

  /// As FrameTx: of frames for this interface.
  SendResult send(std::span<const OutgoingFrame> frames);
  std::size_t flush();
  bool zero_copy() const { return rings_->zero_copy(); }

 private:
  /// The kernel's budget for one call is set to it.
  static constexpr std::size_t kBatch = 64;

  enum class SlotState : std::uint8_t { kFree, kSubmitted, kLost };

  int push();
  int push_copying();
  void reap();
  void submit(std::span<const Descriptor> descriptors);
  void note_consumed();
  void note_lost();
  /// In the ring and not read by the kernel.
  std::uint32_t waiting() const { return submitted_ - consumed_; }

  std::unique_ptr<XskRings> rings_;
  std::size_t longest_;
  std::vector<std::uint32_t> free_;
  std::array<SlotState, XskRings::kSlots> states_{};
  std::array<std::uint32_t, XskRings::kSlots> sizes_{};  ///< by slot: the frame's
  std::array<std::uint32_t, XskRings::kSlots> order_{};  ///< by position in the ring: the slot
  std::uint32_t submitted_ = 0;  ///< descriptors since the start, modulo 2^32, as are these
  std::uint32_t consumed_ = 0;   ///< what the kernel has read, by its word and by ours
  std::uint32_t lost_ = 0;       ///< slots in state kLost
};

}  // namespace echosweep::net

// No descriptor lost, none sent twice.
//
// In copy mode the kernel works only while we kick it: sendto() reads descriptors in order, makes a packet of
// each and gives it to the driver, until one of these ends it (xsk_generic_xmit(), Linux 6.18):
//   0        the ring is empty.
//   EAGAIN   the driver took no more, the socket's send buffer is full, or the call's budget is used up; the
//            descriptor it speaks of stays in the ring. A plain retry.
//   EBUSY    the driver dropped the packet (a veth whose ring is full and that has no queue discipline, an
//            interface without carrier). Its descriptor is read and completed as if it had been sent, and it
//            is always the last one that was read. It must be submitted again, and no other.
// Which one was last? The kernel publishes how far it has read at the end of each call that sent something
// (Linux 6.17 on), and of one that sent nothing and dropped, it has read exactly one more than we knew. So
// our own count, brought up to the published one where that is ahead, names the lost descriptor.
//
// The slot of a lost frame comes back through the completion ring like any other. It is then submitted again
// instead of being freed.
//
// Frames that wait in the ring grow old (their time stamps are in them), and a link that is full gets no
// emptier by a longer ring. So in copy mode nothing new is taken while old ones wait: at most kBatch frames
// do. In zero-copy mode the driver empties the ring at the link's pace, and the free slots are the back
// pressure.
#include "net/xsk_queue.hpp"

#include <net/ethernet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace echosweep::net {

namespace {

bool is_ahead(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) > 0;
}

bool is_full(int error) {
  return error == EAGAIN || error == ENOBUFS || error == EBUSY;
}

}  // namespace

XskQueue::XskQueue(std::unique_ptr<XskRings> rings, std::size_t longest)
    : rings_(std::move(rings)), longest_(std::min<std::size_t>(longest, XskRings::kSlotBytes)) {
  for (std::uint32_t slot = XskRings::kSlots; slot-- > 0;) {
    free_.push_back(slot);
  }
}

SendResult XskQueue::send(std::span<const OutgoingFrame> frames) {
  std::size_t left = 0;
  while (left < frames.size()) {
    if (const int error = push(); error != 0) {
      return {.left = left, .error = error};
    }
    const auto batch = frames.subspan(left, std::min(kBatch, frames.size() - left));
    std::array<Descriptor, kBatch> descriptors;
    std::size_t count = 0;
    int error = 0;
    for (const OutgoingFrame& frame : batch) {
      if (frame.bytes.size() > longest_ || frame.bytes.size() < sizeof(ether_header) || free_.empty()) {
        error = frame.bytes.size() > longest_               ? EMSGSIZE
                : frame.bytes.size() < sizeof(ether_header) ? EINVAL
                                                            : EAGAIN;
        break;
      }
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      std::memcpy(rings_->slot(slot).data(), frame.bytes.data(), frame.bytes.size());
      descriptors[count++] = {.slot = slot, .size = static_cast<std::uint32_t>(frame.bytes.size())};
    }
    submit(std::span(descriptors).first(count));
    const int refused = count != 0 ? push() : 0;
    if (refused != 0 && !is_full(refused) && waiting() == count && !zero_copy()) {
      // The interface went away before the kernel looked: these never left.
      rings_->withdraw(static_cast<std::uint32_t>(count));
      submitted_ -= static_cast<std::uint32_t>(count);
      for (const Descriptor& descriptor : std::span(descriptors).first(count)) {
        states_[descriptor.slot] = SlotState::kFree;
        free_.push_back(descriptor.slot);
      }
      return {.left = left, .error = refused};
    }
    left += count;
    if (error == 0 && left < frames.size()) {
      error = refused;
    }
    if (error != 0) {
      return {.left = left, .error = error};
    }
  }
  return {.left = left, .error = 0};
}

std::size_t XskQueue::flush() {
  push();
  // In zero-copy mode the driver still reads the memory of a frame that it has taken from the ring.
  return zero_copy() ? XskRings::kSlots - free_.size() : waiting() + lost_;
}

/// Gets the ring going. 0: there is room for more.
int XskQueue::push() {
  reap();
  if (!zero_copy()) {
    return push_copying();
  }
  consumed_ = rings_->consumed();
  const int error = waiting() == 0 ? 0 : rings_->kick();
  return error == EINTR ? 0 : is_full(error) ? EAGAIN : error;
}

int XskQueue::push_copying() {
  while (waiting() != 0) {
    const std::uint32_t before = waiting();
    const int error = rings_->kick();
    if (error == EBUSY) {
      note_lost();
      reap();
      return EAGAIN;
    }
    note_consumed();
    const bool moved = waiting() != before;
    if (error == EINTR || (moved && (error == 0 || error == EAGAIN))) {
      continue;
    }
    return error == 0 ? EAGAIN : error;
  }
  return lost_ == 0 ? 0 : EAGAIN;
}

void XskQueue::submit(std::span<const Descriptor> descriptors) {
  for (const Descriptor& descriptor : descriptors) {
    states_[descriptor.slot] = SlotState::kSubmitted;
    sizes_[descriptor.slot] = descriptor.size;
    order_[submitted_++ % XskRings::kSlots] = descriptor.slot;
  }
  if (!descriptors.empty()) {
    rings_->submit(descriptors);
  }
}

void XskQueue::note_consumed() {
  if (const std::uint32_t published = rings_->consumed(); is_ahead(published, consumed_)) {
    consumed_ = published;
  }
}

void XskQueue::note_lost() {
  const std::uint32_t known = consumed_;
  note_consumed();
  if (consumed_ == known) {
    ++consumed_;
  }
  states_[order_[(consumed_ - 1) % XskRings::kSlots]] = SlotState::kLost;
  ++lost_;
}

void XskQueue::reap() {
  std::array<std::uint32_t, kBatch> slots;
  for (std::size_t count = slots.size(); count == slots.size();) {
    count = rings_->complete(slots);
    for (const std::uint32_t slot : std::span(slots).first(count)) {
      if (states_[slot] == SlotState::kLost) {
        --lost_;
        const Descriptor again{.slot = slot, .size = sizes_[slot]};
        submit(std::span(&again, 1));
      } else {
        states_[slot] = SlotState::kFree;
        free_.push_back(slot);
      }
    }
  }
}

}  // namespace echosweep::net

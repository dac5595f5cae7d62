#include "sender/batch.hpp"

#include <algorithm>

#include "packet/frame.hpp"

namespace echosweep::sender {

Batch::Batch(const packet::ProbeCodec& codec)
    : codec_(codec),
      slot_size_(packet::kFrameHeadroom +
                 std::max(codec.packet_size(Family::kIpv4), codec.packet_size(Family::kIpv6))),
      storage_(kSize * slot_size_) {}

std::span<packet::Probe> Batch::room(std::size_t limit) {
  return std::span(probes_).first(std::min(limit, kSize));
}

void Batch::encode(std::size_t first, std::size_t end, MonotonicTime now, WallTime wall) {
  for (std::size_t i = first; i < end; ++i) {
    const packet::Probe& probe = probes_[i];
    const Family family = probe.destination.family();
    const auto slot =
        std::span(storage_).subspan(i * slot_size_ + packet::kFrameHeadroom, codec_.packet_size(family));
    if (prepared_[i] != family) {
      codec_.prepare(family, slot);
      prepared_[i] = family;
    }
    const std::size_t size = codec_.encode(probe, now, slot, wall);
    // One by one: a whole struct would be made on the stack and copied in pieces larger than those that it
    // was made of, for which the processor waits each time (7 ns).
    net::OutgoingPacket& packet = packets_[i];
    packet.bytes = slot.first(size);
    packet.destination = probe.destination;
    packet.kind = probe.kind;
    packet.mac = probe.mac;
    packet.hop_limit = probe.ttl;
  }
}

}  // namespace echosweep::sender

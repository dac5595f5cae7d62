#include "receiver/receiver.hpp"

namespace echosweep::receiver {

namespace {

using namespace std::chrono_literals;

/// Packets a read: 256 of them stay in the second-level cache.
constexpr std::size_t kBatch = 256;
/// How soon a wish to stop is heard when nothing comes in.
constexpr std::chrono::nanoseconds kWait = 20ms;
/// Reads after the wish to stop: twice what the ring holds, so that a flood cannot keep the run from ending.
constexpr int kLastReads = 4096;

std::optional<packet::NeighbourAnswer> decode_advertisement(const net::CapturedPacket& packet,
                                                            packet::NotDecoded why) {
  const bool possible = packet.family == Family::kIpv6 && why == packet::NotDecoded::kIrrelevant;
  return possible ? packet::decode_neighbour_advertisement(packet.bytes(), packet.interface) : std::nullopt;
}

}  // namespace

Receiver::Receiver(const Clock& clock, net::PacketRx& rx, const packet::SweepCodec& codec,
                   ReplyHandler& handler)
    : clock_(clock), rx_(rx), codec_(codec), handler_(handler), arrival_(clock), packets_(kBatch) {
  replies_.reserve(kBatch);
}

Result<void> Receiver::run(const std::atomic<bool>& stop, std::atomic<std::uint64_t>& drops) {
  for (int last_reads = 0; last_reads < kLastReads;) {
    const bool last = stop.load(std::memory_order_acquire);
    const MonotonicTime before = clock_.now();
    const auto received = rx_.receive(packets_, kWait);
    if (!received) {
      return std::unexpected(received.error());
    }
    arrival_.start_batch(*received == packets_.size());
    handle(std::span(packets_).first(*received));
    if (*received < packets_.size()) {
      handler_.heard_all_before(before - rx_.delay());
    }
    drops.store(rx_.drops(), std::memory_order_relaxed);
    if (last && *received == 0) {
      break;
    }
    last_reads += last ? 1 : 0;
  }
  return {};
}

void Receiver::handle(std::span<const net::CapturedPacket> packets) {
  replies_.clear();
  for (const net::CapturedPacket& packet : packets) {
    if (packet.is_arp) {
      if (const auto answer = packet::decode_arp_reply(packet.bytes())) {
        handler_.on_neighbour(*answer, packet);
      }
      continue;
    }
    const auto decoded = packet::decode(packet.family, packet.bytes(), packet.interface, packet.wire_size);
    if (!decoded) {
      if (const auto answer = decode_advertisement(packet, decoded.error())) {
        handler_.on_neighbour(*answer, packet);
      } else {
        count(decoded.error());
      }
    } else if (decoded->identifier != codec_.identifier() || decoded->asked != codec_.request()) {
      ++foreign_;
    } else {
      replies_.push_back({.source = decoded->source,
                          .probed = decoded->probed,
                          .ttl = decoded->ttl,
                          .tos = decoded->tos,
                          .size = decoded->size,
                          .timestamps = decoded->timestamps,
                          .error = decoded->error,
                          .sequence = decoded->sequence,
                          .tagged = codec_.verify(decoded->payload),
                          .received = arrival_.convert(packet.received),
                          .received_wall = packet.received,
                          .packet = &packet});
    }
  }
  handler_.on_replies(replies_, arrival_.read_at());
}

void Receiver::count(packet::NotDecoded why) {
  if (why == packet::NotDecoded::kForeign) {
    ++foreign_;
  } else if (why == packet::NotDecoded::kMalformed) {
    ++malformed_;
  }
}

}  // namespace echosweep::receiver

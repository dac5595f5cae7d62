#include "receiver/echo_reader.hpp"

#include <optional>

namespace echosweep::receiver {

namespace {

std::optional<packet::NeighbourAnswer> decode_advertisement(const net::CapturedPacket& packet,
                                                            packet::NotDecoded why) {
  const bool possible = packet.family == Family::kIpv6 && why == packet::NotDecoded::kIrrelevant;
  return possible ? packet::decode_neighbour_advertisement(packet.bytes(), packet.interface) : std::nullopt;
}

}  // namespace

EchoReader::EchoReader(const packet::SweepCodec& codec, ReplyHandler& handler)
    : codec_(codec), handler_(handler) {}

void EchoReader::on_packets(std::span<const net::CapturedPacket> packets, const ArrivalClock& arrival) {
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
                          .received = arrival.convert(packet.received),
                          .received_wall = packet.received,
                          .packet = &packet});
    }
  }
  handler_.on_replies(replies_, arrival.read_at());
}

void EchoReader::count(packet::NotDecoded why) {
  if (why == packet::NotDecoded::kForeign) {
    ++foreign_;
  } else if (why == packet::NotDecoded::kMalformed) {
    ++malformed_;
  }
}

}  // namespace echosweep::receiver

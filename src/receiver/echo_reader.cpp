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
  if (replies_.size() < packets.size()) {
    replies_.resize(packets.size());
  }
  std::size_t count = 0;
  for (const net::CapturedPacket& packet : packets) {
    if (packet.is_arp) {
      if (const auto answer = packet::decode_arp_reply(packet.bytes())) {
        handler_.on_neighbour(*answer, packet);
      }
      continue;
    }
    Reply& reply = replies_[count];
    const auto decoded =
        packet::decode(packet.family, packet.bytes(), packet.interface, packet.wire_size, reply);
    if (!decoded) {
      if (const auto answer = decode_advertisement(packet, decoded.error())) {
        handler_.on_neighbour(*answer, packet);
      } else {
        count_refusal(decoded.error());
      }
    } else if (reply.identifier != codec_.identifier() || reply.asked != codec_.request()) {
      ++foreign_;
    } else {
      reply.tagged = codec_.verify(reply.payload);
      reply.received = arrival.convert(packet.received);
      reply.received_wall = packet.received;
      reply.packet = &packet;
      ++count;
    }
  }
  handler_.on_replies(std::span(replies_).first(count), arrival.read_at());
}

void EchoReader::count_refusal(packet::NotDecoded why) {
  if (why == packet::NotDecoded::kForeign) {
    ++foreign_;
  } else if (why == packet::NotDecoded::kMalformed) {
    ++malformed_;
  }
}

}  // namespace echosweep::receiver

// Whose word counts.
//
// A reply, or the packet that an error quotes, must have our identifier and a sequence number that we sent to
// that target; the sender looks that up. In an error that quotes as much as the tag, that must be right:
// whoever knows it has seen the probe, and with it the path. A quote of eight bytes has none, and the 32 bits
// of identifier and sequence number must do. So they must in a reply without the right tag, which is the
// target's if its address says so (some hosts answer with a payload of their own); it has no round trip time.
// Old routers that append extensions fill a short quote up with zeros (RFC 4884 5), so a tag of zeros is
// none.
//
// What is quoted of source, TTL, length and checksum is not looked at: translators and routers change them.
// Only the TTL is kept, since it says how far our packet came.
#include "modes/mtu_handler.hpp"

#include <algorithm>
#include <span>

#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::modes {

namespace {

using Kind = mtu::Answer::Kind;
using packet::IcmpMessage;
using packet::MtuCodec;

Address zoned(const Address& address, std::uint32_t interface) {
  return address.needs_zone() ? address.with_zone(interface) : address;
}

/// A raw ICMP socket hears IPv4 messages before the kernel has looked at their checksum.
bool is_damaged(const packet::IcmpPacket& icmp, std::size_t wire_size) {
  const std::size_t size = wire_size == 0 ? icmp.ip.total_size : wire_size;
  const bool is_whole = icmp.ip.payload.size() + icmp.ip.header_size == size;
  if (icmp.ip.family != Family::kIpv4 || !is_whole) {
    return false;
  }
  packet::ChecksumSum sum;
  sum.add(icmp.ip.payload);
  return sum.checksum() != 0;
}

bool is_echo_reply(const IcmpMessage& message) {
  return message.type ==
         (message.family == Family::kIpv4 ? packet::icmp4::kEchoReply : packet::icmp6::kEchoReply);
}

bool quotes_echo(const IcmpMessage& message) {
  return message.quote && message.quote->name && message.quote->ip.family == message.family &&
         message.quote->type ==
             (message.family == Family::kIpv4 ? packet::icmp4::kEcho : packet::icmp6::kEcho);
}

Kind kind_of(const IcmpMessage& message) {
  constexpr std::uint8_t kHopLimit = 0;  // code of time exceeded
  if (message.family == Family::kIpv4) {
    if (message.type == packet::icmp4::kUnreachable && message.code == packet::icmp4::kFragmentationNeeded) {
      return Kind::kTooBig;
    }
    return message.type == packet::icmp4::kTimeExceeded && message.code == kHopLimit ? Kind::kExpired
                                                                                     : Kind::kRefused;
  }
  if (message.type == packet::icmp6::kPacketTooBig) {
    return Kind::kTooBig;
  }
  return message.type == packet::icmp6::kTimeExceeded && message.code == kHopLimit ? Kind::kExpired
                                                                                   : Kind::kRefused;
}

/// What is there of our payload in a quoted ICMP message; empty where the tag is not.
std::span<const std::uint8_t> tagged_part(std::span<const std::uint8_t> message) {
  if (message.size() < packet::kIcmpHeaderSize + MtuCodec::kTaggedPayload) {
    return {};
  }
  const auto part = message.subspan(packet::kIcmpHeaderSize, MtuCodec::kTaggedPayload);
  const bool is_padding = std::ranges::all_of(part, [](std::uint8_t byte) { return byte == 0; });
  return is_padding ? std::span<const std::uint8_t>{} : part;
}

}  // namespace

void MtuHandler::on_packets(std::span<const net::CapturedPacket> packets,
                            const receiver::ArrivalClock& arrival) {
  for (const net::CapturedPacket& packet : packets) {
    const auto event = packet.is_arp ? std::nullopt : read(packet, arrival.convert(packet.received));
    if (!event) {
      continue;
    }
    ++(event->kind == Kind::kArrived ? counters_.replies : counters_.errors);
    counters_.no_room += state_.events.push(*event) ? 0U : 1U;  // as good as lost: its probe is sent again
  }
}

void MtuHandler::heard_all_before(MonotonicTime time) {
  state_.heard_until.store(time.time_since_epoch().count(), std::memory_order_release);
}

std::optional<MtuEvent> MtuHandler::read(const net::CapturedPacket& packet, MonotonicTime received) {
  const auto bytes = packet.whole.empty() ? packet.bytes() : packet.whole;
  const auto icmp = packet::read_icmp_packet(packet.family, bytes, packet.wire_size);
  if (!icmp || !icmp->message || icmp->message->cut || is_damaged(*icmp, packet.wire_size)) {
    ++counters_.malformed;
    return std::nullopt;
  }
  const IcmpMessage& message = *icmp->message;
  std::optional<MtuEvent> event;
  if (is_echo_reply(message) && message.name) {
    if (message.name->identifier != state_.codec.identifier()) {
      ++counters_.foreign;
      return std::nullopt;
    }
    event = read_reply(message, zoned(icmp->ip.source, packet.interface), received);
    if (event) {
      event->size =
          packet.wire_size == 0 ? static_cast<std::uint32_t>(icmp->ip.total_size) : packet.wire_size;
    }
  } else {
    const IcmpError error{message.family, message.type, message.code};
    if (!quotes_echo(message) || message.quote->name->identifier != state_.codec.identifier() ||
        !is_unreachable(error)) {
      ++counters_.foreign;
      return std::nullopt;
    }
    event = read_error(message, packet.interface);
    if (event) {
      event->error = error;
    }
  }
  if (!event || event->index >= state_.targets.size()) {
    ++counters_.forged;
    return std::nullopt;
  }
  event->from = zoned(icmp->ip.source, packet.interface);
  event->ttl = event->kind == Kind::kArrived ? icmp->ip.ttl : event->ttl;
  return event;
}

std::optional<MtuEvent> MtuHandler::read_reply(const IcmpMessage& message, const Address& source,
                                               MonotonicTime received) {
  MtuEvent event;
  if (const auto tagged = state_.codec.verify(message.payload, message.name->sequence)) {
    event.index = tagged->index;
    event.rtt = std::max(received - tagged->sent_at, std::chrono::nanoseconds::zero());
  } else if (const auto index = state_.targets.find(source)) {  // it was cut off or written over
    event.index = *index;
  } else {
    return std::nullopt;
  }
  event.number = state_.codec.number(event.index, message.name->sequence);
  return event;
}

std::optional<MtuEvent> MtuHandler::read_error(const IcmpMessage& message, std::uint32_t interface) {
  const packet::IpHeader& quoted = message.quote->ip;
  const Sequence sequence = message.quote->name->sequence;
  const auto index = state_.targets.find(zoned(quoted.destination, interface));
  if (!index) {
    return std::nullopt;
  }
  if (const auto part = tagged_part(quoted.payload); !part.empty()) {
    const auto tagged = state_.codec.verify(part, sequence);
    if (!tagged || tagged->index != *index) {
      return std::nullopt;
    }
  }
  return MtuEvent{.index = *index,
                  .number = state_.codec.number(*index, sequence),
                  .kind = kind_of(message),
                  .mtu = message.mtu.value_or(0),
                  .ttl = quoted.ttl};
}

}  // namespace echosweep::modes

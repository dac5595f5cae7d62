// From captured bytes to a DecodedReply. Every byte here may have been written by an enemy: a length is a
// claim to be checked against what is there, and each step narrows the span so that the next one cannot
// reach further. The quoted packet inside an ICMP error goes through the same header readers as the outer
// one; of it RFC 792 promises just 8 bytes after the IP header, which hold type, identifier and sequence.
#include "packet/decode.hpp"

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::packet {

namespace {

using Bytes = std::span<const std::uint8_t>;

/// An IP header as far as we need it, with what follows it.
struct IpPacket {
  Address source;
  Address destination;
  Ttl ttl;
  Tos tos;
  std::uint8_t protocol = 0;
  bool first_fragment = true;  ///< false: no upper-layer header in here
  bool complete = true;        ///< `upper` holds everything that the header says there is
  Bytes upper;
  std::size_t upper_size = 0;  ///< of it, before it was cut
};

bool read_ipv4(Bytes packet, std::size_t wire_size, IpPacket& ip) {
  if (packet.size() < kIpv4HeaderSize || packet[0] >> 4 != 4) {
    return false;
  }
  const std::size_t header = std::size_t{packet[0] & 15U} * 4;
  if (header < kIpv4HeaderSize || packet.size() < header) {
    return false;
  }
  const std::uint16_t fragment = load_be16(&packet[6]);
  const std::size_t total = load_be16(&packet[2]);
  ip.tos = Tos{packet[1]};
  ip.ttl = Ttl{packet[8]};
  ip.protocol = packet[9];
  ip.source = Address::v4(load_be32(&packet[12]));
  ip.destination = Address::v4(load_be32(&packet[16]));
  ip.first_fragment = (fragment & 0x1fff) == 0;
  const bool more_fragments = (fragment & 0x2000) != 0;
  // A quoted total length may be in host order or changed (old BSD stacks): it may only shorten the packet
  // to what is plausible, so that link padding is cut off.
  const std::size_t claimed = total >= header ? std::min(total, wire_size) : packet.size();
  const std::size_t end = std::min(claimed, packet.size());
  ip.complete = total == end && !more_fragments;
  ip.upper = packet.subspan(header, end - header);
  ip.upper_size = claimed - header;
  return true;
}

bool read_ipv6(Bytes packet, std::uint32_t interface, std::size_t wire_size, IpPacket& ip) {
  if (packet.size() < kIpv6HeaderSize || packet[0] >> 4 != 6) {
    return false;
  }
  const auto address_at = [&](std::size_t offset) {
    const Address address = Address::v6_from_bytes(&packet[offset]);
    return address.is_link_local_v6() ? address.with_zone(interface) : address;
  };
  ip.tos = Tos{static_cast<std::uint8_t>((packet[0] & 15) << 4 | packet[1] >> 4)};
  ip.ttl = Ttl{packet[7]};
  ip.source = address_at(8);
  ip.destination = address_at(24);
  const std::size_t claimed = load_be16(&packet[4]);
  ip.upper = packet.subspan(kIpv6HeaderSize);
  ip.upper_size = std::min(claimed, wire_size - kIpv6HeaderSize);
  ip.complete = claimed <= ip.upper.size();
  if (ip.complete) {
    ip.upper = ip.upper.first(claimed);
  }
  ip.protocol = packet[6];
  while (ip.protocol == kHopByHop || ip.protocol == kRouting || ip.protocol == kDestinationOptions ||
         ip.protocol == kFragment) {
    if (ip.upper.size() < 8) {
      return false;
    }
    const bool is_fragment = ip.protocol == kFragment;
    const std::size_t size = is_fragment ? 8 : (std::size_t{ip.upper[1]} + 1) * 8;
    if (ip.upper.size() < size) {
      return false;
    }
    if (is_fragment) {
      ip.first_fragment = ip.first_fragment && load_be16(&ip.upper[2]) >> 3 == 0;
      ip.complete = false;
    }
    ip.protocol = ip.upper[0];
    ip.upper = ip.upper.subspan(size);
    ip.upper_size -= size;
    if (!ip.first_fragment) {
      break;  // what follows is the middle of something
    }
  }
  return true;
}

/// False: too short for what it claims to be.
bool read_ip(Family family, Bytes packet, std::uint32_t interface, std::size_t wire_size, IpPacket& ip) {
  const std::size_t whole = std::max(wire_size, packet.size());
  return family == Family::kIpv4 ? read_ipv4(packet, whole, ip) : read_ipv6(packet, interface, whole, ip);
}

/// What a message says that is a request or a reply, and whose 8 header bytes are there.
void read_message(Bytes icmp, DecodedReply& reply) {
  reply.identifier = Identifier{load_be16(&icmp[4])};
  reply.sequence = Sequence{load_be16(&icmp[6])};
  reply.payload = icmp.subspan(kIcmpHeaderSize);
}

/// The three numbers of a whole timestamp message.
TimestampTimes read_times(Bytes icmp) {
  return {
      .originate = load_be32(&icmp[8]), .receive = load_be32(&icmp[12]), .transmit = load_be32(&icmp[16])};
}

std::optional<RequestKind> request_of(Family family, std::uint8_t type) {
  if (type == (family == Family::kIpv4 ? icmp4::kEcho : icmp6::kEcho)) {
    return RequestKind::kEcho;
  }
  return family == Family::kIpv4 && type == icmp4::kTimestamp ? std::optional(RequestKind::kTimestamp)
                                                              : std::nullopt;
}

/// The request that this type of message answers.
std::optional<RequestKind> answered_by(Family family, std::uint8_t type) {
  if (type == (family == Family::kIpv4 ? icmp4::kEchoReply : icmp6::kEchoReply)) {
    return RequestKind::kEcho;
  }
  return family == Family::kIpv4 && type == icmp4::kTimestampReply ? std::optional(RequestKind::kTimestamp)
                                                                   : std::nullopt;
}

std::expected<void, NotDecoded> read_quote(Family family, Bytes quote, std::uint32_t interface,
                                           DecodedReply& reply) {
  IpPacket ip;
  if (!read_ip(family, quote, interface, 0, ip)) {
    return std::unexpected(NotDecoded::kMalformed);
  }
  const bool v4 = family == Family::kIpv4;
  if (ip.protocol != (v4 ? kProtocolIcmp : kProtocolIcmpv6) || !ip.first_fragment) {
    return std::unexpected(NotDecoded::kForeign);
  }
  if (ip.upper.size() < kIcmpHeaderSize) {
    return std::unexpected(NotDecoded::kMalformed);
  }
  const auto request = request_of(family, ip.upper[0]);
  if (!request) {
    return std::unexpected(NotDecoded::kForeign);
  }
  reply.asked = *request;
  reply.probed = ip.destination;
  read_message(ip.upper, reply);
  return {};
}

bool checksum_is_right(const IpPacket& ip, bool v4) {
  if (!ip.complete) {
    return true;  // nothing to verify it with
  }
  ChecksumSum sum;
  sum.add(ip.upper);
  if (!v4) {  // RFC 8200 8.1: the pseudo-header
    const auto source = ip.source.bytes();
    const auto destination = ip.destination.bytes();
    sum.add(source);
    sum.add(destination);
    sum.add_word(static_cast<std::uint16_t>(ip.upper.size()));
    sum.add_word(kProtocolIcmpv6);
  }
  return sum.checksum() == 0;
}

}  // namespace

std::expected<void, NotDecoded> decode(Family family, Bytes packet, std::uint32_t interface,
                                       std::size_t wire_size, DecodedReply& reply) {
  IpPacket ip;
  if (!read_ip(family, packet, interface, wire_size, ip)) {
    return std::unexpected(NotDecoded::kMalformed);
  }
  const bool v4 = family == Family::kIpv4;
  if (ip.protocol != (v4 ? kProtocolIcmp : kProtocolIcmpv6) || !ip.first_fragment) {
    return std::unexpected(NotDecoded::kIrrelevant);
  }
  if (ip.upper.size() < kIcmpHeaderSize) {
    return std::unexpected(NotDecoded::kMalformed);
  }
  const std::uint8_t type = ip.upper[0];
  const auto answered = answered_by(family, type);
  const bool is_error = v4 ? quotes_packet4(type) : quotes_packet6(type);
  if (!answered && !is_error) {
    return std::unexpected(NotDecoded::kIrrelevant);
  }
  const bool is_timestamp = answered == RequestKind::kTimestamp;
  if ((is_timestamp && ip.upper.size() < kIcmpTimestampSize) || !checksum_is_right(ip, v4)) {
    return std::unexpected(NotDecoded::kMalformed);
  }
  reply.source = ip.source;
  reply.ttl = ip.ttl;
  reply.tos = ip.tos;
  reply.size = static_cast<std::uint32_t>(ip.upper_size);
  reply.timestamps.reset();
  if (answered) {
    reply.error.reset();
    reply.asked = *answered;
    reply.probed = ip.source;
    read_message(ip.upper, reply);
    if (is_timestamp) {
      reply.timestamps = read_times(ip.upper);
    }
    return {};
  }
  reply.error = IcmpError{family, type, ip.upper[1]};
  return read_quote(family, ip.upper.subspan(kIcmpHeaderSize), interface, reply);
}

}  // namespace echosweep::packet

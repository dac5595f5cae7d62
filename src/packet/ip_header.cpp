#include "packet/ip_header.hpp"

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"
#include "packet/offsets.hpp"

namespace echosweep::packet {

namespace {

using Bytes = std::span<const std::uint8_t>;

bool checksum_holds(Bytes header) {
  ChecksumSum sum;
  sum.add(header);
  return sum.checksum() == 0;
}

/// What a length field says, against what there was. Returns where the payload ends in `packet`.
std::size_t take_total(IpHeader& ip, Bytes packet, std::size_t wire_size, std::size_t total) {
  ip.total_size = total;
  ip.missing = total > wire_size ? total - wire_size : 0;
  return std::min(total, packet.size());
}

void read_fixed4(IpHeader& ip, Bytes packet) {
  const std::uint16_t fragment = load_be16(&packet[6]);
  ip.tos = Tos{packet[1]};
  ip.identification = load_be16(&packet[kIdentification]);
  ip.reserved_flag = (fragment & 0x8000) != 0;
  ip.dont_fragment = (fragment & 0x4000) != 0;
  ip.more_fragments = (fragment & 0x2000) != 0;
  ip.fragment_offset = static_cast<std::uint16_t>((fragment & 0x1fff) * 8);
  ip.is_fragment = ip.more_fragments || ip.fragment_offset != 0;
  ip.ttl = Ttl{packet[8]};
  ip.protocol = packet[9];
  ip.checksum = load_be16(&packet[kHeaderChecksum]);
  ip.source = Address::v4(load_be32(&packet[kSource]));
  ip.destination = Address::v4(load_be32(&packet[kDestination]));
}

void read_ipv4(IpHeader& ip, Bytes packet, std::size_t wire_size) {
  if (packet.size() < kIpv4HeaderSize) {
    ip.fault = IpFault::kCut;
    return;
  }
  read_fixed4(ip, packet);
  ip.header_size = std::size_t{packet[0] & 15U} * 4;
  if (packet[0] >> 4 != 4) {
    ip.fault = IpFault::kVersion;
    return;
  }
  if (ip.header_size < kIpv4HeaderSize || ip.header_size > packet.size()) {
    ip.total_size = load_be16(&packet[2]);
    ip.fault = IpFault::kHeaderLength;
    return;
  }
  ip.options = packet.subspan(kIpv4HeaderSize, ip.header_size - kIpv4HeaderSize);
  ip.checksum_right = checksum_holds(packet.first(ip.header_size));
  // 0: segmentation offload left it to the device.
  const std::size_t claimed = load_be16(&packet[2]);
  const std::size_t end = take_total(ip, packet, wire_size, claimed != 0 ? claimed : wire_size);
  if (ip.total_size < ip.header_size) {
    ip.fault = IpFault::kTotalLength;
    return;
  }
  ip.payload = packet.subspan(ip.header_size, end - ip.header_size);
  ip.payload_size = ip.total_size - ip.header_size;
}

constexpr bool is_extension(std::uint8_t protocol) {
  return protocol == kHopByHop || protocol == kRouting || protocol == kFragment ||
         protocol == kDestinationOptions;
}

/// Hop-by-hop options stand first or nowhere (RFC 8200 4.1), and no honest chain is as long as kMost: a
/// packet of nothing but headers ends there.
bool may_follow(const IpHeader& ip) {
  constexpr std::size_t kMost = 16;
  return ip.extensions.empty() || (ip.protocol != kHopByHop && ip.extensions.size() < kMost);
}

/// Each header takes 8 bytes or more away: a chain ends where the packet does.
void read_extensions(IpHeader& ip) {
  constexpr std::size_t kUnit = 8;
  while (is_extension(ip.protocol) && ip.fragment_offset == 0) {
    const bool has_length = ip.payload.size() >= 2 && ip.protocol != kFragment;
    const std::size_t size = has_length ? (std::size_t{ip.payload[1]} + 1) * kUnit : kUnit;
    if (ip.payload.size() < size || !may_follow(ip)) {
      ip.fault = IpFault::kExtension;
      return;
    }
    const Bytes header = ip.payload.first(size);
    ip.extensions.push_back({.type = ip.protocol, .bytes = header});
    if (ip.protocol == kFragment) {
      const std::uint16_t place = load_be16(&header[2]);
      ip.identification = load_be32(&header[4]);
      ip.more_fragments = (place & 1) != 0;
      ip.fragment_offset = place & 0xfff8;
      // An atomic fragment (RFC 6946) is a whole packet.
      ip.is_fragment = ip.more_fragments || ip.fragment_offset != 0;
    }
    ip.protocol = header[0];
    ip.payload = ip.payload.subspan(size);
    ip.payload_size -= size;
  }
}

void read_ipv6(IpHeader& ip, Bytes packet, std::size_t wire_size) {
  if (packet.size() < kIpv6HeaderSize) {
    ip.fault = IpFault::kCut;
    return;
  }
  ip.tos = Tos{static_cast<std::uint8_t>((packet[0] & 15) << 4 | packet[1] >> 4)};
  ip.flow_label = load_be32(packet.data()) & 0xfffff;
  ip.protocol = packet[6];
  ip.ttl = Ttl{packet[7]};
  ip.source = Address::v6_from_bytes(&packet[8]);
  ip.destination = Address::v6_from_bytes(&packet[24]);
  ip.header_size = kIpv6HeaderSize;
  if (packet[0] >> 4 != 6) {
    ip.fault = IpFault::kVersion;
    return;
  }
  // 0 in front of hop-by-hop options: a jumbogram (RFC 2675), whose length stands there.
  const std::size_t claimed = load_be16(&packet[4]);
  const bool is_jumbo = claimed == 0 && ip.protocol == kHopByHop;
  const std::size_t end = take_total(ip, packet, wire_size, is_jumbo ? wire_size : claimed + kIpv6HeaderSize);
  ip.payload = packet.subspan(kIpv6HeaderSize, end - kIpv6HeaderSize);
  ip.payload_size = ip.total_size - kIpv6HeaderSize;
  read_extensions(ip);
}

}  // namespace

IpHeader read_ip_header(Family family, Bytes packet, std::size_t wire_size) {
  IpHeader ip;
  ip.family = family;
  ip.source = ip.destination = family == Family::kIpv4 ? Address::v4(0) : Address::v6(0);
  const std::size_t whole = std::max(wire_size, packet.size());
  family == Family::kIpv4 ? read_ipv4(ip, packet, whole) : read_ipv6(ip, packet, whole);
  return ip;
}

std::vector<Ipv4Option> ipv4_options(Bytes options) {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNothing = 1;
  std::vector<Ipv4Option> all;
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNothing) {
      all.push_back({.type = kNothing, .data = {}});
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) {
      break;
    }
    const std::size_t size = options[1];
    all.push_back({.type = options[0], .data = options.subspan(2, size - 2)});
    options = options.subspan(size);
  }
  return all;
}

}  // namespace echosweep::packet

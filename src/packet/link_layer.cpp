#include "packet/link_layer.hpp"

#include <bit>

#include "packet/bytes.hpp"
#include "packet/ethernet.hpp"

namespace echosweep::packet {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr bool is_vlan(std::uint16_t ethertype) {
  return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

/// `at`: where the EtherType stands; the payload follows it, behind VLAN tags of 4 bytes.
std::optional<LinkPayload> by_ethertype(Bytes frame, std::size_t at) {
  constexpr std::size_t kTag = 4;
  while (frame.size() >= at + 2 && is_vlan(load_be16(&frame[at]))) {
    at += kTag;
  }
  if (frame.size() < at + 2) {
    return std::nullopt;
  }
  const std::uint16_t ethertype = load_be16(&frame[at]);
  if (ethertype != kEthertypeIpv4 && ethertype != kEthertypeIpv6) {
    return std::nullopt;
  }
  LinkPayload payload;
  payload.family = ethertype == kEthertypeIpv4 ? Family::kIpv4 : Family::kIpv6;
  payload.packet = frame.subspan(at + 2);
  return payload;
}

std::optional<Direction> direction_of(std::uint16_t packet_type) {
  return packet_type <= 4 ? std::optional(static_cast<Direction>(packet_type)) : std::nullopt;
}

std::optional<LinkPayload> strip_sll(Bytes frame) {
  constexpr std::size_t kProtocol = 14;
  auto payload = by_ethertype(frame, kProtocol);
  if (payload) {
    payload->direction = direction_of(load_be16(frame.data()));
  }
  return payload;
}

std::optional<LinkPayload> strip_sll2(Bytes frame) {
  constexpr std::size_t kHeader = 20;
  if (frame.size() < kHeader) {
    return std::nullopt;
  }
  const std::uint16_t ethertype = load_be16(frame.data());
  LinkPayload payload;
  if (is_vlan(ethertype)) {
    // The rest of the tag comes first: two bytes of it, then what it carries.
    const auto tagged = by_ethertype(frame, kHeader + 2);
    if (!tagged) {
      return std::nullopt;
    }
    payload = *tagged;
  } else if (ethertype == kEthertypeIpv4 || ethertype == kEthertypeIpv6) {
    payload.family = ethertype == kEthertypeIpv4 ? Family::kIpv4 : Family::kIpv6;
    payload.packet = frame.subspan(kHeader);
  } else {
    return std::nullopt;
  }
  payload.interface = load_be32(&frame[4]);
  payload.direction = direction_of(frame[10]);
  return payload;
}

std::optional<LinkPayload> by_version(Bytes packet) {
  const unsigned version = packet.empty() ? 0 : packet[0] >> 4;
  if (version != 4 && version != 6) {
    return std::nullopt;
  }
  LinkPayload payload;
  payload.family = version == 4 ? Family::kIpv4 : Family::kIpv6;
  payload.packet = packet;
  return payload;
}

/// AF_INET is 2 everywhere, AF_INET6 another number on each system, and the byte order the writer's: the IP
/// header says the family as well.
std::optional<LinkPayload> strip_null(Bytes frame) {
  constexpr std::size_t kHeader = 4;
  if (frame.size() <= kHeader) {
    return std::nullopt;
  }
  const std::uint32_t big = load_be32(frame.data());
  const std::uint32_t family = big < 0x10000 ? big : std::byteswap(big);
  const bool known = family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
  return known ? by_version(frame.subspan(kHeader)) : std::nullopt;
}

}  // namespace

std::optional<LinkPayload> strip_link(LinkType type, Bytes frame) {
  constexpr std::size_t kEthernetType = 12;
  switch (type) {
    case LinkType::kEthernet:
      return by_ethertype(frame, kEthernetType);
    case LinkType::kSll:
      return strip_sll(frame);
    case LinkType::kSll2:
      return strip_sll2(frame);
    case LinkType::kRawIp:
      return by_version(frame);
    default:
      return strip_null(frame);
  }
}

}  // namespace echosweep::packet

#include "packet/neighbour.hpp"

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/ethernet.hpp"
#include "packet/frame.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::packet {

namespace {

constexpr MacAddress kEverybody{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// RFC 826: Ethernet (1), IPv4, address lengths 6 and 4.
constexpr std::array<std::uint8_t, 6> kArpFor{0, 1, 0x08, 0x00, 6, 4};
constexpr std::size_t kArpSize = 28;
constexpr std::uint16_t kArpRequest = 1;
constexpr std::uint16_t kArpReply = 2;
constexpr std::size_t kArpOperation = 6;
constexpr std::size_t kArpSenderMac = 8;
constexpr std::size_t kArpSender = 14;
constexpr std::size_t kArpTarget = 24;

// RFC 4861.
constexpr std::uint8_t kSourceLinkAddress = 1;
constexpr std::uint8_t kTargetLinkAddress = 2;
constexpr std::uint8_t kSolicitedFlag = 0x40;
constexpr std::uint8_t kHopLimit = 255;
constexpr std::size_t kNdFlags = 4;
constexpr std::size_t kNdTarget = 8;
constexpr std::size_t kNdOptions = 24;
constexpr std::size_t kLinkOptionSize = 8;

NeighbourRequest make_arp_request(const Address& wanted, const MacAddress& from, const Address& source) {
  NeighbourRequest request{.size = kEthernetHeaderSize + kArpSize};
  write_ethernet_header(request.storage.data(), kEverybody, from, kEthertypeArp);
  std::uint8_t* const arp = &request.storage[kEthernetHeaderSize];
  std::ranges::copy(kArpFor, arp);
  store_be16(arp + kArpOperation, kArpRequest);
  std::ranges::copy(from.bytes, arp + kArpSenderMac);
  store_be32(arp + kArpSender, source.v4_value());
  store_be32(arp + kArpTarget, wanted.v4_value());
  return request;
}

/// ff02::1:ffXX:XXXX (RFC 4291 2.7.1).
Address solicited_node(const Address& address) {
  constexpr Uint128 kPrefix = (Uint128{0xff02} << 112) | (Uint128{1} << 32) | 0xff000000U;
  return Address::v6(kPrefix | (address.value() & 0xffffff));
}

/// 33:33 and the address's last four bytes (RFC 2464 7).
MacAddress multicast_mac(const Address& address) {
  return MacAddress::from_value(std::uint64_t{0x3333} << 32 | static_cast<std::uint32_t>(address.value()));
}

NeighbourRequest make_solicitation(const Address& wanted, const MacAddress& from, const Address& source) {
  constexpr std::size_t kMessageSize = kNdOptions + kLinkOptionSize;
  NeighbourRequest request{.size = kEthernetHeaderSize + kIpv6HeaderSize + kMessageSize};
  static_assert(kEthernetHeaderSize + kIpv6HeaderSize + kMessageSize == NeighbourRequest::kMaxSize);
  const Address group = solicited_node(wanted);
  write_ethernet_header(request.storage.data(), multicast_mac(group), from, kEthertypeIpv6);
  write_ipv6_header(&request.storage[kEthernetHeaderSize], {.source = source,
                                                            .destination = group,
                                                            .hop_limit = Ttl{kHopLimit},
                                                            .traffic_class = Tos{},
                                                            .payload_size = kMessageSize});
  const auto message = std::span(request.storage).subspan(kEthernetHeaderSize + kIpv6HeaderSize);
  message[0] = icmp6::kNeighbourSolicitation;
  std::ranges::copy(wanted.bytes(), message.begin() + kNdTarget);
  message[kNdOptions] = kSourceLinkAddress;
  message[kNdOptions + 1] = 1;  // in units of 8 bytes
  std::ranges::copy(from.bytes, message.begin() + kNdOptions + 2);
  store_be16(&message[2], icmpv6_checksum(source, group, message));
  return request;
}

MacAddress load_mac(const std::uint8_t* at) {
  MacAddress mac;
  std::copy_n(at, mac.bytes.size(), mac.bytes.begin());
  return mac;
}

/// No host has a group's address, nor none.
bool is_hosts(const MacAddress& mac) {
  return !mac.empty() && (mac.bytes[0] & 1U) == 0;
}

/// The target's link-layer address among the options (RFC 4861 4.6). One option that is none, and the whole
/// message is not to be believed (7.1.2).
std::optional<MacAddress> find_link_address(std::span<const std::uint8_t> options) {
  std::optional<MacAddress> found;
  while (!options.empty()) {
    const std::size_t size = options.size() < kLinkOptionSize ? 0 : options[1] * std::size_t{8};
    if (size == 0 || size > options.size()) {
      return std::nullopt;
    }
    if (options[0] == kTargetLinkAddress && !found) {
      found = load_mac(&options[2]);
    }
    options = options.subspan(size);
  }
  return found;
}

}  // namespace

NeighbourRequest make_neighbour_request(const Address& wanted, const MacAddress& from,
                                        const Address& source) {
  return wanted.is_v4() ? make_arp_request(wanted, from, source) : make_solicitation(wanted, from, source);
}

std::optional<NeighbourAnswer> decode_arp_reply(std::span<const std::uint8_t> packet) {
  if (packet.size() < kArpSize || !std::ranges::equal(packet.first(kArpFor.size()), kArpFor) ||
      load_be16(&packet[kArpOperation]) != kArpReply) {
    return std::nullopt;
  }
  const NeighbourAnswer answer{.address = Address::v4(load_be32(&packet[kArpSender])),
                               .mac = load_mac(&packet[kArpSenderMac])};
  return is_hosts(answer.mac) ? std::optional(answer) : std::nullopt;
}

std::optional<NeighbourAnswer> decode_neighbour_advertisement(std::span<const std::uint8_t> packet,
                                                              std::uint32_t interface) {
  if (packet.size() < kIpv6HeaderSize + kNdOptions || packet[0] >> 4 != 6 || packet[6] != kProtocolIcmpv6 ||
      packet[7] != kHopLimit) {
    return std::nullopt;
  }
  const std::size_t size = load_be16(&packet[4]);
  if (size < kNdOptions || size > packet.size() - kIpv6HeaderSize) {
    return std::nullopt;
  }
  const auto message = packet.subspan(kIpv6HeaderSize, size);
  const Address source = Address::v6_from_bytes(&packet[8]);
  const Address destination = Address::v6_from_bytes(&packet[24]);
  if (message[0] != icmp6::kNeighbourAdvertisement || message[1] != 0 || destination.is_multicast() ||
      (message[kNdFlags] & kSolicitedFlag) == 0 || icmpv6_checksum(source, destination, message) != 0) {
    return std::nullopt;
  }
  const auto mac = find_link_address(message.subspan(kNdOptions));
  if (!mac || !is_hosts(*mac)) {
    return std::nullopt;
  }
  const Address address = Address::v6_from_bytes(&message[kNdTarget]);
  return NeighbourAnswer{.address = address.needs_zone() ? address.with_zone(interface) : address,
                         .mac = *mac};
}

}  // namespace echosweep::packet

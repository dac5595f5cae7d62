#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/address.hpp"
#include "core/mac_address.hpp"

namespace echosweep::packet {

/// A frame that asks a link who has an address: by ARP (RFC 826) or neighbour solicitation (RFC 4861 4.3).
struct NeighbourRequest {
  static constexpr std::size_t kMaxSize = 86;
  std::array<std::uint8_t, kMaxSize> storage{};
  std::size_t size = 0;
  std::span<const std::uint8_t> bytes() const { return std::span(storage).first(size); }
};
/// `from` and `source` are ours on that link.
NeighbourRequest make_neighbour_request(const Address& wanted, const MacAddress& from, const Address& source);

/// What lets answers through libpcap's filter, to be added to an expression. Advertisements are told from the
/// other ICMPv6 packets by their type.
inline constexpr const char* kNeighbourFilter = " or arp or (ip6 and ip6[6] = 58 and ip6[40] = 136)";

/// Who has an address, by its own word. Nothing proves it: anybody on the link can say so.
struct NeighbourAnswer {
  Address address;
  MacAddress mac;
};

/// Reads an ARP reply, from the ARP header on. Total: any bytes of any length.
std::optional<NeighbourAnswer> decode_arp_reply(std::span<const std::uint8_t> packet);

/// Reads a solicited neighbour advertisement (RFC 4861 4.4, 7.1.2: hop limit 255, checksum right), from the
/// IPv6 header on. Total: any bytes of any length. `interface` becomes the zone of link-local addresses.
std::optional<NeighbourAnswer> decode_neighbour_advertisement(std::span<const std::uint8_t> packet,
                                                              std::uint32_t interface);

}  // namespace echosweep::packet

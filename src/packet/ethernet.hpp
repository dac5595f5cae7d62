#pragma once

#include <cstdint>
#include <span>

#include "core/address.hpp"
#include "core/mac_address.hpp"
#include "core/quantities.hpp"

namespace echosweep::packet {

inline constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEthertypeArp = 0x0806;
inline constexpr std::uint16_t kEthertypeIpv6 = 0x86dd;

/// Writes 14 bytes: to, from, type (IEEE 802.3).
void write_ethernet_header(std::uint8_t* at, const MacAddress& to, const MacAddress& from,
                           std::uint16_t ethertype);

struct Ipv6Fields {
  Address source;
  Address destination;
  Ttl hop_limit;
  Tos traffic_class;
  std::size_t payload_size = 0;  ///< bytes behind the header
};

/// Writes 40 bytes, with ICMPv6 as what follows (RFC 8200 3).
void write_ipv6_header(std::uint8_t* at, const Ipv6Fields& fields);

/// Over the pseudo-header and a whole ICMPv6 message (RFC 4443 2.3, RFC 8200 8.1); its field counts as it is.
std::uint16_t icmpv6_checksum(const Address& source, const Address& destination,
                              std::span<const std::uint8_t> message);

}  // namespace echosweep::packet

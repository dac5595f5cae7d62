#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/address.hpp"

namespace echosweep::packet {

/// What stands in front of the IP header in a capture (the LINKTYPE_ of pcap files).
enum class LinkType : std::uint8_t {
  kEthernet,  ///< with any number of VLAN tags
  kSll,       ///< Linux "cooked"
  kSll2,      ///< the same with the interface's number
  kRawIp,
  kNull,  ///< BSD loopback: the address family, in some machine's byte order
};

/// Which way a cooked packet went.
enum class Direction : std::uint8_t { kIn, kBroadcast, kMulticast, kOther, kOut };

/// A frame without its link header.
struct LinkPayload {
  Family family = Family::kIpv4;
  std::uint32_t interface = 0;         ///< of SLL2; 0: not known
  std::optional<Direction> direction;  ///< of SLL and SLL2
  std::span<const std::uint8_t> packet;
};

/// Nothing: it is no IP, or shorter than a link header. Total.
std::optional<LinkPayload> strip_link(LinkType type, std::span<const std::uint8_t> frame);

}  // namespace echosweep::packet

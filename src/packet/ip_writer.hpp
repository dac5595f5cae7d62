#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"

namespace echosweep::packet {

/// What stands in the IP header that the kernel writes in front of a message of ours.
struct WrittenHeader {
  Address source;
  Address destination;
  Ttl ttl = {};
  Tos tos = {};
  bool dont_fragment = false;                  ///< IPv4
  std::uint32_t flow_label = 0;                ///< IPv6
  std::span<const std::uint8_t> options = {};  ///< IPv4, a multiple of 4 bytes
};

/// The whole packet (RFC 791 3.1, RFC 8200 3), with ICMPv6's checksum where the message has none. IPv4's
/// identification is zero: only the kernel knows it.
std::vector<std::uint8_t> write_ip_packet(const WrittenHeader& header, std::span<const std::uint8_t> message);

/// Makes right what a socket left out of a packet in front of which it has put a header (net::SocketRx):
/// lengths; where there is none the destination, and IPv4's header checksum.
void mend_ip_header(std::span<std::uint8_t> packet, const Address& destination);

}  // namespace echosweep::packet

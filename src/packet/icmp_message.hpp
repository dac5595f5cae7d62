#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "packet/decode.hpp"
#include "packet/icmp_extensions.hpp"
#include "packet/ip_header.hpp"
#include "packet/node_information.hpp"

namespace echosweep::packet {

// An ICMP packet with all that it says, for who wants to look at it. What a sweep needs of replies, and
// quickly, is decode()'s.

/// Of echo, timestamp, mask and information messages (RFC 792, RFC 4443 4).
struct IcmpName {
  Identifier identifier;
  Sequence sequence;
  friend bool operator==(const IcmpName&, const IcmpName&) = default;
};

/// The packet that an error is about, as far as it is quoted.
struct IcmpQuote {
  IpHeader ip;
  std::optional<std::uint16_t> source_port;  ///< of TCP, UDP, UDP-Lite, DCCP and SCTP
  std::optional<std::uint16_t> destination_port;
  std::optional<std::uint8_t> type;  ///< of ICMP of the same family
  std::optional<std::uint8_t> code;
  std::optional<IcmpName> name;  ///< of an echo request or reply
};

/// RFC 1256 3.
struct RouterList {
  std::uint16_t lifetime_s = 0;
  std::uint8_t claimed = 0;     ///< how many there should be
  std::uint8_t entry_size = 0;  ///< 32-bit words
  struct Router {
    Address address;
    std::int32_t preference = 0;
  };
  std::vector<Router> routers;
};

/// RFC 4861 4.2.
struct RouterAdvertisement {
  std::uint8_t hop_limit = 0;
  std::uint8_t flags = 0;  ///< M 0x80, O 0x40, and others
  std::uint16_t lifetime_s = 0;
  std::uint32_t reachable_ms = 0;
  std::uint32_t retransmit_ms = 0;
};

/// RFC 2710 3, RFC 3810 5.
struct ListenerMessage {
  std::uint16_t max_delay = 0;           ///< as it stands there: milliseconds, or RFC 3810 5.1.3's code
  std::optional<Address> group;          ///< of query, report and done
  std::optional<std::uint16_t> records;  ///< of a report of version 2
};

/// An option of neighbour discovery (RFC 4861 4.6).
struct NeighbourOption {
  std::uint8_t type = 0;
  std::span<const std::uint8_t> data;  ///< behind type and length
};

/// What an ICMP message says. Numbers are in host byte order, sizes in bytes; what a message of this type
/// does not have, or what was cut away, is not set. Addresses have no zone. Spans point into the packet.
struct IcmpMessage {
  Family family = Family::kIpv4;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t checksum = 0;
  std::optional<bool> checksum_right;  ///< nothing: not all of the message is there
  std::size_t size = 0;                ///< as the IP header has it; of a fragment: of this one
  bool cut = false;                    ///< it ends before its fields do
  std::optional<IcmpName> name;
  std::optional<TimestampTimes> times;  ///< of both timestamp messages
  std::optional<std::uint32_t> mask;    ///< RFC 950
  std::optional<std::uint32_t> mtu;     ///< RFC 1191 4 (0: a router that does not know it), RFC 4443 3.2
  std::optional<std::uint32_t> pointer;
  std::optional<Address> gateway;      ///< of a redirect: the better first hop
  std::optional<Address> target;       ///< of neighbour solicitation and advertisement
  std::optional<Address> destination;  ///< of an ICMPv6 redirect: what it is about
  std::optional<std::uint8_t> flags;   ///< of a neighbour advertisement: R 0x80, S 0x40, O 0x20
  std::optional<RouterList> routers;
  std::optional<RouterAdvertisement> advertisement;
  std::optional<ListenerMessage> listener;
  std::optional<NodeMessage> node;  ///< of both node information messages
  std::vector<NeighbourOption> options;
  bool options_broken = false;  ///< an option's length is wrong, and what follows is not known
  std::optional<IcmpQuote> quote;
  std::optional<IcmpExtensions> extensions;
  std::span<const std::uint8_t> payload;  ///< what no field above has taken
};

/// An IP packet that has ICMP in it, or should have.
struct IcmpPacket {
  IpHeader ip;
  std::optional<IcmpMessage>
      message;  ///< nothing: none of it is here, as in a later fragment, or ip.fault says why
};

/// Reads one IPv4 or IPv6 packet from its IP header on (RFC 791, 792, 8200, 4443), which may be cut short or
/// followed by link padding. Total: any bytes of any length give an answer, and nothing outside is read.
/// Nothing: it is no ICMP. `wire_size`: bytes before it was cut.
std::optional<IcmpPacket> read_icmp_packet(Family family, std::span<const std::uint8_t> packet,
                                           std::size_t wire_size = 0);

}  // namespace echosweep::packet

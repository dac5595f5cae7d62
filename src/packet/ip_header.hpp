#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"

namespace echosweep::packet {

/// Why what follows an IP header could not be found.
enum class IpFault : std::uint8_t {
  kNone,
  kCut,           ///< fewer bytes than a header has
  kVersion,       ///< the first four bits are those of no IP of this family
  kHeaderLength,  ///< IPv4: shorter than 20 bytes, or longer than what is there
  kTotalLength,   ///< IPv4: shorter than its own header
  kExtension,     ///< IPv6: an extension header ends behind the packet, or may not stand there
};

/// A header between IPv6's own and the payload (RFC 8200 4.1), whole.
struct Ipv6Extension {
  std::uint8_t type = 0;  ///< kHopByHop, kRouting, kFragment or kDestinationOptions
  std::span<const std::uint8_t> bytes;
};

/// Everything that an IP header says. Numbers are in host byte order, sizes in bytes; spans point into the
/// packet. Addresses have no zone. After a fault, what stands in front of it is filled in.
struct IpHeader {
  Family family = Family::kIpv4;
  IpFault fault = IpFault::kNone;
  Address source;
  Address destination;
  Tos tos;
  Ttl ttl;
  std::uint8_t protocol = 0;         ///< of `payload`
  std::size_t header_size = 0;       ///< IPv6: without extension headers
  std::size_t total_size = 0;        ///< as the header has it; IPv6: 40 more than its payload length
  std::size_t missing = 0;           ///< of total_size, what was not even on the wire
  std::uint32_t flow_label = 0;      ///< IPv6
  std::uint32_t identification = 0;  ///< IPv6: of the fragment header
  bool reserved_flag = false;        ///< IPv4
  bool dont_fragment = false;        ///< IPv4
  bool more_fragments = false;
  bool is_fragment = false;           ///< a part of a packet, be it the first
  std::uint16_t fragment_offset = 0;  ///< bytes
  std::uint16_t checksum = 0;         ///< IPv4
  bool checksum_right = true;
  std::span<const std::uint8_t> options;  ///< IPv4
  std::vector<Ipv6Extension> extensions;
  std::span<const std::uint8_t> payload;  ///< what is there of it, without link padding
  std::size_t payload_size = 0;           ///< before it was cut

  /// The whole payload of an unfragmented packet is there.
  bool complete() const { return !is_fragment && payload.size() == payload_size; }
};

/// Reads the header at the start of `packet` (RFC 791 3.1, RFC 8200 3 and 4), which may be cut short or be
/// followed by link padding. Total: any bytes of any length give an answer, and nothing outside is read.
/// `wire_size`: bytes before it was cut; where it is less than what is there, nothing was.
IpHeader read_ip_header(Family family, std::span<const std::uint8_t> packet, std::size_t wire_size);

/// One IPv4 option (RFC 791 3.1).
struct Ipv4Option {
  std::uint8_t type = 0;
  std::span<const std::uint8_t> data;  ///< behind type and length
};

/// The options in their order, up to the end of the list or the first whose length is wrong.
std::vector<Ipv4Option> ipv4_options(std::span<const std::uint8_t> options);

}  // namespace echosweep::packet

#include "packet/frame.hpp"

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/ethernet.hpp"
#include "packet/icmp.hpp"
#include "packet/offsets.hpp"

namespace echosweep::packet {

namespace {

/// The kernel fills in the source address of packets that have none; here nobody would. The checksum was
/// made with zeros in its place (RFC 1624).
void fill_in_source4(std::span<std::uint8_t> packet, const Address& source) {
  if (load_be32(&packet[kSource]) != 0) {
    return;  // the user's, and in the checksum already
  }
  store_be32(&packet[kSource], source.v4_value());
  ChecksumSum sum;
  sum.add_word(static_cast<std::uint16_t>(~load_be16(&packet[kHeaderChecksum])));
  sum.add(packet.subspan(kSource, 4));
  store_be16(&packet[kHeaderChecksum], sum.checksum());
}

}  // namespace

std::span<const std::uint8_t> make_frame(std::span<std::uint8_t> packet, const Address& destination,
                                         const FrameFields& fields) {
  if (destination.is_v4()) {
    fill_in_source4(packet, fields.source);
    std::uint8_t* const frame = packet.data() - kEthernetHeaderSize;
    write_ethernet_header(frame, fields.to, fields.from, kEthertypeIpv4);
    return {frame, kEthernetHeaderSize + packet.size()};
  }
  std::uint8_t* const header = packet.data() - kIpv6HeaderSize;
  write_ipv6_header(header, {.source = fields.source,
                             .destination = destination,
                             .hop_limit = fields.ttl,
                             .traffic_class = fields.tos,
                             .payload_size = packet.size()});
  store_be16(&packet[kIcmpChecksum], 0);
  store_be16(&packet[kIcmpChecksum], icmpv6_checksum(fields.source, destination, packet));
  std::uint8_t* const frame = header - kEthernetHeaderSize;
  write_ethernet_header(frame, fields.to, fields.from, kEthertypeIpv6);
  return {frame, kEthernetHeaderSize + kIpv6HeaderSize + packet.size()};
}

}  // namespace echosweep::packet

#include "packet/ethernet.hpp"

#include <algorithm>
#include <cstring>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"

namespace echosweep::packet {

void write_ethernet_header(std::uint8_t* at, const MacAddress& to, const MacAddress& from,
                           std::uint16_t ethertype) {
  // Not std::ranges::copy(), of which g++ 12 makes a loop over bytes.
  std::memcpy(at, to.bytes.data(), to.bytes.size());
  std::memcpy(at + to.bytes.size(), from.bytes.data(), from.bytes.size());
  store_be16(at + to.bytes.size() + from.bytes.size(), ethertype);
}

void write_ipv6_header(std::uint8_t* at, const Ipv6Fields& fields) {
  constexpr std::uint32_t kVersion = 6;
  store_be32(at, kVersion << 28 | static_cast<std::uint32_t>(fields.traffic_class.value) << 20);
  store_be16(at + 4, static_cast<std::uint16_t>(fields.payload_size));
  at[6] = kProtocolIcmpv6;
  at[7] = fields.hop_limit.value;
  std::ranges::copy(fields.source.bytes(), at + 8);
  std::ranges::copy(fields.destination.bytes(), at + 24);
}

std::uint16_t icmpv6_checksum(const Address& source, const Address& destination,
                              std::span<const std::uint8_t> message) {
  ChecksumSum sum;
  sum.add(source.bytes());
  sum.add(destination.bytes());
  sum.add_word(static_cast<std::uint16_t>(message.size()));  // less than 64 KiB: the upper half is zero
  sum.add_word(kProtocolIcmpv6);
  sum.add(message);
  return sum.checksum();
}

}  // namespace echosweep::packet

#include "packet/ip_writer.hpp"

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/offsets.hpp"

namespace echosweep::packet {

namespace {

constexpr std::size_t kTotalLength = 2;
constexpr std::size_t kFlags = 6;
constexpr std::size_t kPayloadLength = 4;
constexpr std::size_t kSource6 = 8;
constexpr std::size_t kDestination6 = 24;
constexpr std::size_t kLongest = 0xffff;

std::uint16_t length(std::size_t size) {
  return static_cast<std::uint16_t>(std::min(size, kLongest));
}

void sum_ipv4(std::span<std::uint8_t> packet) {
  const std::size_t size = std::min<std::size_t>(packet.size(), std::size_t{packet[0] & 0xfU} * 4);
  store_be16(&packet[kHeaderChecksum], 0);
  ChecksumSum sum;
  sum.add(packet.first(size));
  store_be16(&packet[kHeaderChecksum], sum.checksum());
}

/// RFC 8200 8.1.
void sum_icmpv6(std::span<std::uint8_t> packet) {
  const auto message = packet.subspan(kIpv6HeaderSize);
  if (message.size() < kIcmpHeaderSize || load_be16(&message[kIcmpChecksum]) != 0) {
    return;
  }
  ChecksumSum sum;
  sum.add(packet.subspan(kSource6, kIpv6HeaderSize - kSource6));
  sum.add_words(message.size());
  sum.add_word(kProtocolIcmpv6);
  sum.add(message);
  store_be16(&message[kIcmpChecksum], sum.checksum());
}

std::vector<std::uint8_t> write_ipv4(const WrittenHeader& header, std::span<const std::uint8_t> message) {
  const std::size_t header_size = kIpv4HeaderSize + header.options.size();
  std::vector<std::uint8_t> packet(header_size + message.size());
  std::ranges::copy(header.options, packet.begin() + kIpv4HeaderSize);
  std::ranges::copy(message, packet.begin() + static_cast<std::ptrdiff_t>(header_size));
  packet[0] = static_cast<std::uint8_t>(0x40 | header_size / 4);
  packet[1] = header.tos.value;
  packet[kFlags] = header.dont_fragment ? 0x40 : 0;
  packet[8] = header.ttl.value;
  packet[9] = kProtocolIcmp;
  store_be32(&packet[kSource], header.source.v4_value());
  store_be32(&packet[kDestination], header.destination.v4_value());
  store_be16(&packet[kTotalLength], length(packet.size()));
  sum_ipv4(packet);
  return packet;
}

std::vector<std::uint8_t> write_ipv6(const WrittenHeader& header, std::span<const std::uint8_t> message) {
  std::vector<std::uint8_t> packet(kIpv6HeaderSize + message.size());
  std::ranges::copy(message, packet.begin() + kIpv6HeaderSize);
  store_be32(packet.data(), 6U << 28 | std::uint32_t{header.tos.value} << 20 | header.flow_label);
  store_be16(&packet[kPayloadLength], length(message.size()));
  packet[6] = kProtocolIcmpv6;
  packet[7] = header.ttl.value;
  std::ranges::copy(header.source.bytes(), &packet[kSource6]);
  std::ranges::copy(header.destination.bytes(), &packet[kDestination6]);
  sum_icmpv6(packet);
  return packet;
}

}  // namespace

std::vector<std::uint8_t> write_ip_packet(const WrittenHeader& header,
                                          std::span<const std::uint8_t> message) {
  return header.destination.is_v4() ? write_ipv4(header, message) : write_ipv6(header, message);
}

void mend_ip_header(std::span<std::uint8_t> packet, const Address& destination) {
  if (packet.empty()) {
    return;
  }
  if (packet[0] >> 4 == 4 && packet.size() >= kIpv4HeaderSize) {
    store_be16(&packet[kTotalLength], length(packet.size()));
    if (load_be32(&packet[kDestination]) == 0 && destination.is_v4()) {
      store_be32(&packet[kDestination], destination.v4_value());
      sum_ipv4(packet);
    }
  } else if (packet[0] >> 4 == 6 && packet.size() >= kIpv6HeaderSize) {
    store_be16(&packet[kPayloadLength], length(packet.size() - kIpv6HeaderSize));
    const auto to = packet.subspan(kDestination6, 16);
    if (std::ranges::all_of(to, [](std::uint8_t byte) { return byte == 0; }) && !destination.is_v4()) {
      std::ranges::copy(destination.bytes(), to.begin());
    }
  }
}

}  // namespace echosweep::packet

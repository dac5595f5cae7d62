#include "support/packets.hpp"

#include <algorithm>

namespace echosweep::support {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kIp4 = 20;
constexpr std::size_t kIp6 = 40;
constexpr std::size_t kIdentification = 4;  ///< in an IPv4 header
constexpr std::size_t kIcmp = 8;
constexpr std::size_t kTagEnd = 18;

void put16(Bytes& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

/// RFC 1071 over all of them, the plain way.
std::uint16_t internet_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8 : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

void append(Bytes& to, std::span<const std::uint8_t> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// The ICMP message of a packet as PacketTx is given it.
std::span<const std::uint8_t> message_of(const net::OutgoingPacket& packet) {
  return packet.bytes.subspan(packet.destination.is_v4() ? kIp4 : 0);
}

/// An IP header in front of an ICMP message whose checksum is still zero, and that checksum.
Bytes wrap(const Address& source, const Address& destination, Ttl ttl, Tos tos, Bytes icmp) {
  const bool v4 = source.is_v4();
  const auto source_bytes = source.bytes();
  const auto destination_bytes = destination.bytes();
  Bytes packet(v4 ? kIp4 : kIp6);
  Bytes summed;
  if (v4) {
    packet[0] = 0x45;
    packet[1] = tos.value;
    put16(packet, 2, kIp4 + icmp.size());
    packet[8] = ttl.value;
    packet[9] = 1;
    std::copy_n(source_bytes.begin(), 4, packet.begin() + 12);
    std::copy_n(destination_bytes.begin(), 4, packet.begin() + 16);
    put16(packet, 10, internet_checksum(packet));
  } else {
    packet[0] = static_cast<std::uint8_t>(0x60 | tos.value >> 4);
    packet[1] = static_cast<std::uint8_t>(tos.value << 4);
    put16(packet, 4, icmp.size());
    packet[6] = 58;
    packet[7] = ttl.value;
    std::ranges::copy(source_bytes, packet.begin() + 8);
    std::ranges::copy(destination_bytes, packet.begin() + 24);
    append(summed, std::span(packet).subspan(8, 32));
    const Bytes tail = {
        0, 0, static_cast<std::uint8_t>(icmp.size() >> 8), static_cast<std::uint8_t>(icmp.size()), 0, 0,
        0, 58};
    append(summed, tail);
  }
  append(summed, icmp);
  put16(icmp, 2, internet_checksum(summed));
  append(packet, icmp);
  return packet;
}

void damage(Bytes& packet, std::size_t icmp_at, const AnswerOptions& options) {
  if (options.damage_checksum) {
    packet[icmp_at + 2] ^= 0x55;
  }
}

}  // namespace

Address scanner_address(Family family) {
  return family == Family::kIpv4 ? Address::v4(0xc6130001)
                                 : Address::v6(Uint128{0xfd0000e500000000} << 64 | 0xa);
}

Bytes echo_reply(const net::OutgoingPacket& request, const AnswerOptions& options) {
  const bool v4 = request.destination.is_v4();
  const auto message = message_of(request);
  const std::size_t payload = std::min(options.payload.value_or(message.size()), message.size() - kIcmp);
  Bytes icmp(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(kIcmp + payload));
  icmp[0] = v4 ? 0 : 129;
  icmp[2] = icmp[3] = 0;
  if (options.damage_tag && payload >= kTagEnd) {
    icmp[kIcmp + kTagEnd - 1] ^= 1;
  }
  if (options.damage_sequence) {
    icmp[7] ^= 1;
  }
  Bytes packet =
      wrap(options.from.value_or(request.destination), scanner_address(request.destination.family()),
           options.ttl, options.tos, std::move(icmp));
  damage(packet, v4 ? kIp4 : kIp6, options);
  return packet;
}

Bytes icmp_error(const net::OutgoingPacket& request, std::uint8_t type, std::uint8_t code,
                 const AnswerOptions& options) {
  const Family family = request.destination.family();
  const bool v4 = family == Family::kIpv4;
  const Address scanner = scanner_address(family);
  const auto message = message_of(request);
  Bytes asked(message.begin(), message.end());
  if (options.damage_tag && asked.size() >= kIcmp + kTagEnd) {
    asked[kIcmp + kTagEnd - 1] ^= 1;
  }
  if (options.damage_sequence) {
    asked[7] ^= 1;
  }
  asked[2] = asked[3] = 0;
  Bytes quote = wrap(scanner, request.destination, options.quoted_ttl, Tos{}, std::move(asked));
  if (v4) {
    std::copy_n(request.bytes.begin() + kIdentification, 2, quote.begin() + kIdentification);
    put16(quote, 10, 0);
    put16(quote, 10, internet_checksum({quote.begin(), quote.begin() + kIp4}));
  }
  if (options.quoted) {
    quote.resize(std::min(quote.size(), (v4 ? kIp4 : kIp6) + *options.quoted));
  }
  Bytes icmp = {type, code, 0, 0, 0, 0, 0, 0};
  put16(icmp, 4, options.word >> 16);
  put16(icmp, 6, options.word & 0xffff);
  append(icmp, quote);
  Bytes packet =
      wrap(options.from.value_or(request.destination), scanner, options.ttl, options.tos, std::move(icmp));
  damage(packet, v4 ? kIp4 : kIp6, options);
  return packet;
}

net::CapturedPacket neighbour_answer(const Address& address, const MacAddress& mac, WallTime received,
                                     std::uint32_t interface) {
  const auto bytes = address.bytes();
  const Address scanner = scanner_address(address.family());
  if (!address.is_v4()) {
    Bytes message = {136, 0, 0, 0, 0x60, 0, 0, 0};
    append(message, bytes);
    message.insert(message.end(), {2, 1});
    append(message, mac.bytes);
    return captured(Family::kIpv6, wrap(address, scanner, Ttl{255}, Tos{}, std::move(message)), received,
                    interface);
  }
  Bytes arp = {0, 1, 8, 0, 6, 4, 0, 2};
  append(arp, mac.bytes);
  append(arp, std::span(bytes).first(4));
  append(arp, Bytes{2, 0, 0, 0, 0, 1});
  const auto scanner_bytes = scanner.bytes();
  append(arp, std::span(scanner_bytes).first(4));
  net::CapturedPacket packet = captured(Family::kIpv4, arp, received, interface);
  packet.is_arp = true;
  return packet;
}

net::CapturedPacket captured(Family family, std::span<const std::uint8_t> bytes, WallTime received,
                             std::uint32_t interface) {
  net::CapturedPacket packet;
  packet.received = received;
  packet.interface = interface;
  packet.family = family;
  packet.size = static_cast<std::uint16_t>(std::min(bytes.size(), net::CapturedPacket::kSnapshot));
  std::copy_n(bytes.begin(), packet.size, packet.storage.begin());
  return packet;
}

}  // namespace echosweep::support

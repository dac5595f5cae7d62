#pragma once

#include <string>
#include <vector>

#include "bytes_of.hpp"
#include "core/address.hpp"
#include "core/icmp_error.hpp"

namespace echosweep::packet {

// Packets as they would be captured by the scanner at 198.19.0.1 and fd00:e5::1:1, which has probed
// 198.18.1.2 and fd00:e5::9 with identifier beef and sequence 2337. The router is 198.19.0.2 and
// fd00:e5::1:2.

inline constexpr const char* kPayload = "456789abcdef 0102030405 07 fa1ecf2ae102";

// IPv4 headers: total length 46 each, which patch4() puts right.
inline constexpr const char* kFromTarget4 = "4500002e 12340000 39010000 c6120102 c6130001";
inline constexpr const char* kFromRouter4 = "45c0002e 43210000 40010000 c6130002 c6130001";
/// Our probe as a router quotes it: its TTL has been counted down, and its checksum with it.
inline constexpr const char* kQuoted4 = "45b8002e 23374000 01010000 c6130001 c6120102";
inline constexpr const char* kEcho4 = "0800c57c beef2337";

inline constexpr const char* kFromTarget6 =
    "60000000 001a3a39 fd0000e5000000000000000000000009 fd0000e5000000000000000000010001";
inline constexpr const char* kFromRouter6 =
    "6c000000 001a3a40 fd0000e5000000000000000000010002 fd0000e5000000000000000000010001";
inline constexpr const char* kQuoted6 =
    "6b800000 001a3a01 fd0000e5000000000000000000010001 fd0000e5000000000000000000000009";
inline constexpr const char* kEcho6 = "8000afaf beef2337";

/// An IPv4 header and an ICMP message made one packet: lengths and both checksums are put right.
inline Packet patch4(const Packet& header, const Packet& message) {
  Packet packet = join({header, message});
  packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
  packet[3] = static_cast<std::uint8_t>(packet.size());
  seal(std::span(packet).first(header.size()), 10);
  seal(std::span(packet).subspan(header.size()), 2);
  return packet;
}

/// The same of IPv6, without extension headers.
inline Packet patch6(const Packet& header, const Packet& message) {
  Packet packet = join({header, message});
  packet[4] = static_cast<std::uint8_t>(message.size() >> 8);
  packet[5] = static_cast<std::uint8_t>(message.size());
  seal6(packet);
  return packet;
}

inline Packet reply4() {
  return patch4(hex(kFromTarget4), join({hex("00000000 beef2337"), hex(kPayload)}));
}
inline Packet reply6() {
  return patch6(hex(kFromTarget6), join({hex("81000000 beef2337"), hex(kPayload)}));
}

/// An error from the router; `rest` is the second half of the ICMP header.
inline Packet error4(std::uint8_t type, std::uint8_t code, const Packet& quote,
                     const char* rest = "00000000") {
  return patch4(hex(kFromRouter4), join({Packet{type, code, 0, 0}, hex(rest), quote}));
}
inline Packet error6(std::uint8_t type, std::uint8_t code, const Packet& quote,
                     const char* rest = "00000000") {
  return patch6(hex(kFromRouter6), join({Packet{type, code, 0, 0}, hex(rest), quote}));
}

/// The probe as quoted, with this much behind the IP header.
inline Packet quote4(std::size_t size) {
  Packet message = join({hex(kEcho4), hex(kPayload)});
  message.resize(size);
  return join({hex(kQuoted4), message});
}
inline Packet quote6(std::size_t size) {
  Packet message = join({hex(kEcho6), hex(kPayload)});
  message.resize(size);
  return join({hex(kQuoted6), message});
}

inline std::vector<IcmpError> all_errors() {
  std::vector<IcmpError> all;
  const auto add = [&](Family family, std::uint8_t type, std::uint8_t codes) {
    for (std::uint8_t code = 0; code < codes; ++code) {
      all.push_back({family, type, code});
    }
  };
  add(Family::kIpv4, 3, 16);
  add(Family::kIpv4, 4, 1);
  add(Family::kIpv4, 5, 4);
  add(Family::kIpv4, 11, 2);
  add(Family::kIpv4, 12, 3);
  add(Family::kIpv6, 1, 9);
  add(Family::kIpv6, 2, 1);
  add(Family::kIpv6, 3, 2);
  add(Family::kIpv6, 4, 4);
  return all;
}

}  // namespace echosweep::packet

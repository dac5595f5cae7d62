#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace echosweep::packet {

using Packet = std::vector<std::uint8_t>;

/// Bytes from hexadecimal digits; whatever is no digit is left out, so that literals can be grouped.
inline Packet hex(std::string_view text) {
  Packet bytes;
  bool high = true;
  for (const char c : text) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) {
      continue;
    }
    if (high) {
      bytes.push_back(static_cast<std::uint8_t>(digit << 4));
    } else {
      bytes.back() = static_cast<std::uint8_t>(bytes.back() | digit);
    }
    high = !high;
  }
  return bytes;
}

/// The other way round: what a failed comparison shows.
inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

inline Packet join(std::initializer_list<std::span<const std::uint8_t>> parts) {
  Packet whole;
  for (const auto& part : parts) {
    whole.insert(whole.end(), part.begin(), part.end());
  }
  return whole;
}

/// RFC 1071 as its section 4.1 has it, word by word; not the code under test. Over a packet with its checksum
/// in place: 0.
inline std::uint16_t plain_checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

/// Writes a checksum over `bytes` at `at`, which is zeroed first.
inline void seal(std::span<std::uint8_t> bytes, std::size_t at) {
  bytes[at] = 0;
  bytes[at + 1] = 0;
  const std::uint16_t sum = plain_checksum(bytes);
  bytes[at] = static_cast<std::uint8_t>(sum >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(sum);
}

/// The ICMPv6 checksum of a whole packet without extension headers (RFC 8200 8.1), written in place.
inline void seal6(std::span<std::uint8_t> packet) {
  const auto message = packet.subspan(40);
  message[2] = 0;
  message[3] = 0;
  const Packet pseudo = join({packet.subspan(8, 32),
                              Packet{0, 0, static_cast<std::uint8_t>(message.size() >> 8),
                                     static_cast<std::uint8_t>(message.size()), 0, 0, 0, 58},
                              message});
  const std::uint16_t sum = plain_checksum(pseudo);
  message[2] = static_cast<std::uint8_t>(sum >> 8);
  message[3] = static_cast<std::uint8_t>(sum);
}

}  // namespace echosweep::packet

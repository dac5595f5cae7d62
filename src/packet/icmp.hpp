#pragma once

#include <cstddef>
#include <cstdint>

namespace echosweep::packet {

// Sizes and numbers of RFC 791, RFC 792, RFC 8200 and RFC 4443. Sizes are bytes.

inline constexpr std::size_t kIpv4HeaderSize = 20;  ///< without options
inline constexpr std::size_t kIpv6HeaderSize = 40;
inline constexpr std::size_t kIcmpHeaderSize = 8;
inline constexpr std::size_t kIcmpTimestampSize = 20;  ///< of both timestamp messages

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;

/// The requests that a run can make. Timestamps are IPv4's alone.
enum class RequestKind : std::uint8_t {
  kEcho,
  kTimestamp,
};

/// The ICMPv4 types that quote the packet they complain of: 3, 4, 5, 11, 12.
constexpr bool quotes_packet4(std::uint8_t type) {
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}
/// The ICMPv6 types that do so and are defined: 1 to 4.
constexpr bool quotes_packet6(std::uint8_t type) {
  return type >= 1 && type <= 4;
}

}  // namespace echosweep::packet

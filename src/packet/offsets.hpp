#pragma once

#include <cstddef>

namespace echosweep::packet {

// Where things lie in an IPv4 header (RFC 791, 3.1), in bytes from its start.
inline constexpr std::size_t kIdentification = 4;
inline constexpr std::size_t kHeaderChecksum = 10;
inline constexpr std::size_t kSource = 12;
inline constexpr std::size_t kDestination = 16;
// And in an ICMP echo message (RFC 792; RFC 4443, 4.1).
inline constexpr std::size_t kIcmpChecksum = 2;
inline constexpr std::size_t kIdentifier = 4;
inline constexpr std::size_t kSequence = 6;

}  // namespace echosweep::packet

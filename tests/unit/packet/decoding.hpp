#pragma once

#include <gtest/gtest.h>

#include "examples.hpp"
#include "support/decoded.hpp"

namespace echosweep::packet {

inline constexpr std::uint32_t kInterface = 7;
inline const Address kTarget4 = Address::v4(0xc6120102);
inline const Address kRouter4 = Address::v4(0xc6130002);
inline const Address kTarget6 = Address::parse("fd00:e5::9").value();
inline const Address kRouter6 = Address::parse("fd00:e5::1:2").value();

using Decoded = std::expected<DecodedReply, NotDecoded>;

/// What the decoder makes of a packet that came in by kInterface.
inline Decoded decode4(const Packet& packet) {
  return support::decoded(Family::kIpv4, packet, kInterface);
}
inline Decoded decode6(const Packet& packet) {
  return support::decoded(Family::kIpv6, packet, kInterface);
}

inline void expect_not(const Decoded& decoded, NotDecoded why) {
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error(), why);
}

}  // namespace echosweep::packet

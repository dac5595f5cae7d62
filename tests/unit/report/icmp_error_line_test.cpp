#include "report/icmp_error_line.hpp"

#include <gtest/gtest.h>

namespace echosweep::report {
namespace {

std::string line4(std::uint8_t type, std::uint8_t code) {
  return icmp_error_line({Family::kIpv4, type, code}, Address::v4(0xc0000209), "gate.example");
}

/// Without what is the same in all of them.
std::string what6(std::uint8_t type, std::uint8_t code) {
  const std::string line = icmp_error_line({Family::kIpv6, type, code},
                                           Address::v6(Uint128{0x20010db8} << 96 | 9), "gate.example");
  const std::string rest = " from 2001:db8::9 for ICMPv6 Echo Request sent to gate.example\n";
  EXPECT_TRUE(line.ends_with(rest)) << line;
  return line.substr(0, line.size() - rest.size());
}

/// Without what is the same in all of them.
std::string what4(std::uint8_t type, std::uint8_t code) {
  const std::string line = line4(type, code);
  const std::string rest = " from 192.0.2.9 for ICMP Echo sent to gate.example\n";
  EXPECT_TRUE(line.ends_with(rest)) << line;
  return line.substr(0, line.size() - rest.size());
}

TEST(IcmpErrorLine, IsFpings) {
  EXPECT_EQ(line4(3, 1), "ICMP Host Unreachable from 192.0.2.9 for ICMP Echo sent to gate.example\n");
  EXPECT_EQ(what4(3, 0), "ICMP Network Unreachable");
  EXPECT_EQ(what4(3, 4), "ICMP Unreachable (Fragmentation Needed)");
  EXPECT_EQ(what4(3, 13), "ICMP Unreachable (Communication Administratively Prohibited)");
  EXPECT_EQ(what4(3, 15), "ICMP Unreachable (Precedence cutoff in effect)");
  EXPECT_EQ(what4(3, 16), "ICMP Unreachable (Invalid Code)");
  EXPECT_EQ(what4(3, 77), "ICMP Unreachable (Invalid Code)");
  EXPECT_EQ(what4(4, 0), "ICMP Source Quench");
  EXPECT_EQ(what4(5, 0), "ICMP Redirect");
  EXPECT_EQ(what4(11, 1), "ICMP Time Exceeded");
  EXPECT_EQ(what4(12, 9), "ICMP Parameter Problem");
}

TEST(IcmpErrorLine, SaysNothingWhereFpingDoesNot) {
  EXPECT_EQ(line4(9, 0), "");
}

TEST(IcmpErrorLine, IsFpingsForIpv6) {
  EXPECT_EQ(what6(1, 0), "ICMPv6 Destination Unreachable (No route to destination)");
  EXPECT_EQ(what6(1, 3), "ICMPv6 Destination Unreachable (Address unreachable)");
  EXPECT_EQ(what6(1, 9), "ICMPv6 Destination Unreachable (Error in P-Route)");
  EXPECT_EQ(what6(1, 10), "ICMPv6 Destination Unreachable (Code 10)");
  EXPECT_EQ(what6(2, 0), "ICMPv6 Packet Too Big");
  EXPECT_EQ(what6(3, 0), "ICMPv6 Time Exceeded (Hop limit exceeded in transit)");
  EXPECT_EQ(what6(3, 2), "ICMPv6 Time Exceeded (Code 2)");
  EXPECT_EQ(what6(4, 1), "ICMPv6 Parameter Problem (Unrecognized Next Header type encountered)");
  EXPECT_EQ(what6(100, 5), "ICMPv6 Type 100 Code 5");
}

}  // namespace
}  // namespace echosweep::report

#include "core/address.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace echosweep {
namespace {

/// The number whose upper and lower halves are these: __int128 has no literals.
constexpr Uint128 number(std::uint64_t upper, std::uint64_t lower) {
  return Uint128{upper} << 64 | lower;
}

TEST(AddressParse, ReadsDottedDecimal) {
  EXPECT_EQ(Address::parse("0.0.0.0").value(), Address::v4(0));
  EXPECT_EQ(Address::parse("192.0.2.1").value(), Address::v4(0xc0000201));
  EXPECT_EQ(Address::parse("255.255.255.255").value(), Address::v4(0xffffffff));
  EXPECT_TRUE(Address::parse("192.0.2.1")->is_v4());
}

TEST(AddressParse, ReadsEveryFormOfIpv6) {
  EXPECT_EQ(Address::parse("::").value(), Address::v6(0));
  EXPECT_EQ(Address::parse("::1").value(), Address::v6(1));
  EXPECT_EQ(Address::parse("2001:db8::1").value(), Address::v6(number(0x20010db800000000, 1)));
  EXPECT_EQ(Address::parse("2001:DB8:0:0:0:0:0:1").value(), Address::v6(number(0x20010db800000000, 1)));
  EXPECT_EQ(Address::parse("::ffff:192.0.2.1").value(), Address::v6(number(0, 0xffffc0000201)));
  EXPECT_EQ(Address::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").value(),
            Address::v6(max_value(Family::kIpv6)));
}

class AddressRefuses : public testing::TestWithParam<std::string> {};

TEST_P(AddressRefuses, WhatIsNoAddress) {
  const auto parsed = Address::parse(GetParam());
  ASSERT_FALSE(parsed.has_value()) << to_string(*parsed);
  EXPECT_EQ(parsed.error().message, "'" + GetParam() + "' is not an address");
}

INSTANTIATE_TEST_SUITE_P(Texts, AddressRefuses,
                         testing::Values("", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3",
                                         "256.0.0.1", "1.2.3.999", "1.2.3.1000", "01.2.3.4", "1.2.3.00",
                                         "0x7f.0.0.1", "-1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/24",
                                         "1.2.3.4%lo", "localhost", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
                                         "1:2:3:4:5:6:7:8:9", "12345::", "g::1", "::1 ", "[::1]", "::1/64",
                                         "::256.0.0.1", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
                                         std::string("::1\0", 4), std::string("1.2.3.4\0", 8)));

TEST(AddressParse, ReadsAZoneByName) {
  const unsigned lo = if_nametoindex("lo");
  if (lo == 0) {
    GTEST_SKIP() << "no interface is called lo here";
  }
  const auto parsed = Address::parse("fe80::1%lo");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->zone(), lo);
  EXPECT_EQ(to_string(*parsed), "fe80::1%lo");
}

TEST(AddressParse, ReadsAZoneByIndex) {
  // No machine has as many interfaces, so the index has no name and comes back as it went in.
  const auto parsed = Address::parse("fe80::1%2000000000");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->zone(), 2000000000U);
  EXPECT_EQ(to_string(*parsed), "fe80::1%2000000000");
}

TEST(AddressParse, NamesTheZoneThatIsNot) {
  for (const std::string zone : {"nosuchif0", "", "0", "-1", "1x", "99999999999"}) {
    const auto parsed = Address::parse("fe80::1%" + zone);
    ASSERT_FALSE(parsed.has_value()) << zone;
    EXPECT_EQ(parsed.error().message, "there is no interface '" + zone + "'");
  }
}

/// RFC 5952: lower case (4.3), no leading zeros (4.1), the longest run of zeros shortened (4.2.3), the first
/// of two equal ones, and never a single zero (4.2.2).
TEST(AddressFormat, FollowsRfc5952) {
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8::AAAA:0:0", "2001:db8::aaaa:0:0"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"fe80:0:0:0:0:0:0:ABCD", "fe80::abcd"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& [given, canonical] : forms) {
    EXPECT_EQ(to_string(Address::parse(given).value()), canonical) << given;
  }
}

TEST(AddressFormat, WritesDottedDecimal) {
  EXPECT_EQ(to_string(Address()), "0.0.0.0");
  EXPECT_EQ(to_string(Address::v4(0xc6120304)), "198.18.3.4");
  EXPECT_EQ(to_string(Address::v4(0xffffffff)), "255.255.255.255");
}

TEST(AddressFormat, ParsesBackToTheSameAddress) {
  std::mt19937_64 random(20240601);
  for (int i = 0; i < 20'000; ++i) {
    const auto v4 = Address::v4(static_cast<std::uint32_t>(random()));
    ASSERT_EQ(Address::parse(to_string(v4)).value(), v4);
    // Sparse numbers too, for their runs of zeros.
    const auto v6 = Address::v6(number(random() & random() & random(), random() & random() & random()));
    ASSERT_EQ(Address::parse(to_string(v6)).value(), v6);
    const auto few = Address::v6(number(random() & 0xffff0000ffff0000, random() & 0xffff));
    ASSERT_EQ(Address::parse(to_string(few)).value(), few);
  }
}

TEST(AddressFormat, AgreesWithTheLibraryOnDottedDecimal) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::uint32_t>(random());
    const in_addr raw{.s_addr = htonl(value)};
    std::array<char, INET_ADDRSTRLEN> text{};
    ASSERT_NE(inet_ntop(AF_INET, &raw, text.data(), text.size()), nullptr);
    ASSERT_EQ(to_string(Address::v4(value)), text.data());
    ASSERT_EQ(Address::parse(text.data()).value(), Address::v4(value));
  }
}

TEST(AddressBytes, AreInNetworkOrder) {
  const auto v4 = Address::v4(0xc0000201).bytes();
  EXPECT_THAT(v4, testing::ElementsAre(0xc0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  const auto v6 = Address::v6(number(0x20010db800010203, 0x0405060708090a0b)).bytes();
  EXPECT_THAT(v6, testing::ElementsAre(0x20, 0x01, 0x0d, 0xb8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

TEST(AddressBytes, MakeTheAddressAgain) {
  const auto address = Address::v6(number(0xfe80000000000000, 0x0102030405060708), 3);
  EXPECT_EQ(Address::v6_from_bytes(address.bytes().data(), 3), address);
  EXPECT_NE(Address::v6_from_bytes(address.bytes().data()), address);
}

TEST(AddressOrder, IsByFamilyThenZoneThenNumber) {
  std::vector<Address> addresses = {
      Address::v6(1, 2), Address::v6(number(1, 0)),    Address::v6(2),  Address::v4(0xffffffff),
      Address::v4(0),    Address::v6(number(1, 0), 1), Address::v4(10), Address::v6(number(0, ~0ULL)),
      Address::v6(0),
  };
  std::ranges::sort(addresses);
  EXPECT_THAT(addresses,
              testing::ElementsAre(Address::v4(0), Address::v4(10), Address::v4(0xffffffff), Address::v6(0),
                                   Address::v6(2), Address::v6(number(0, ~0ULL)), Address::v6(number(1, 0)),
                                   Address::v6(number(1, 0), 1), Address::v6(1, 2)));
}

TEST(AddressOrder, TellsEqualNumbersOfTwoFamiliesApart) {
  EXPECT_NE(Address::v4(1), Address::v6(1));
  EXPECT_NE(Address::v6(1, 1), Address::v6(1, 2));
  EXPECT_EQ(Address::v6(1, 1).with_zone(2), Address::v6(1, 2));
}

TEST(AddressPlus, KeepsFamilyAndZone) {
  EXPECT_EQ(Address::v4(0xc0000200).plus(255), Address::v4(0xc00002ff));
  EXPECT_EQ(Address::v6(number(5, ~0ULL), 4).plus(1), Address::v6(number(6, 0), 4));
}

TEST(AddressKinds, KnowsLinkLocal) {
  EXPECT_TRUE(Address::parse("fe80::1")->is_link_local_v6());
  EXPECT_TRUE(Address::parse("febf:ffff::")->is_link_local_v6());
  EXPECT_FALSE(Address::parse("fec0::1")->is_link_local_v6());
  EXPECT_FALSE(Address::parse("fe7f::1")->is_link_local_v6());
  EXPECT_FALSE(Address::parse("169.254.0.1")->is_link_local_v6());
}

TEST(AddressKinds, KnowsMulticast) {
  EXPECT_FALSE(Address::parse("223.255.255.255")->is_multicast());
  EXPECT_TRUE(Address::parse("224.0.0.0")->is_multicast());
  EXPECT_TRUE(Address::parse("239.255.255.255")->is_multicast());
  EXPECT_FALSE(Address::parse("240.0.0.0")->is_multicast());
  EXPECT_TRUE(Address::parse("ff02::1")->is_multicast());
  EXPECT_FALSE(Address::parse("fe80::1")->is_multicast());
}

TEST(AddressFamily, HasItsBitsAndItsHighestNumber) {
  EXPECT_EQ(address_bits(Family::kIpv4), 32);
  EXPECT_EQ(address_bits(Family::kIpv6), 128);
  EXPECT_EQ(to_string(Address::v4(static_cast<std::uint32_t>(max_value(Family::kIpv4)))), "255.255.255.255");
  EXPECT_EQ(max_value(Family::kIpv6), number(~0ULL, ~0ULL));
}

}  // namespace
}  // namespace echosweep

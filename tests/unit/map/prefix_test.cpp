#include "map/prefix.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace echosweep::map {
namespace {

Address addr(const char* text) {
  return *Address::parse(text);
}

std::string cover(const std::vector<Span>& spans) {
  return to_string(smallest_cover(spans));
}

TEST(SmallestCover, OfAFewAddressesIsTheir256) {
  EXPECT_EQ(cover({{addr("192.0.2.7"), addr("192.0.2.7")}}), "192.0.2.0/24");
  EXPECT_EQ(cover({{addr("2001:db8::5"), addr("2001:db8::5")}}), "2001:db8::/120");
}

TEST(SmallestCover, HasNoBitMoreThanItNeeds) {
  EXPECT_EQ(cover({{addr("198.18.0.0"), addr("198.19.255.255")}}), "198.18.0.0/15");
  EXPECT_EQ(cover({{addr("198.18.3.255"), addr("198.18.4.0")}}), "198.18.0.0/21");
  EXPECT_EQ(cover({{addr("198.19.9.9"), addr("198.19.9.9")}, {addr("198.18.1.1"), addr("198.18.1.1")}}),
            "198.18.0.0/15");
}

TEST(SmallestCover, OfPlacesFarApartIsEverything) {
  EXPECT_EQ(cover({{addr("1.0.0.0"), addr("1.0.0.0")}, {addr("240.0.0.1"), addr("240.0.0.1")}}), "0.0.0.0/0");
  EXPECT_EQ(cover({{addr("::1"), addr("::1")}, {addr("fd00::"), addr("fd00::")}}), "::/0");
}

TEST(SmallestCover, LooksAtNoZone) {
  const Address address = addr("fe80::1").with_zone(3);
  EXPECT_EQ(cover({{address, address}}), "fe80::/120");
}

TEST(Prefix, ContainsItsOwnAlone) {
  const Prefix prefix{addr("192.0.2.0"), 24};
  EXPECT_TRUE(prefix.contains(addr("192.0.2.0")));
  EXPECT_TRUE(prefix.contains(addr("192.0.2.255")));
  EXPECT_FALSE(prefix.contains(addr("192.0.3.0")));
  EXPECT_FALSE(prefix.contains(addr("::c000:200")));
  EXPECT_TRUE((Prefix{addr("::"), 0}.contains(addr("ffff::1"))));
}

TEST(Prefix, HasParts) {
  const Prefix prefix{addr("198.18.0.0"), 15};
  EXPECT_EQ(to_string(prefix.part(1, 1)), "198.19.0.0/16");
  EXPECT_EQ(to_string(prefix.part(15, 4)), "198.19.224.0/19");
  EXPECT_EQ(to_string(prefix.part(0, 0)), "198.18.0.0/15");
  EXPECT_EQ(to_string(Prefix{addr("::"), 0}.part(3, 2)), "c000::/2");
  EXPECT_EQ(to_string(Prefix{addr("::"), 0}.part(0, 0)), "::/0");
}

TEST(Prefix, IsShortAsRegistriesWriteIt) {
  EXPECT_EQ(short_text({addr("0.0.0.0"), 0}), "0/0");
  EXPECT_EQ(short_text({addr("198.0.0.0"), 8}), "198/8");
  EXPECT_EQ(short_text({addr("198.18.0.0"), 15}), "198.18/15");
  EXPECT_EQ(short_text({addr("198.18.0.0"), 17}), "198.18.0/17");
  EXPECT_EQ(short_text({addr("192.0.2.16"), 28}), "192.0.2.16/28");
  EXPECT_EQ(short_text({addr("2001:db8::"), 32}), "2001:db8::/32");
}

}  // namespace
}  // namespace echosweep::map

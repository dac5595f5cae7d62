#include "packet/link_layer.hpp"

#include <gtest/gtest.h>

#include "examples.hpp"

namespace echosweep::packet {
namespace {

constexpr const char* kMacs = "020000000001 020000000002";

TEST(LinkLayer, EthernetWithAnyNumberOfTags) {
  const Packet packet = reply6();
  for (const char* const type : {"86dd", "8100000a 86dd", "88a80014 8100000a 86dd"}) {
    const Packet frame = join({hex(kMacs), hex(type), packet});
    const auto payload = strip_link(LinkType::kEthernet, frame);
    ASSERT_TRUE(payload) << type;
    EXPECT_EQ(payload->family, Family::kIpv6);
    EXPECT_EQ(to_hex(payload->packet), to_hex(packet));
    EXPECT_FALSE(payload->direction);
  }
  EXPECT_FALSE(strip_link(LinkType::kEthernet, join({hex(kMacs), hex("0806"), packet}))) << "ARP";
}

TEST(LinkLayer, CookedFramesSayTheirDirection) {
  const Packet packet = reply4();
  const Packet first = join({hex("0004 0001 0006 0200000000010000 0800"), packet});
  const auto one = strip_link(LinkType::kSll, first);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->direction, Direction::kOut);
  EXPECT_EQ(to_hex(one->packet), to_hex(packet));
  const Packet two = join({hex("0800 0000 00000007 0001 00 06 0200000000010000"), packet});
  const auto second = strip_link(LinkType::kSll2, two);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->direction, Direction::kIn);
  EXPECT_EQ(second->interface, 7U);
  EXPECT_EQ(to_hex(second->packet), to_hex(packet));
}

TEST(LinkLayer, ATaggedCookedFrame) {
  const Packet packet = reply4();
  const Packet frame = join({hex("8100 0000 00000007 0001 01 06 0200000000010000 000a0800"), packet});
  const auto payload = strip_link(LinkType::kSll2, frame);
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->direction, Direction::kBroadcast);
  EXPECT_EQ(payload->interface, 7U);
  EXPECT_EQ(to_hex(payload->packet), to_hex(packet));
}

TEST(LinkLayer, LoopbackOfEachByteOrder) {
  const Packet packet = reply6();
  for (const char* const family : {"0000001e", "1e000000", "0000000a", "18000000"}) {
    const Packet frame = join({hex(family), packet});
    const auto payload = strip_link(LinkType::kNull, frame);
    ASSERT_TRUE(payload) << family;
    EXPECT_EQ(payload->family, Family::kIpv6);
  }
  EXPECT_FALSE(strip_link(LinkType::kNull, join({hex("00000007"), packet})));
}

TEST(LinkLayer, RawIpByItsVersion) {
  const Packet four = reply4();
  const Packet six = reply6();
  EXPECT_EQ(strip_link(LinkType::kRawIp, four)->family, Family::kIpv4);
  EXPECT_EQ(strip_link(LinkType::kRawIp, six)->family, Family::kIpv6);
  EXPECT_FALSE(strip_link(LinkType::kRawIp, hex("00")));
}

TEST(LinkLayer, TooShortIsNothing) {
  const Packet frame(40, 0x81);
  for (const auto type :
       {LinkType::kEthernet, LinkType::kSll, LinkType::kSll2, LinkType::kRawIp, LinkType::kNull}) {
    for (std::size_t size = 0; size <= frame.size(); ++size) {
      EXPECT_FALSE(strip_link(type, std::span(frame).first(size)));
    }
  }
}

}  // namespace
}  // namespace echosweep::packet

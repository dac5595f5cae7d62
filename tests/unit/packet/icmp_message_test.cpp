#include "packet/icmp_message.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <utility>
#include <vector>

#include "examples.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::packet {
namespace {

/// What a message says points into its packet, which is kept here.
IcmpMessage message_of(Family family, const Packet& packet) {
  static std::deque<Packet> kept;
  kept.push_back(packet);
  const auto found = read_icmp_packet(family, kept.back());
  EXPECT_TRUE(found && found->message);
  return found && found->message ? *found->message : IcmpMessage{};
}
IcmpMessage message4(const Packet& packet) {
  return message_of(Family::kIpv4, packet);
}
IcmpMessage message6(const Packet& packet) {
  return message_of(Family::kIpv6, packet);
}
Packet from_target4(const char* message) {
  return patch4(hex(kFromTarget4), hex(message));
}
Packet from_target6(const char* message) {
  return patch6(hex(kFromTarget6), hex(message));
}

TEST(IcmpMessage, AnEchoOfEachFamily) {
  for (const auto& message : {message4(reply4()), message6(reply6())}) {
    EXPECT_EQ(message.name, (IcmpName{Identifier{0xbeef}, Sequence{0x2337}}));
    EXPECT_EQ(message.checksum_right, true);
    EXPECT_EQ(message.size, 26U);
    EXPECT_EQ(to_hex(message.payload), to_hex(hex(kPayload)));
    EXPECT_FALSE(message.cut);
  }
}

TEST(IcmpMessage, AWrongChecksumIsWrongAndACutOneIsNotKnown) {
  Packet packet = reply6();
  packet.back() ^= 1;
  EXPECT_EQ(message6(packet).checksum_right, false);
  packet.pop_back();
  const auto cut = read_icmp_packet(Family::kIpv6, packet, packet.size() + 1);
  ASSERT_TRUE(cut && cut->message);
  EXPECT_EQ(cut->message->checksum_right, std::nullopt);
}

TEST(IcmpMessage, WhatIsNoIcmpIsNone) {
  Packet packet = reply4();
  packet[9] = kProtocolUdp;
  EXPECT_FALSE(read_icmp_packet(Family::kIpv4, packet));
  packet[9] = kProtocolIcmpv6;
  EXPECT_FALSE(read_icmp_packet(Family::kIpv4, packet)) << "each family has its own";
}

TEST(IcmpMessage, ALaterFragmentHasNoMessage) {
  Packet packet = reply4();
  packet[7] = 1;
  const auto found = read_icmp_packet(Family::kIpv4, packet);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->message);
}

TEST(IcmpMessage, AnErrorSaysWhatItQuotes) {
  const auto message = message4(error4(3, 4, quote4(26), "00000578"));
  EXPECT_EQ(message.mtu, 1400U);
  ASSERT_TRUE(message.quote);
  EXPECT_EQ(to_string(message.quote->ip.destination), "198.18.1.2");
  EXPECT_EQ(message.quote->type, icmp4::kEcho);
  EXPECT_EQ(message.quote->name, (IcmpName{Identifier{0xbeef}, Sequence{0x2337}}));
  EXPECT_FALSE(message.extensions);
}

TEST(IcmpMessage, PortsOfAQuoteThatEndsAfterEightBytes) {
  Packet quoted = hex(kQuoted4);
  quoted[9] = kProtocolUdp;
  const auto message = message4(error4(3, 3, join({quoted, hex("9c40829a 00080000")})));
  ASSERT_TRUE(message.quote);
  EXPECT_EQ(message.quote->source_port, 40000);
  EXPECT_EQ(message.quote->destination_port, 33434);
  EXPECT_FALSE(message.quote->type);
}

TEST(IcmpMessage, AQuoteOfGarbageIsSaidToBeBroken) {
  for (const char* const garbage : {"ff", "4f00", "ffffffffffffffffffffffffffffffffffffffffffffff"}) {
    const auto message = message4(error4(11, 0, hex(garbage)));
    ASSERT_TRUE(message.quote) << garbage;
    EXPECT_NE(message.quote->ip.fault, IpFault::kNone) << garbage;
  }
  EXPECT_FALSE(message4(error4(11, 0, {})).quote);
}

/// RFC 4884 7 around an object of class 1, type 1 with two labels (RFC 4950), its checksum made by hand.
Packet mpls() {
  Packet structure = hex("20000000 000c0101 03e81a40 000c8f01");
  seal(structure, 2);
  return structure;
}

void expect_labels(const IcmpMessage& message) {
  ASSERT_TRUE(message.extensions);
  EXPECT_EQ(message.extensions->checksum_right, true);
  ASSERT_EQ(message.extensions->objects.size(), 1U);
  const std::vector<MplsLabel> expected = {{.label = 16001, .traffic_class = 5, .bottom = false, .ttl = 64},
                                           {.label = 200, .traffic_class = 7, .bottom = true, .ttl = 1}};
  EXPECT_EQ(message.extensions->objects[0].labels, expected);
}

TEST(IcmpMessage, ExtensionsByTheLengthFieldOfEachFamily) {
  Packet padded = quote4(26);
  padded.resize(128);
  expect_labels(message4(error4(11, 0, join({padded, mpls()}), "00200000")));
  padded = quote6(26);
  padded.resize(128);
  expect_labels(message6(error6(3, 0, join({padded, mpls()}), "10000000")));
}

TEST(IcmpMessage, ExtensionsOfAnOldRouterAreBelievedByTheirChecksum) {
  Packet padded = quote4(26);
  padded.resize(128);
  expect_labels(message4(error4(11, 0, join({padded, mpls()}))));
  Packet wrong = mpls();
  wrong[2] ^= 1;
  EXPECT_FALSE(message4(error4(11, 0, join({padded, wrong}))).extensions);
}

TEST(IcmpMessage, AnObjectThatLiesAboutItsLengthEndsTheList) {
  Packet padded = quote4(26);
  padded.resize(128);
  for (const char* const object : {"00030101", "00ff0101", "00000101", "0004"}) {
    const auto message =
        message4(error4(11, 0, join({padded, hex("20000000 00040201"), hex(object)}), "00200000"));
    ASSERT_TRUE(message.extensions) << object;
    EXPECT_TRUE(message.extensions->broken) << object;
    EXPECT_EQ(message.extensions->objects.size(), 1U) << object;
    EXPECT_EQ(message.extensions->checksum_right, std::nullopt) << "none was made";
  }
}

TEST(IcmpMessage, ALengthFieldBeyondTheEndLeavesTheQuoteWhole) {
  const auto message = message4(error4(11, 0, quote4(26), "00ff0000"));
  ASSERT_TRUE(message.quote);
  EXPECT_EQ(message.quote->ip.payload.size(), 26U);
  EXPECT_FALSE(message.extensions);
}

TEST(IcmpMessage, TimestampsMasksAndRedirects) {
  const auto times = message4(from_target4("0e000000 00070008 000003e8 0038cedc 80000001"));
  EXPECT_EQ(times.times, (TimestampTimes{1000, 3'722'972, 0x80000001}));
  EXPECT_EQ(message4(from_target4("12000000 00070008 ffffff00")).mask, 0xffffff00);
  const auto redirect = message4(error4(5, 1, quote4(8), "c00002fe"));
  EXPECT_EQ(redirect.gateway, Address::v4(0xc00002fe));
}

TEST(IcmpMessage, RoutersOfRfc1256) {
  const auto message = message4(from_target4("09000000 02020708 c0000207 00000005 c0000208 80000000"));
  ASSERT_TRUE(message.routers);
  EXPECT_EQ(message.routers->lifetime_s, 1800);
  ASSERT_EQ(message.routers->routers.size(), 2U);
  EXPECT_EQ(message.routers->routers[0].preference, 5);
  EXPECT_EQ(message.routers->routers[1].preference, -2'147'483'647 - 1);
  // 255 entries of no size would be read from the same place for ever; of those that are not there, none.
  EXPECT_TRUE(message4(from_target4("09000000 ff000708 c0000207 00000005")).routers->routers.empty());
  EXPECT_EQ(message4(from_target4("09000000 ff020708 c0000207 00000005")).routers->routers.size(), 1U);
}

TEST(IcmpMessage, NeighbourDiscoveryWithOptions) {
  const auto message = message6(
      from_target6("88000000 e0000000 20010db8000000000000000000000007 0201020000000001 0502deadbeef"));
  EXPECT_EQ(message.flags, 0xe0);
  ASSERT_TRUE(message.target);
  EXPECT_EQ(to_string(*message.target), "2001:db8::7");
  ASSERT_EQ(message.options.size(), 1U);
  EXPECT_EQ(message.options[0].type, 2);
  EXPECT_EQ(to_hex(message.options[0].data), "020000000001");
  EXPECT_TRUE(message.options_broken) << "the second says 16 bytes and has 6";
}

TEST(IcmpMessage, AnOptionOfNoLengthEndsTheList) {
  const auto message =
      message6(from_target6("87000000 00000000 20010db8000000000000000000000007 0100020000000001"));
  EXPECT_TRUE(message.options.empty());
  EXPECT_TRUE(message.options_broken);
}

TEST(IcmpMessage, ARouterAdvertisement) {
  const auto message = message6(from_target6("86000000 40c00708 00007530 000003e8"));
  ASSERT_TRUE(message.advertisement);
  EXPECT_EQ(message.advertisement->hop_limit, 64);
  EXPECT_EQ(message.advertisement->flags, 0xc0);
  EXPECT_EQ(message.advertisement->lifetime_s, 1800);
  EXPECT_EQ(message.advertisement->reachable_ms, 30'000U);
  EXPECT_EQ(message.advertisement->retransmit_ms, 1000U);
}

TEST(IcmpMessage, TheChecksumIsNotKnownWhereTheDestinationWillChange) {
  // A routing header with a segment left (RFC 8200 8.1).
  const Packet head =
      hex("60000000 00102b40 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002");
  const auto message = message6(join({head, hex("3a000001 00000000 8000ffff 00010002")}));
  EXPECT_EQ(message.checksum_right, std::nullopt);
}

TEST(IcmpMessage, CutAnywhereEachSaysLessAndNothingElse) {
  Packet padded = quote4(26);
  padded.resize(128);
  const Packet whole4 = error4(11, 0, join({padded, mpls()}), "00200000");
  const Packet whole6 = from_target6("88000000 e0000000 20010db8000000000000000000000007 0201020000000001");
  for (const auto& [family, whole] : {std::pair(Family::kIpv4, whole4), std::pair(Family::kIpv6, whole6)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Packet cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const auto found = read_icmp_packet(family, cut, whole.size());
      ASSERT_TRUE(found) << size;
      if (found->message && !found->message->cut && found->message->size > 4) {
        EXPECT_EQ(found->message->type, family == Family::kIpv4 ? 11 : 136);
        EXPECT_EQ(found->message->checksum_right, std::nullopt) << size;
      }
    }
  }
}

}  // namespace
}  // namespace echosweep::packet

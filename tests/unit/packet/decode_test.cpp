#include "packet/decode.hpp"

#include <gtest/gtest.h>

#include "decoding.hpp"

namespace echosweep::packet {
namespace {

void expect_reply(const Decoded& decoded, const Address& target, Ttl ttl, Tos tos) {
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->source, target);
  EXPECT_EQ(decoded->probed, target);
  EXPECT_EQ(decoded->ttl, ttl);
  EXPECT_EQ(decoded->tos, tos);
  EXPECT_EQ(decoded->error, std::nullopt);
  EXPECT_EQ(decoded->identifier.value, 0xbeef);
  EXPECT_EQ(decoded->sequence.value, 0x2337);
}

// ---- echo replies

TEST(DecodeV4, ReadsAnEchoReplyByteForByte) {
  const auto packet =
      hex("4520002e 12340000 3901e252 c6120102 c6130001"
          "0000cd7c beef2337 456789abcdef 0102030405 07 fa1ecf2ae102");
  const auto decoded = decode4(packet);
  expect_reply(decoded, kTarget4, Ttl{57}, Tos{0x20});
  EXPECT_EQ(decoded->payload.data(), packet.data() + 28);
  EXPECT_EQ(decoded->payload.size(), 18U);
}

TEST(DecodeV6, ReadsAnEchoReplyByteForByte) {
  const auto packet =
      hex("6b800000 001a3a39 fd0000e5000000000000000000000009 fd0000e5000000000000000000010001"
          "81005051 beef2337 456789abcdef 0102030405 07 fa1ecf2ae102");
  const auto decoded = decode6(packet);
  expect_reply(decoded, kTarget6, Ttl{57}, Tos{0xb8});
  EXPECT_EQ(decoded->payload.data(), packet.data() + 48);
  EXPECT_EQ(decoded->payload.size(), 18U);
}

TEST(DecodeV4, ReadsRepliesWithoutPayload) {
  const auto decoded = decode4(patch4(hex(kFromTarget4), hex("00000000 beef2337")));
  expect_reply(decoded, kTarget4, Ttl{57}, Tos{0});
  EXPECT_TRUE(decoded->payload.empty());
}

TEST(DecodeV4, CutsOffLinkPadding) {
  Packet packet = patch4(hex(kFromTarget4), hex("00000000 beef2337"));
  packet.resize(46, 0xff);  // Ethernet's minimum; would spoil the checksum too
  const auto decoded = decode4(packet);
  expect_reply(decoded, kTarget4, Ttl{57}, Tos{0});
  EXPECT_TRUE(decoded->payload.empty());
}

TEST(DecodeV6, CutsOffLinkPadding) {
  Packet packet = patch6(hex(kFromTarget6), hex("81000000 beef2337"));
  packet.resize(60, 0xff);
  const auto decoded = decode6(packet);
  expect_reply(decoded, kTarget6, Ttl{57}, Tos{0});
  EXPECT_TRUE(decoded->payload.empty());
}

TEST(DecodeV4, StepsOverIpOptions) {
  // Record route, three places; and the longest header there can be.
  for (const char* header :
       {"4800002e 12340000 39010000 c6120102 c6130001 07070400 00000000 01010100",
        "4f00002e 12340000 39010000 c6120102 c6130001 0728 04000000 00000000 00000000 00000000"
        "00000000 00000000 00000000 00000000 00000000 0000"}) {
    const Packet header_bytes = hex(header);
    ASSERT_EQ(header_bytes.size(), (header_bytes[0] & 15U) * 4);
    const Packet packet = patch4(header_bytes, join({hex("00000000 beef2337"), hex(kPayload)}));
    const auto decoded = decode4(packet);
    expect_reply(decoded, kTarget4, Ttl{57}, Tos{0});
    EXPECT_EQ(to_hex(decoded->payload), to_hex(hex(kPayload)));
    // The packet ends inside of the options.
    expect_not(decode4(Packet(packet.begin(), packet.begin() + 24)), NotDecoded::kMalformed);
  }
}

TEST(DecodeV4, RefusesImpossibleHeaders) {
  Packet packet = reply4();
  packet[0] = 0x44;  // four words
  expect_not(decode4(packet), NotDecoded::kMalformed);
  packet[0] = 0x4f;  // 60 bytes of 46
  expect_not(decode4(packet), NotDecoded::kMalformed);
  packet[0] = 0x65;
  expect_not(decode4(packet), NotDecoded::kMalformed);
  expect_not(decode4(reply6()), NotDecoded::kMalformed);
  expect_not(decode6(reply4()), NotDecoded::kMalformed);
}

TEST(DecodeV4, IgnoresWhatAnswersNothing) {
  for (unsigned type = 0; type < 256; ++type) {
    const bool answers =
        type == 0 || type == 3 || type == 4 || type == 5 || type == 11 || type == 12 || type == 14;
    const auto decoded = decode4(error4(static_cast<std::uint8_t>(type), 0, quote4(26)));
    EXPECT_EQ(decoded.has_value(), answers) << type;
    EXPECT_TRUE(decoded || decoded.error() == NotDecoded::kIrrelevant) << type;
  }
  Packet udp = reply4();
  udp[9] = 17;
  expect_not(decode4(udp), NotDecoded::kIrrelevant);
}

TEST(DecodeV6, IgnoresWhatAnswersNothing) {
  for (unsigned type = 0; type < 256; ++type) {
    const bool answers = type == 129 || (type >= 1 && type <= 4);
    const auto decoded = decode6(error6(static_cast<std::uint8_t>(type), 0, quote6(26)));
    EXPECT_EQ(decoded.has_value(), answers) << type;
    EXPECT_TRUE(decoded || decoded.error() == NotDecoded::kIrrelevant) << type;
  }
  Packet icmp4 = reply6();
  icmp4[6] = 1;
  expect_not(decode6(icmp4), NotDecoded::kIrrelevant);
}

TEST(Decode, RefusesEveryFlippedBitOfAMessage) {
  for (const Packet& whole : {reply4(), error4(3, 1, quote4(8))}) {
    for (std::size_t bit = 20 * 8; bit < whole.size() * 8; ++bit) {
      Packet packet = whole;
      packet[bit / 8] = static_cast<std::uint8_t>(packet[bit / 8] ^ 1 << bit % 8);
      EXPECT_FALSE(decode4(packet)) << "bit " << bit;
    }
  }
  for (const Packet& whole : {reply6(), error6(1, 3, quote6(8))}) {
    for (std::size_t bit = 8 * 8; bit < whole.size() * 8; ++bit) {  // the addresses are summed too
      Packet packet = whole;
      packet[bit / 8] = static_cast<std::uint8_t>(packet[bit / 8] ^ 1 << bit % 8);
      EXPECT_FALSE(decode6(packet)) << "bit " << bit;
    }
  }
  Packet packet = reply4();
  packet[22] = static_cast<std::uint8_t>(packet[22] ^ 0x10);
  expect_not(decode4(packet), NotDecoded::kMalformed);
}

// ---- timestamp replies

TEST(DecodeV4, ReadsATimestampReplyByteForByte) {
  const auto packet =
      hex("45000028 12340000 3901e278 c6120102 c6130001"
          "0e0028f9 beef2337 00a1b2c3 00a1b2d4 80000005");
  const auto decoded = decode4(packet);
  expect_reply(decoded, kTarget4, Ttl{57}, Tos{0});
  EXPECT_EQ(decoded->asked, RequestKind::kTimestamp);
  EXPECT_EQ(decoded->timestamps, (TimestampTimes{0xa1b2c3, 0xa1b2d4, 0x80000005}));
  EXPECT_EQ(decoded->size, 20U);
}

TEST(DecodeV4, RefusesATimestampReplyWithoutItsTimes) {
  const Packet packet = patch4(hex(kFromTarget4), hex("0e000000 beef2337 00000001 00000002 00000003"));
  ASSERT_TRUE(decode4(packet));
  for (std::ptrdiff_t size = 0; size < 40; ++size) {
    expect_not(decode4(Packet(packet.begin(), packet.begin() + size)), NotDecoded::kMalformed);
  }
  expect_not(decode4(patch4(hex(kFromTarget4), hex("0e000000 beef2337"))), NotDecoded::kMalformed);
}

TEST(Decode, HasNoTimesInEchoReplies) {
  EXPECT_EQ(decode4(reply4())->timestamps, std::nullopt);
  EXPECT_EQ(decode4(reply4())->asked, RequestKind::kEcho);
  EXPECT_EQ(decode6(reply6())->timestamps, std::nullopt);
}

// ---- a place that is used again

TEST(Decode, LeavesNothingOfWhatAReplyHeldBefore) {
  const Packet times = patch4(hex(kFromTarget4), hex("0e000000 beef2337 00000001 00000002 00000003"));
  const std::vector<std::pair<Family, Packet>> packets = {{Family::kIpv4, reply4()},
                                                          {Family::kIpv4, times},
                                                          {Family::kIpv4, error4(3, 1, quote4(8))},
                                                          {Family::kIpv6, reply6()},
                                                          {Family::kIpv6, error6(1, 3, quote6(8))}};
  for (const auto& [earlier_family, earlier] : packets) {
    for (const auto& [family, packet] : packets) {
      DecodedReply reply;
      ASSERT_TRUE(decode(earlier_family, earlier, kInterface, 0, reply));
      ASSERT_TRUE(decode(family, packet, kInterface, 0, reply));
      const auto fresh = support::decoded(family, packet, kInterface);
      ASSERT_TRUE(fresh);
      EXPECT_EQ(reply.source, fresh->source);
      EXPECT_EQ(reply.probed, fresh->probed);
      EXPECT_EQ(reply.ttl, fresh->ttl);
      EXPECT_EQ(reply.tos, fresh->tos);
      EXPECT_EQ(reply.size, fresh->size);
      EXPECT_EQ(reply.asked, fresh->asked);
      EXPECT_EQ(reply.timestamps, fresh->timestamps);
      EXPECT_EQ(reply.error, fresh->error);
      EXPECT_EQ(reply.identifier, fresh->identifier);
      EXPECT_EQ(reply.sequence, fresh->sequence);
      EXPECT_EQ(reply.payload.size(), fresh->payload.size());
      EXPECT_EQ(reply.payload.data(), fresh->payload.data());
    }
  }
}

// ---- sizes

/// What becomes of a reply of 26 bytes that says so of itself, and that was so long before it was cut.
std::uint32_t size4(std::uint16_t total_length, std::size_t wire_size) {
  Packet packet = reply4();
  packet[2] = static_cast<std::uint8_t>(total_length >> 8);
  packet[3] = static_cast<std::uint8_t>(total_length);
  const auto decoded = support::decoded(Family::kIpv4, packet, kInterface, wire_size);
  return decoded ? decoded->size : 0;
}
std::uint32_t size6(std::uint16_t payload_length, std::size_t wire_size) {
  Packet packet = reply6();
  packet[4] = static_cast<std::uint8_t>(payload_length >> 8);
  packet[5] = static_cast<std::uint8_t>(payload_length);
  const auto decoded = support::decoded(Family::kIpv6, packet, kInterface, wire_size);
  return decoded ? decoded->size : 0;
}

TEST(DecodeSize, IsTheWholeMessageOfACutPacket) {
  EXPECT_EQ(size4(20 + 64, 20 + 64), 64U);
  EXPECT_EQ(size6(64, 40 + 64), 64U);
  EXPECT_EQ(size4(20 + 1408, 20 + 1408), 1408U);
  EXPECT_EQ(size4(65535, 65535), 65515U);
}

TEST(DecodeSize, IsOfTheMessageThatIsThereWhereNothingWasCut) {
  EXPECT_EQ(size4(46, 46), 26U);
  EXPECT_EQ(size4(46, 0), 26U);
  EXPECT_EQ(size6(26, 66), 26U);
  EXPECT_EQ(size6(26, 0), 26U);
}

TEST(DecodeSize, LeavesOutLinkPadding) {
  Packet packet = patch4(hex(kFromTarget4), hex("00000000 beef2337"));
  packet.resize(46);
  EXPECT_EQ(support::decoded(Family::kIpv4, packet, kInterface, 46)->size, 8U);
  packet = patch6(hex(kFromTarget6), hex("81000000 beef2337"));
  packet.resize(60);
  EXPECT_EQ(support::decoded(Family::kIpv6, packet, kInterface, 60)->size, 8U);
}

TEST(DecodeSize, BelievesNoHeaderThatClaimsMoreThanThereWas) {
  EXPECT_EQ(size4(65535, 46), 26U);
  EXPECT_EQ(size4(1500, 84), 64U);
  EXPECT_EQ(size6(65535, 66), 26U);
  EXPECT_EQ(size6(1500, 0), 26U);
}

TEST(DecodeSize, BelievesNoHeaderThatClaimsLessThanItself) {
  for (const std::uint16_t total_length : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{19}}) {
    EXPECT_EQ(size4(total_length, 46), 26U);
    EXPECT_EQ(size4(total_length, 1500), 26U);
  }
}

TEST(DecodeSize, IsOfTheWholeErrorMessage) {
  EXPECT_EQ(decode4(error4(3, 1, quote4(26)))->size, 8U + 20U + 26U);
  EXPECT_EQ(decode6(error6(1, 3, quote6(8)))->size, 8U + 40U + 8U);
}

// ---- fragments and extension headers

TEST(DecodeV4, TakesAFirstFragmentAndNoLaterOne) {
  Packet packet = reply4();
  packet[6] = 0x20;                                        // more to come
  packet[22] = static_cast<std::uint8_t>(packet[22] ^ 1);  // the sum is over all fragments: unknowable here
  expect_reply(decode4(packet), kTarget4, Ttl{57}, Tos{0});
  packet[6] = 0x20;
  packet[7] = 1;
  expect_not(decode4(packet), NotDecoded::kIrrelevant);
  for (const unsigned offset : {0x1fffU, 0x1000U, 0x0100U}) {
    packet[6] = static_cast<std::uint8_t>(offset >> 8);
    packet[7] = static_cast<std::uint8_t>(offset);
    expect_not(decode4(packet), NotDecoded::kIrrelevant);
  }
}

TEST(DecodeV6, TakesAFirstFragmentAndNoLaterOne) {
  const auto fragment = [](const char* header) {
    Packet packet = join({hex(kFromTarget6), hex(header), hex("8100ffff beef2337"), hex(kPayload)});
    packet[5] = static_cast<std::uint8_t>(packet.size() - 40);
    packet[6] = 44;
    return packet;
  };
  expect_reply(decode6(fragment("3a00 0001 00000001")), kTarget6, Ttl{57}, Tos{0});
  expect_not(decode6(fragment("3a00 0008 00000001")), NotDecoded::kIrrelevant);
  expect_not(decode6(fragment("3a00 fff9 00000001")), NotDecoded::kIrrelevant);
}

TEST(DecodeV6, StepsOverExtensionHeaders) {
  // Hop-by-hop (8 bytes), routing (24), destination options (16), then ICMPv6.
  const Packet headers =
      hex("2b00 0502 0000 0100"
          "3c02 0000 00000000 fd0000e5000000000000000000010001"
          "3a01 010c 0000000000000000 00000000");
  const Packet plain = reply6();
  Packet packet = join({std::span(plain).first(40), headers, std::span(plain).subspan(40)});
  packet[5] = static_cast<std::uint8_t>(packet.size() - 40);
  packet[6] = 0;
  const auto decoded = decode6(packet);
  expect_reply(decoded, kTarget6, Ttl{57}, Tos{0});
  EXPECT_EQ(decoded->payload.data(), packet.data() + 40 + 48 + 8);
  EXPECT_EQ(decoded->size, 26U);
  EXPECT_EQ(to_hex(decoded->payload), to_hex(hex(kPayload)));
}

TEST(DecodeV6, RefusesExtensionHeadersThatReachOut) {
  Packet packet = join({hex(kFromTarget6), hex("3aff 0000 00000000"), hex("8100ffff beef2337")});
  packet[5] = 16;
  for (const int header : {0, 43, 60}) {
    packet[6] = static_cast<std::uint8_t>(header);
    expect_not(decode6(packet), NotDecoded::kMalformed);
  }
  // A chain that never comes to an end but that of the packet.
  Packet endless(40 + 16 * 8, 0);
  endless[0] = 0x60;
  endless[5] = 128;
  expect_not(decode6(endless), NotDecoded::kMalformed);
}

}  // namespace
}  // namespace echosweep::packet

#include "packet/decode.hpp"

#include <gtest/gtest.h>

#include "examples.hpp"

namespace echosweep::packet {
namespace {

constexpr std::uint32_t kInterface = 7;
const Address kTarget4 = Address::v4(0xc6120102);
const Address kRouter4 = Address::v4(0xc6130002);
const Address kTarget6 = Address::parse("fd00:e5::9").value();
const Address kRouter6 = Address::parse("fd00:e5::1:2").value();

using Decoded = std::expected<DecodedReply, NotDecoded>;

Decoded decode4(const Packet& packet) {
  return decode(Family::kIpv4, packet, kInterface);
}
Decoded decode6(const Packet& packet) {
  return decode(Family::kIpv6, packet, kInterface);
}

void expect_not(const Decoded& decoded, NotDecoded why) {
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error(), why);
}

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

void expect_error(const Decoded& decoded, const IcmpError& error, const Packet& payload) {
  const bool v4 = error.family == Family::kIpv4;
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->source, v4 ? kRouter4 : kRouter6);
  EXPECT_EQ(decoded->probed, v4 ? kTarget4 : kTarget6);
  EXPECT_EQ(decoded->ttl, Ttl{64});
  EXPECT_EQ(decoded->tos, Tos{0xc0});
  EXPECT_EQ(decoded->error, error);
  EXPECT_EQ(decoded->identifier.value, 0xbeef);
  EXPECT_EQ(decoded->sequence.value, 0x2337);
  EXPECT_EQ(to_hex(decoded->payload), to_hex(payload));
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
    const bool answers = type == 0 || type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
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

// ---- fragments and extension headers

TEST(DecodeV4, TakesAFirstFragmentAndNoLaterOne) {
  Packet packet = reply4();
  packet[6] = 0x20;                                        // more to come
  packet[22] = static_cast<std::uint8_t>(packet[22] ^ 1);  // the sum is over all fragments: unknowable here
  expect_reply(decode4(packet), kTarget4, Ttl{57}, Tos{0});
  packet[6] = 0x20;
  packet[7] = 1;
  expect_not(decode4(packet), NotDecoded::kIrrelevant);
  packet[6] = 0x1f;
  expect_not(decode4(packet), NotDecoded::kIrrelevant);
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

// ---- ICMP errors

TEST(Decode, ReadsEveryErrorHoweverMuchItQuotes) {
  for (const IcmpError& error : all_errors()) {
    for (const std::size_t quoted : {8U, 17U, 26U}) {
      const bool v4 = error.family == Family::kIpv4;
      Packet payload = hex(kPayload);
      payload.resize(quoted - 8);
      if (v4) {
        expect_error(decode4(error4(error.type, error.code, quote4(quoted))), error, payload);
      } else {
        expect_error(decode6(error6(error.type, error.code, quote6(quoted))), error, payload);
      }
    }
  }
}

TEST(DecodeV4, ReadsAnErrorByteForByte) {
  // 198.19.0.2 rejects by nftables (host unreachable), quoting all of a 46-byte probe.
  const auto packet =
      hex("45c0004a 4a7c0000 4001a34d c6130002 c6130001 0301fcfe 00000000"
          "45b8002e 23374000 3c018db7 c6130001 c6120102 0800c57c beef2337 456789abcdef 0102030405 07 "
          "fa1ecf2ae102");
  ASSERT_EQ(plain_checksum(std::span(packet).subspan(20)), 0) << "the example itself";
  expect_error(decode4(packet), {Family::kIpv4, 3, 1}, hex(kPayload));
}

TEST(DecodeV4, StepsOverTheOptionsOfAQuote) {
  Packet quote = join({hex("4800003a 23374000 01010000 c6130001 c6120102 07070400 00000000 01010100"),
                       hex(kEcho4), hex(kPayload)});
  expect_error(decode4(error4(11, 0, quote)), {Family::kIpv4, 11, 0}, hex(kPayload));
  quote.resize(32 + 7);
  expect_not(decode4(error4(11, 0, quote)), NotDecoded::kMalformed);
}

TEST(DecodeV6, StepsOverTheExtensionHeadersOfAQuote) {
  Packet quote = join({hex(kQuoted6), hex("3a00 0502 0000 0100"), hex(kEcho6), hex(kPayload)});
  quote[6] = 0;
  quote[5] = 34;
  expect_error(decode6(error6(3, 0, quote)), {Family::kIpv6, 3, 0}, hex(kPayload));
}

// RFC 4884 5.1: the quote is filled up with zeros to 128 bytes, and a structure of its own stands behind it.
TEST(Decode, LeavesOutWhatIsNoPartOfTheQuotedPacket) {
  const Packet mpls = hex("2000 dead 0008 0101 00012345");
  Packet quote = quote4(26);
  quote.resize(128);
  expect_error(decode4(error4(11, 0, join({quote, mpls}), "00200000")), {Family::kIpv4, 11, 0},
               hex(kPayload));
  quote = quote6(26);
  quote.resize(128);
  expect_error(decode6(error6(3, 0, join({quote, mpls}), "10000000")), {Family::kIpv6, 3, 0}, hex(kPayload));
}

TEST(DecodeV4, GoesByNoFieldOfAQuoteThatOthersChange) {
  Packet quote = quote4(26);
  quote[2] = 0x2e;  // the length in the byte order of the machine, as old systems have it
  quote[3] = 0x00;
  quote[12] = 10;  // NAT: another source
  quote[22] = 0;   // and a checksum that fits no more
  expect_error(decode4(error4(3, 1, quote)), {Family::kIpv4, 3, 1}, hex(kPayload));
  quote[2] = 0;  // less than a header
  quote[3] = 10;
  expect_error(decode4(error4(3, 1, quote)), {Family::kIpv4, 3, 1}, hex(kPayload));
}

TEST(Decode, KnowsWhatIsNotAboutAnEchoRequest) {
  Packet quote = quote4(26);
  quote[9] = 17;
  expect_not(decode4(error4(3, 3, quote)), NotDecoded::kForeign);
  quote = quote4(26);
  quote[20] = 0;  // an echo reply of ours that somebody did not want
  expect_not(decode4(error4(3, 1, quote)), NotDecoded::kForeign);
  quote = quote4(26);
  quote[7] = 1;  // a later fragment: these are no header bytes
  expect_not(decode4(error4(11, 1, quote)), NotDecoded::kForeign);

  quote = quote6(26);
  quote[6] = 17;
  expect_not(decode6(error6(1, 4, quote)), NotDecoded::kForeign);
  quote = quote6(26);
  quote[40] = 129;
  expect_not(decode6(error6(1, 4, quote)), NotDecoded::kForeign);
}

TEST(Decode, RefusesAnErrorThatQuotesTooLittle) {
  for (std::size_t size = 0; size < 28; ++size) {
    const Packet whole = quote4(8);
    expect_not(
        decode4(error4(3, 1, Packet(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))),
        NotDecoded::kMalformed);
  }
  for (std::size_t size = 0; size < 48; ++size) {
    const Packet whole = quote6(8);
    expect_not(
        decode6(error6(1, 3, Packet(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))),
        NotDecoded::kMalformed);
  }
}

TEST(DecodeV6, GivesLinkLocalAddressesTheirZone) {
  Packet reply = reply6();
  reply[8] = 0xfe;
  reply[9] = 0x80;
  seal6(reply);
  const auto decoded = decode6(reply);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->source.zone(), kInterface);
  EXPECT_EQ(decoded->probed.zone(), kInterface);

  Packet quote = quote6(26);
  quote[24] = 0xfe;
  quote[25] = 0x80;
  const auto error = decode6(error6(1, 3, quote));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->source.zone(), 0U);
  EXPECT_EQ(error->probed.zone(), kInterface);
}

// ---- packets cut by the capture

/// Of a packet cut anywhere, either nothing is decoded or what is there says the same as the whole.
void expect_total(Family family, const Packet& whole, std::size_t needed) {
  const auto expected = decode(family, whole, kInterface);
  ASSERT_TRUE(expected) << to_hex(whole);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const Packet cut(whole.begin(),
                     whole.begin() + static_cast<std::ptrdiff_t>(size));  // ends where asan looks
    const auto decoded = decode(family, cut, kInterface);
    if (size < needed) {
      expect_not(decoded, NotDecoded::kMalformed);
      continue;
    }
    ASSERT_TRUE(decoded) << size;
    EXPECT_EQ(decoded->source, expected->source);
    EXPECT_EQ(decoded->probed, expected->probed);
    EXPECT_EQ(decoded->error, expected->error);
    EXPECT_EQ(decoded->identifier, expected->identifier);
    EXPECT_EQ(decoded->sequence, expected->sequence);
    EXPECT_EQ(to_hex(decoded->payload), to_hex(expected->payload.first(decoded->payload.size())));
    EXPECT_LE(decoded->payload.data() + decoded->payload.size(), cut.data() + cut.size());
    EXPECT_GE(decoded->payload.data(), cut.data());
  }
}

TEST(Decode, IsTotalWhereverAPacketIsCut) {
  expect_total(Family::kIpv4, reply4(), 28);
  expect_total(Family::kIpv6, reply6(), 48);
  for (const IcmpError& error : all_errors()) {
    for (const std::size_t quoted : {8U, 26U}) {
      if (error.family == Family::kIpv4) {
        expect_total(Family::kIpv4, error4(error.type, error.code, quote4(quoted)), 28 + 28);
      } else {
        expect_total(Family::kIpv6, error6(error.type, error.code, quote6(quoted)), 48 + 48);
      }
    }
  }
}

}  // namespace
}  // namespace echosweep::packet

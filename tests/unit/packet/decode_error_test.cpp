#include <gtest/gtest.h>

#include "decoding.hpp"

namespace echosweep::packet {
namespace {

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

TEST(DecodeV4, KnowsErrorsAboutTimestampRequests) {
  Packet quote = quote4(20);
  quote[20] = 13;
  const auto decoded = decode4(error4(3, 10, quote));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->asked, RequestKind::kTimestamp);
  EXPECT_EQ(decoded->probed, kTarget4);
  EXPECT_EQ(decoded->identifier.value, 0xbeef);
  EXPECT_EQ(decoded->sequence.value, 0x2337);
  EXPECT_EQ(decoded->timestamps, std::nullopt) << "it is no answer";
  EXPECT_EQ(decode4(error4(3, 10, quote4(20)))->asked, RequestKind::kEcho);
  quote[20] = 14;
  expect_not(decode4(error4(3, 10, quote)), NotDecoded::kForeign);
  Packet quoted6 = quote6(26);
  quoted6[40] = 13;
  expect_not(decode6(error6(1, 4, quoted6)), NotDecoded::kForeign);
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
  const auto expected = support::decoded(family, whole, kInterface);
  ASSERT_TRUE(expected) << to_hex(whole);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const Packet cut(whole.begin(),
                     whole.begin() + static_cast<std::ptrdiff_t>(size));  // ends where asan looks
    const auto decoded = support::decoded(family, cut, kInterface);
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

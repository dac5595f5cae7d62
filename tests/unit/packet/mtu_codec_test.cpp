#include "packet/mtu_codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>

#include "bytes_of.hpp"
#include "packet/icmp_message.hpp"

namespace echosweep::packet {
namespace {

using std::chrono::nanoseconds;

constexpr MonotonicTime kSentAt{nanoseconds(0x0123456789abcdef)};
constexpr std::uint64_t kIndex = 0x010203;
const Address kTarget4 = Address::v4(0xc6120102);
const Address kTarget6 = Address::v6(static_cast<Uint128>(0xfd0000e500000000) << 64 | 1);

RunKey fixed_key() {
  RunKey key;
  key.identifier = Identifier{0xbeef};
  for (std::uint8_t i = 0; i < 16; ++i) {
    key.tag_key[i] = i;
    key.sequence_key[i] = static_cast<std::uint8_t>(16 + i);
  }
  return key;
}

const MtuCodec kCodec{fixed_key(), {.tos = Tos{0xb8}, .source4 = Address::v4(0xc6130001)}};

Probe probe(const Address& destination, std::uint16_t size, std::uint16_t number = 0) {
  return {.index = kIndex,
          .destination = destination,
          .pass = {},
          .sequence = kCodec.sequence(kIndex, number),
          .ttl = Ttl{9},
          .size = size,
          .mac = {}};
}

Packet encoded(const Probe& probe) {
  Packet packet(kCodec.packet_size(probe.destination.family()));
  kCodec.prepare(probe.destination.family(), packet);
  packet.resize(kCodec.encode(probe, kSentAt, packet, {}));
  return packet;
}

TEST(MtuCodec, HasRoomForTheLeastMtuOfIpv6WhateverTheLargestIs) {
  for (const std::uint16_t largest : std::initializer_list<std::uint16_t>{68, 1279, 1280, 1281, 65535}) {
    const MtuCodec codec(fixed_key(), {.largest = largest});
    EXPECT_EQ(codec.packet_size(Family::kIpv4), largest);
    EXPECT_EQ(codec.packet_size(Family::kIpv6), std::max<std::size_t>(largest, 1280) - 40);
  }
}

TEST(MtuCodec, WritesIpv4PacketsOfTheSizeThatMayNotBeFragmented) {
  for (const std::uint16_t size :
       std::initializer_list<std::uint16_t>{52, 68, 576, 1499, 1500, 9000, 65535}) {
    const Packet packet = encoded(probe(kTarget4, size));
    ASSERT_EQ(packet.size(), size);
    const auto read = read_icmp_packet(Family::kIpv4, packet, 0);
    ASSERT_TRUE(read && read->message);
    EXPECT_EQ(read->ip.total_size, size);
    EXPECT_TRUE(read->ip.dont_fragment);
    EXPECT_TRUE(read->ip.checksum_right);
    EXPECT_NE(read->ip.identification, 0U) << "the kernel would replace it";
    EXPECT_EQ(read->ip.ttl.value, 9);
    EXPECT_EQ(read->ip.tos.value, 0xb8);
    EXPECT_EQ(read->ip.source, Address::v4(0xc6130001));
    EXPECT_EQ(read->ip.destination, kTarget4);
    EXPECT_EQ(read->message->type, 8);
    EXPECT_EQ(read->message->checksum_right, true);
    EXPECT_EQ(read->message->name->identifier.value, 0xbeef);
    EXPECT_EQ(plain_checksum(std::span(packet).subspan(20)), 0);
  }
}

TEST(MtuCodec, Ipv6PacketsLackTheHeaderThatTheKernelWrites) {
  const Packet packet = encoded(probe(kTarget6, 1280));
  EXPECT_EQ(packet.size(), 1240U);
  EXPECT_EQ(packet[0], 128);
  EXPECT_EQ(packet[2], 0);
  EXPECT_EQ(packet[3], 0);
}

TEST(MtuCodec, EncodesKnownBytes) {
  Packet expected = hex("45b80044 00004000 09010000 c6130001 c6120102 08000000beef");
  const Packet packet = encoded(probe(kTarget4, 68));
  expected[4] = packet[26];  // the sequence is the identification, too
  expected[5] = packet[27];
  seal(std::span(expected).first(20), 10);
  EXPECT_EQ(to_hex(std::span(packet).first(20)), to_hex(std::span(expected).first(20)));
  EXPECT_EQ(to_hex(std::span(packet).subspan(28, 16)), "0123456789abcdef0000000000010203");
  EXPECT_EQ(to_hex(std::span(packet).subspan(52)), to_hex(Packet(16))) << "zeros behind the tag";
}

TEST(MtuCodec, APacketIsMadeAgainInAnothersPlace) {
  Packet packet(kCodec.packet_size(Family::kIpv4));
  kCodec.prepare(Family::kIpv4, packet);
  kCodec.encode(probe(kTarget4, 9000, 1), kSentAt, packet, {});
  packet.resize(kCodec.encode(probe(kTarget4, 68, 2), kSentAt, packet, {}));
  EXPECT_EQ(to_hex(packet), to_hex(encoded(probe(kTarget4, 68, 2))));
}

TEST(MtuCodec, NumbersAndSequencesBelongTogether) {
  std::set<std::uint16_t> starts;
  for (std::uint64_t index = 0; index < 100; ++index) {
    starts.insert(kCodec.sequence(index, 0).value);
    for (const std::uint16_t number : std::initializer_list<std::uint16_t>{0, 1, 255, 65535}) {
      EXPECT_EQ(kCodec.number(index, kCodec.sequence(index, number)), number);
    }
  }
  EXPECT_GT(starts.size(), 90U) << "keyed";
}

TEST(MtuCodec, TheTagProvesIndexTimeAndSequence) {
  const Probe asked = probe(kTarget4, 68);
  const Packet packet = encoded(asked);
  Packet payload(packet.begin() + 28, packet.end());
  const auto tagged = kCodec.verify(payload, asked.sequence);
  ASSERT_TRUE(tagged);
  EXPECT_EQ(tagged->index, kIndex);
  EXPECT_EQ(tagged->sent_at, kSentAt);
  EXPECT_FALSE(kCodec.verify(payload, Sequence{static_cast<std::uint16_t>(asked.sequence.value + 1)}));
  EXPECT_FALSE(kCodec.verify(std::span(payload).first(23), asked.sequence));
  for (std::size_t i = 0; i < 24; ++i) {
    payload[i] ^= 0x10;
    EXPECT_FALSE(kCodec.verify(payload, asked.sequence)) << i;
    payload[i] ^= 0x10;
  }
  payload[24] ^= 1;
  EXPECT_TRUE(kCodec.verify(payload, asked.sequence)) << "what is behind it proves nothing";
}

}  // namespace
}  // namespace echosweep::packet

#include "packet/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bytes_of.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::packet {
namespace {

const Address kTarget4 = Address::v4(0xc6120102);                                   // 198.18.1.2
const Address kSource4 = Address::v4(0xc6130001);                                   // 198.19.0.1
const Address kOther4 = Address::v4(0xf0010203);                                    // 240.1.2.3
const Address kTarget6 = Address::v6((Uint128{0xfd0000e500000000} << 64) + 9);      // fd00:e5::9
const Address kSource6 = Address::v6((Uint128{0xfd0000e500000000} << 64) + 0x101);  // fd00:e5::101
const MacAddress kTo{{0x02, 0xe5, 0, 0, 1, 2}};
const MacAddress kFrom{{0x02, 0xe5, 0, 0, 1, 1}};

SweepCodec codec(const SweepCodecOptions& options = {}) {
  RunKey key{.identifier = Identifier{0xbeef}};
  key.tag_key.fill(1);
  key.sequence_key.fill(2);
  return {key, options};
}

/// Room for a packet as the sender has it: with the headroom in front, which holds anything.
struct Slot {
  Slot(const SweepCodec& codec_in, Family family_in)
      : codec(codec_in), family(family_in), storage(kFrameHeadroom + codec.packet_size(family), 0xa5) {
    codec.prepare(family, packet());
  }
  std::span<std::uint8_t> packet() { return std::span(storage).subspan(kFrameHeadroom); }
  void encode(const Address& destination, unsigned pass = 0) {
    codec.encode({.index = 7, .destination = destination, .pass = Pass{static_cast<std::uint8_t>(pass)}},
                 MonotonicTime(std::chrono::seconds(pass)), packet());
  }
  Packet frame(const Address& destination, const Address& source) {
    const auto made =
        make_frame(packet(), destination,
                   {.to = kTo, .from = kFrom, .source = source, .ttl = Ttl{61}, .tos = Tos{0xb8}});
    // In place, and wholly inside what belongs to the packet.
    EXPECT_GE(made.data(), storage.data());
    EXPECT_EQ(made.data() + made.size(), storage.data() + storage.size());
    return {made.begin(), made.end()};
  }

  const SweepCodec& codec;
  Family family;
  std::vector<std::uint8_t> storage;
};

std::uint16_t checksum6(const Packet& packet) {
  const std::span<const std::uint8_t> all = packet;
  const auto message = all.subspan(40);
  return plain_checksum(join({all.subspan(8, 32),
                              Packet{0, 0, static_cast<std::uint8_t>(message.size() >> 8),
                                     static_cast<std::uint8_t>(message.size()), 0, 0, 0, 58},
                              message}));
}

TEST(Frame4, GetsSourceAndChecksumInFrontOfTheSameMessage) {
  const SweepCodec plain = codec();
  Slot slot(plain, Family::kIpv4);
  slot.encode(kTarget4);
  const Packet before(slot.packet().begin(), slot.packet().end());
  const Packet frame = slot.frame(kTarget4, kSource4);
  ASSERT_EQ(frame.size(), 14 + before.size());
  EXPECT_EQ(to_hex(std::span(frame).first(14)),
            "02e500000102"
            "02e500000101"
            "0800");
  const std::span<const std::uint8_t> packet = std::span(frame).subspan(14);
  EXPECT_EQ(to_hex(packet.subspan(12, 8)),
            "c6130001"
            "c6120102");
  EXPECT_EQ(plain_checksum(packet.first(20)), 0);
  EXPECT_EQ(to_hex(packet.subspan(20)), to_hex(std::span(before).subspan(20)));
  EXPECT_EQ(to_hex(packet.first(10)), to_hex(std::span(before).first(10)));
}

TEST(Frame4, ChecksumIsRightForEverySource) {
  const SweepCodec plain = codec();
  Slot slot(plain, Family::kIpv4);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    slot.encode(Address::v4(0xc6120000 + i), i % 256);
    const Packet frame = slot.frame(Address::v4(0xc6120000 + i), Address::v4(i * 0x9e3779b9 | 1));
    ASSERT_EQ(plain_checksum(std::span(frame).subspan(14, 20)), 0) << to_hex(frame);
  }
}

TEST(Frame4, LeavesTheUsersSource) {
  SweepCodecOptions options;
  options.source4 = kOther4;
  const SweepCodec with_source = codec(options);
  Slot slot(with_source, Family::kIpv4);
  slot.encode(kTarget4);
  const Packet before(slot.packet().begin(), slot.packet().end());
  const Packet frame = slot.frame(kTarget4, kSource4);
  EXPECT_EQ(to_hex(std::span(frame).subspan(14)), to_hex(before));
  EXPECT_EQ(plain_checksum(std::span(frame).subspan(14, 20)), 0);
}

TEST(Frame6, GetsAWholeHeaderAndAChecksum) {
  const SweepCodec plain = codec();
  Slot slot(plain, Family::kIpv6);
  slot.encode(kTarget6);
  const Packet before(slot.packet().begin(), slot.packet().end());
  const Packet frame = slot.frame(kTarget6, kSource6);
  ASSERT_EQ(frame.size(), 14 + 40 + before.size());
  EXPECT_EQ(to_hex(std::span(frame).first(14)),
            "02e500000102"
            "02e500000101"
            "86dd");
  // Version 6, traffic class b8, no flow label; 26 bytes of ICMPv6, hop limit 61.
  EXPECT_EQ(to_hex(std::span(frame).subspan(14, 40)),
            "6b800000"
            "001a3a3d"
            "fd0000e5000000000000000000000101"
            "fd0000e5000000000000000000000009");
  const Packet packet(frame.begin() + 14, frame.end());
  EXPECT_EQ(checksum6(packet), 0);
  EXPECT_EQ(packet[40], 128);
  EXPECT_EQ(to_hex(std::span(packet).subspan(44)), to_hex(std::span(before).subspan(4)));
}

/// What a retry and a change of route do to a slot, in any order: each time all of it is right.
TEST(Frame, SlotIsEncodedFramedAndSentRawAgainAndAgain) {
  const SweepCodec plain = codec();
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const bool v4 = family == Family::kIpv4;
    const Address target = v4 ? kTarget4 : kTarget6;
    Slot slot(plain, family);
    for (unsigned pass = 0; pass < 8; ++pass) {
      slot.encode(target, pass);
      Slot fresh(plain, family);
      fresh.encode(target, pass);
      const Packet raw(slot.packet().begin(), slot.packet().end());
      if (v4) {
        EXPECT_EQ(to_hex(raw), to_hex(fresh.packet())) << "pass " << pass << " by the kernel";
      } else {  // whose checksum the kernel writes
        EXPECT_EQ(to_hex(std::span(raw).subspan(4)), to_hex(fresh.packet().subspan(4)));
      }
      const Address source = v4 ? (pass % 2 == 0 ? kSource4 : kOther4) : kSource6.plus(pass);
      const Packet once = slot.frame(target, source);
      EXPECT_EQ(to_hex(once), to_hex(fresh.frame(target, source))) << "pass " << pass << " in a frame";
      EXPECT_EQ(to_hex(slot.frame(target, source)), to_hex(once)) << "framed again, as it was not taken";
      const Packet packet(once.begin() + 14, once.end());
      EXPECT_EQ(v4 ? plain_checksum(std::span(packet).first(20)) : checksum6(packet), 0);
      EXPECT_TRUE(plain.verify(std::span(packet).subspan(v4 ? 28 : 48)));
    }
  }
}

TEST(Frame, OddPayloadsAreSummedRight) {
  for (const std::size_t payload : {0U, 1U, 17U, 18U, 19U, 999U}) {
    SweepCodecOptions options;
    options.payload_size = payload;
    const SweepCodec sized = codec(options);
    Slot slot(sized, Family::kIpv6);
    slot.encode(kTarget6);
    const Packet frame = slot.frame(kTarget6, kSource6);
    EXPECT_EQ(checksum6(Packet(frame.begin() + 14, frame.end())), 0) << payload;
  }
}

}  // namespace
}  // namespace echosweep::packet

#include "packet/ping_codec.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <numeric>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"

namespace echosweep::packet {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

const Address kHost4 = Address::v4(0xc0000201);
const Address kHost6 = Address::v6(1);
const WallTime kWall{1'700'000'000s + 123'456us};

Bytes encode(const PingCodec& codec, const Address& host, std::uint64_t index = 0,
             std::uint16_t sequence = 1) {
  Bytes packet(codec.packet_size(host.family()));
  codec.prepare(host.family(), packet);
  Probe probe;
  probe.index = index;
  probe.destination = host;
  probe.sequence = Sequence{sequence};
  EXPECT_EQ(codec.encode(probe, MonotonicTime(5s), packet, kWall), packet.size());
  return packet;
}

std::uint16_t sum_of(std::span<const std::uint8_t> bytes) {
  ChecksumSum sum;
  sum.add(bytes);
  return sum.checksum();
}

TEST(PingCodec, WritesAnEchoRequestBehindRoomForTheIpHeader) {
  const PingCodec codec({.identifier = Identifier{0x1234}, .data_size = 4});
  const Bytes packet = encode(codec, kHost4, 0, 0x0102);
  ASSERT_EQ(packet.size(), 32U);
  EXPECT_EQ(Bytes(packet.begin(), packet.begin() + 20), Bytes(20));
  const std::span message = std::span(packet).subspan(20);
  EXPECT_EQ(Bytes(message.begin(), message.end()),
            (Bytes{8, 0, message[2], message[3], 0x12, 0x34, 1, 2, 0, 1, 2, 3}));
  EXPECT_EQ(sum_of(message), 0);
}

TEST(PingCodec, LeavesIpv6sChecksumToTheKernel) {
  const PingCodec codec({.identifier = Identifier{1}, .data_size = 1});
  EXPECT_EQ(encode(codec, kHost6), (Bytes{128, 0, 0, 0, 0, 1, 0, 1, 0}));
}

TEST(PingCodec, CountsIdentifiersByTarget) {
  const PingCodec codec({.identifier = Identifier{0xffff}, .data_size = 0});
  EXPECT_EQ(codec.identifier_of(0).value, 0xffff);
  EXPECT_EQ(codec.identifier_of(2).value, 1);
  EXPECT_EQ(load_be16(&encode(codec, kHost6, 2)[4]), 1);
  const PingCodec same({.identifier = Identifier{7}, .counts_identifiers = false, .data_size = 0});
  EXPECT_EQ(load_be16(&encode(same, kHost6, 2)[4]), 7);
}

TEST(PingCodec, BeginsTheDataWithTheTime) {
  const PingCodec codec({.identifier = {}, .data_size = 20});
  const Bytes packet = encode(codec, kHost6);
  std::int64_t seconds = 0;
  std::int64_t us = 0;
  std::memcpy(&seconds, &packet[8], 8);
  std::memcpy(&us, &packet[16], 8);
  EXPECT_EQ(seconds, 1'700'000'000);
  EXPECT_EQ(us, 123'456);
  EXPECT_EQ(Bytes(packet.begin() + 24, packet.end()), (Bytes{16, 17, 18, 19}));
  EXPECT_EQ(codec.time_size(), 16U);
  EXPECT_EQ(PingCodec({.identifier = {}, .data_size = 15}).time_size(), 0U);
}

TEST(PingCodec, RepeatsAPattern) {
  const PingCodec codec({.identifier = {}, .data_size = 5, .pattern = {0xab, 0xcd}});
  const Bytes packet = encode(codec, kHost6);
  EXPECT_EQ(Bytes(packet.begin() + 8, packet.end()), (Bytes{0xab, 0xcd, 0xab, 0xcd, 0xab}));
}

TEST(PingCodec, SumsAgainEachTime) {
  const PingCodec codec({.identifier = Identifier{9}, .data_size = 57});
  Bytes packet = encode(codec, kHost4, 0, 1);
  Probe probe;
  probe.destination = kHost4;
  probe.sequence = Sequence{2};
  codec.encode(probe, {}, packet, kWall + 1s);
  EXPECT_EQ(sum_of(std::span(packet).subspan(20)), 0);
}

}  // namespace
}  // namespace echosweep::packet

#include "sender/batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "packet/sweep_codec.hpp"

namespace echosweep::sender {
namespace {

using testing::ElementsAreArray;

constexpr MonotonicTime kNow{std::chrono::seconds(1234)};
constexpr WallTime kWall{std::chrono::hours(7)};

packet::RunKey key() {
  packet::RunKey key{.identifier = Identifier{0x4e53}};
  key.tag_key.fill(3);
  key.sequence_key.fill(5);
  return key;
}

packet::Probe probe(std::uint64_t index, Family family) {
  return {.index = index,
          .destination = family == Family::kIpv4 ? Address::v4(0xc6120000 + static_cast<std::uint32_t>(index))
                                                 : Address::v6((Uint128{0xfd0000e500000000} << 64) + index),
          .pass = Pass{2}};
}

std::vector<std::uint8_t> fresh(const packet::SweepCodec& codec, const packet::Probe& probe) {
  std::vector<std::uint8_t> bytes(codec.packet_size(probe.destination.family()));
  codec.prepare(probe.destination.family(), bytes);
  codec.encode(probe, kNow, bytes, kWall);
  return bytes;
}

TEST(Batch, RoomIsLimitedByTheGrantAndBySize) {
  const packet::SweepCodec codec(key(), {});
  Batch batch(codec);
  EXPECT_EQ(batch.room(0).size(), 0U);
  EXPECT_EQ(batch.room(5).size(), 5U);
  EXPECT_EQ(batch.room(1'000'000).size(), Batch::kSize);
}

TEST(Batch, MakesTheSamePacketsAsAFreshBufferWhenASlotChangesItsFamily) {
  for (const std::size_t payload : {0U, 7U, 18U, 100U}) {
    packet::SweepCodecOptions options;
    options.payload_size = payload;
    const packet::SweepCodec codec(key(), options);
    Batch batch(codec);
    for (std::uint64_t round = 0; round < 6; ++round) {
      const auto room = batch.room(8);
      for (std::size_t i = 0; i < room.size(); ++i) {
        const bool v4 = (round + i) % 3 != 0;
        room[i] = probe(round * 100 + i, v4 ? Family::kIpv4 : Family::kIpv6);
      }
      batch.encode(0, room.size(), kNow, kWall);
      const auto packets = batch.packets(0, room.size());
      for (std::size_t i = 0; i < room.size(); ++i) {
        EXPECT_EQ(packets[i].destination, room[i].destination);
        EXPECT_THAT(packets[i].bytes, ElementsAreArray(fresh(codec, room[i]))) << payload << ' ' << round;
      }
    }
  }
}

/// Packets of the size that the probe wants, with nothing in them.
class SizedCodec final : public packet::ProbeCodec {
 public:
  std::size_t packet_size(Family) const override { return 1500; }
  void prepare(Family, std::span<std::uint8_t>) const override {}
  std::size_t encode(const packet::Probe& probe, MonotonicTime, std::span<std::uint8_t>,
                     WallTime) const override {
    return probe.size;
  }
};

TEST(Batch, HandsOnSizeAndHopLimitOfEachProbe) {
  const SizedCodec codec;
  Batch batch(codec);
  const auto room = batch.room(2);
  room[0] = probe(0, Family::kIpv6);
  room[0].size = 1280;
  room[0].ttl = Ttl{7};
  room[1] = probe(1, Family::kIpv6);
  room[1].size = 1500;
  batch.encode(0, 2, kNow, kWall);
  const auto packets = batch.packets(0, 2);
  EXPECT_EQ(packets[0].bytes.size(), 1280U);
  EXPECT_EQ(packets[0].hop_limit, Ttl{7});
  EXPECT_EQ(packets[1].bytes.size(), 1500U);
  EXPECT_EQ(packets[1].hop_limit, Ttl{0});
}

TEST(Batch, EncodesOnlyWhatItWasToldTo) {
  const packet::SweepCodec codec(key(), {});
  Batch batch(codec);
  const auto room = batch.room(3);
  for (std::size_t i = 0; i < room.size(); ++i) {
    room[i] = probe(i, Family::kIpv4);
  }
  batch.encode(0, 3, kNow - std::chrono::seconds(1), kWall);
  batch.encode(1, 3, kNow, kWall);
  EXPECT_THAT(batch.packets(0, 1)[0].bytes, testing::Not(ElementsAreArray(fresh(codec, room[0]))));
  EXPECT_THAT(batch.packets(1, 2)[0].bytes, ElementsAreArray(fresh(codec, room[1])));
  EXPECT_EQ(batch.probes(2, 1).front().index, 2U);
}

}  // namespace
}  // namespace echosweep::sender

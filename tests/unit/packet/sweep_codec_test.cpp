#include "packet/sweep_codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "bytes_of.hpp"

namespace echosweep::packet {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kIndex = 0x0102030405;
constexpr Pass kPass{7};
constexpr MonotonicTime kSentAt{nanoseconds(0x0123456789abcdef)};
const Address kTarget4 = Address::v4(0xc6120102);
const Address kTarget6 = Address::v6(static_cast<Uint128>(0xfd0000e500000000) << 64 | 1);

/// Nothing random in it: what the packets below were worked out from, with another SipHash and checksum.
RunKey fixed_key() {
  RunKey key;
  key.identifier = Identifier{0xbeef};
  for (std::uint8_t i = 0; i < 16; ++i) {
    key.tag_key[i] = i;
    key.sequence_key[i] = static_cast<std::uint8_t>(16 + i);
  }
  return key;
}

SweepCodec codec(std::size_t payload_size) {
  return {fixed_key(),
          {.payload_size = payload_size,
           .ttl = Ttl{61},
           .tos = Tos{0xb8},
           .dont_fragment = true,
           .random_payload = false,
           .source4 = Address::v4(0xc6130001)}};
}

SweepCodec plain(std::size_t payload_size, bool random_payload = false) {
  SweepCodecOptions options;
  options.payload_size = payload_size;
  options.random_payload = random_payload;
  return {fixed_key(), options};
}

Packet encoded(const SweepCodec& codec, const Probe& probe, MonotonicTime sent_at = kSentAt) {
  Packet packet(codec.packet_size(probe.destination.family()));
  codec.prepare(probe.destination.family(), packet);
  codec.encode(probe, sent_at, packet);
  return packet;
}

Packet encoded(const SweepCodec& codec, const Address& destination) {
  return encoded(codec, {.index = kIndex, .destination = destination, .pass = kPass});
}

std::uint64_t number(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value * 256 + byte;
  }
  return value;
}

/// What an IPv4 echo request says, read field by field from RFC 791 and RFC 792.
struct Read4 {
  explicit Read4(const Packet& packet) {
    const auto at = [&](std::size_t from, std::size_t size) {
      return number(std::span(packet).subspan(from, size));
    };
    fields = {{"version and length", at(0, 1)},
              {"tos", at(1, 1)},
              {"total length", at(2, 2)},
              {"identification", at(4, 2)},
              {"fragment", at(6, 2)},
              {"ttl", at(8, 1)},
              {"protocol", at(9, 1)},
              {"source", at(12, 4)},
              {"destination", at(16, 4)},
              {"type", at(20, 1)},
              {"code", at(21, 1)},
              {"identifier", at(24, 2)},
              {"sequence", at(26, 2)}};
    header_checksum = plain_checksum(std::span(packet).first(20));
    icmp_checksum = plain_checksum(std::span(packet).subspan(20));
    payload.assign(packet.begin() + 28, packet.end());
  }
  std::map<std::string, std::uint64_t> fields;
  std::uint16_t header_checksum;
  std::uint16_t icmp_checksum;
  Packet payload;
};

struct Known {
  std::size_t payload_size;
  const char* head4;  ///< the first 46 bytes at most; zeros follow
  const char* head6;
};

class KnownBytes : public testing::TestWithParam<Known> {};

TEST_P(KnownBytes, OfIpv4) {
  Packet expected = hex(GetParam().head4);
  expected.resize(28 + GetParam().payload_size);
  const Packet packet = encoded(codec(GetParam().payload_size), kTarget4);
  EXPECT_TRUE(packet == expected) << to_hex(
      std::span(packet).first(std::min<std::size_t>(64, packet.size())));
}

TEST_P(KnownBytes, OfIpv6) {
  Packet expected = hex(GetParam().head6);
  expected.resize(8 + GetParam().payload_size);
  const Packet packet = encoded(codec(GetParam().payload_size), kTarget6);
  EXPECT_TRUE(packet == expected) << to_hex(
      std::span(packet).first(std::min<std::size_t>(64, packet.size())));
}

constexpr const char* kBare6 = "8000 0000 beef e9a2";
constexpr const char* kTagged6 = "8000 0000 beef e9a2 456789abcdef 0102030405 07 e99788bba062";

INSTANTIATE_TEST_SUITE_P(
    SweepCodec, KnownBytes,
    testing::Values(Known{0, "45b8001c e9a24000 3d01c65d c6130001 c6120102 08004f6d beefe9a2", kBare6},
                    Known{17, "45b8002d e9a24000 3d01c64c c6130001 c6120102 08004f6d beefe9a2", kBare6},
                    Known{18,
                          "45b8002e e9a24000 3d01c64b c6130001 c6120102 080096a7 beefe9a2 456789abcdef "
                          "0102030405 07 e99788bba062",
                          kTagged6},
                    Known{56,
                          "45b80054 e9a24000 3d01c625 c6130001 c6120102 080096a7 beefe9a2 456789abcdef "
                          "0102030405 07 e99788bba062",
                          kTagged6},
                    Known{1400,
                          "45b80594 e9a24000 3d01c0e5 c6130001 c6120102 080096a7 beefe9a2 456789abcdef "
                          "0102030405 07 e99788bba062",
                          kTagged6},
                    Known{65507,
                          "45b8ffff e9a24000 3d01c679 c6130001 c6120102 080096a7 beefe9a2 456789abcdef "
                          "0102030405 07 e99788bba062",
                          kTagged6}),
    [](const auto& known) { return "Payload" + std::to_string(known.param.payload_size); });

TEST(SweepCodec, WritesEachFieldWhereTheStandardsHaveIt) {
  std::mt19937_64 random(792);
  for (int round = 0; round < 3000; ++round) {
    RunKey key = fixed_key();
    key.identifier.value = static_cast<std::uint16_t>(random());
    const SweepCodecOptions options{.payload_size = random() % 64,
                                    .ttl = Ttl{static_cast<std::uint8_t>(random())},
                                    .tos = Tos{static_cast<std::uint8_t>(random())},
                                    .dont_fragment = round % 2 == 0,
                                    .random_payload = round % 3 == 0,
                                    .source4 = Address::v4(static_cast<std::uint32_t>(random()))};
    const SweepCodec codec(key, options);
    const Probe probe{.index = random() >> 24,
                      .destination = Address::v4(static_cast<std::uint32_t>(random())),
                      .pass = Pass{static_cast<std::uint8_t>(random())}};
    const MonotonicTime sent_at{nanoseconds(random() >> 2)};
    const Packet packet = encoded(codec, probe, sent_at);
    const Read4 read(packet);
    const std::uint16_t sequence = codec.sequence(probe.index, probe.pass).value;
    const std::map<std::string, std::uint64_t> expected = {
        {"version and length", 0x45},
        {"tos", options.tos.value},
        {"total length", 28 + options.payload_size},
        {"identification", read.fields.at("identification")},
        {"fragment", options.dont_fragment ? 0x4000 : 0},
        {"ttl", options.ttl.value},
        {"protocol", 1},
        {"source", options.source4.v4_value()},
        {"destination", probe.destination.v4_value()},
        {"type", 8},
        {"code", 0},
        {"identifier", key.identifier.value},
        {"sequence", sequence}};
    EXPECT_EQ(read.fields, expected);
    EXPECT_NE(read.fields.at("identification"), 0U);
    EXPECT_EQ(read.header_checksum, 0);
    EXPECT_EQ(read.icmp_checksum, 0);
    EXPECT_EQ(read.payload.size(), options.payload_size);
    const auto tagged = codec.verify(read.payload);
    ASSERT_EQ(tagged.has_value(), options.payload_size >= 18);
    if (tagged) {
      EXPECT_EQ(number(std::span(read.payload).first(6)),
                static_cast<std::uint64_t>(sent_at.time_since_epoch().count()) % (1ULL << 48));
      EXPECT_EQ(number(std::span(read.payload).subspan(6, 5)), probe.index);
      EXPECT_EQ(read.payload[11], probe.pass.value);
      EXPECT_EQ(tagged->index, probe.index);
      EXPECT_EQ(tagged->pass, probe.pass);
    }
  }
}

TEST(SweepCodec, LeavesNothingOfTheProbeBefore) {
  const SweepCodec codec = plain(56);
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    Packet reused(codec.packet_size(family));
    codec.prepare(family, reused);
    std::mt19937_64 random(20);
    for (int i = 0; i < 500; ++i) {
      const auto low = static_cast<std::uint32_t>(random());
      const Probe probe{.index = random() >> 24,
                        .destination = family == Family::kIpv4 ? Address::v4(low) : kTarget6.plus(low),
                        .pass = Pass{static_cast<std::uint8_t>(i)}};
      codec.encode(probe, kSentAt + nanoseconds(i), reused);
      ASSERT_EQ(to_hex(reused), to_hex(encoded(codec, probe, kSentAt + nanoseconds(i))));
    }
  }
}

// Zero would make the kernel search for an identification of its own.
TEST(SweepCodec, NeverAsksTheKernelForAnIdentification) {
  const SweepCodec codec(fixed_key(), {});
  constexpr std::uint64_t kIndexWithSequenceZero = 169339;
  ASSERT_EQ(codec.sequence(kIndexWithSequenceZero, Pass{0}).value, 0);
  const Read4 read(
      encoded(codec, {.index = kIndexWithSequenceZero, .destination = kTarget4, .pass = Pass{0}}));
  EXPECT_EQ(read.fields.at("identification"), 1U);
  EXPECT_EQ(read.fields.at("sequence"), 0U);
  EXPECT_EQ(read.header_checksum, 0);
}

TEST(SweepCodec, FillsWhatLiesBehindTheTagWithRandomBytesWhenAsked) {
  const SweepCodec one = plain(1024, true);
  const SweepCodec other = plain(1024, true);
  for (const Address& target : {kTarget4, kTarget6}) {
    const std::size_t header = target.is_v4() ? 28 : 8;
    const Packet packet = encoded(one, target);
    EXPECT_EQ(packet, encoded(one, target));
    EXPECT_NE(packet, encoded(other, target));
    const auto payload = std::span(packet).subspan(header);
    EXPECT_TRUE(one.verify(payload));
    // 1006 random bytes miss 256 - 200 values with a chance below 10^-60.
    EXPECT_GT(std::set<std::uint8_t>(payload.begin() + 18, payload.end()).size(), 200U);
    if (target.is_v4()) {
      EXPECT_EQ(plain_checksum(std::span(packet).subspan(20)), 0);
    }
  }
}

TEST(SweepCodec, RandomBytesReachFromTheFirstWhereThereIsNoTag) {
  const SweepCodec codec = plain(17, true);
  const Packet packet = encoded(codec, kTarget6);
  EXPECT_NE(Packet(packet.begin() + 8, packet.end()), Packet(17, 0));
}

TEST(SweepCodec, WritesTheProbesOwnSequenceWhereThatIsAsked) {
  SweepCodecOptions options;
  options.given_sequences = true;
  const SweepCodec codec(fixed_key(), options);
  Probe probe{.index = kIndex, .destination = kTarget4, .pass = kPass};
  probe.sequence = Sequence{0xabcd};
  const Packet packet = encoded(codec, probe);
  EXPECT_EQ(packet[26], 0xab);
  EXPECT_EQ(packet[27], 0xcd);
  EXPECT_TRUE(codec.verify(std::span<const std::uint8_t>(packet).subspan(28)));
}

/// 22:08:15.123 on some day.
constexpr WallTime kWall{std::chrono::days(19'000) + std::chrono::milliseconds(79'695'123) +
                         nanoseconds(999'999)};

SweepCodec timestamps() {
  SweepCodecOptions options;
  options.request = RequestKind::kTimestamp;
  options.random_payload = true;
  options.tos = Tos{0xb8};
  options.ttl = Ttl{61};
  options.given_sequences = true;
  options.source4 = Address::v4(0xc6130001);
  return {fixed_key(), options};
}

TEST(TimestampRequest, IsKnownBytes) {
  const SweepCodec codec = timestamps();
  Packet packet(codec.packet_size(Family::kIpv4));
  codec.prepare(Family::kIpv4, packet);
  Probe probe{.index = kIndex, .destination = kTarget4, .pass = kPass};
  probe.sequence = Sequence{0xe9a2};
  codec.encode(probe, kSentAt, packet, kWall);
  const Packet expected =
      hex("45b80028 e9a20000 3d010652 c6130001 c6120102 0d00389a beefe9a2 04c00d13 00000000 00000000");
  EXPECT_EQ(to_hex(packet), to_hex(expected));
}

TEST(TimestampRequest, SaysTheMillisecondsSinceMidnight) {
  const SweepCodec codec = timestamps();
  Packet packet(codec.packet_size(Family::kIpv4));
  codec.prepare(Family::kIpv4, packet);
  const Probe probe{.index = kIndex, .destination = kTarget4, .pass = kPass};
  for (const auto& [wall, expected] : {std::pair(WallTime{}, 0U),
                                       {WallTime{std::chrono::days(1) - nanoseconds(1)}, 86'399'999U},
                                       {WallTime{std::chrono::days(1)}, 0U},
                                       {WallTime{nanoseconds(1'999'999)}, 1U}}) {
    codec.encode(probe, kSentAt, packet, wall);
    EXPECT_EQ(number(std::span(packet).subspan(28, 4)), expected);
    EXPECT_EQ(plain_checksum(std::span(packet).subspan(20)), 0);
  }
}

TEST(TimestampRequest, ProvesNothingByATag) {
  const Packet packet = encoded(plain(18), kTarget4);
  const auto payload = std::span(packet).subspan(28);
  ASSERT_TRUE(plain(18).verify(payload));
  EXPECT_FALSE(timestamps().tags_payload());
  EXPECT_FALSE(timestamps().verify(payload));
}

TEST(SweepCodec, SequenceTellsTargetsAndPassesApart) {
  const SweepCodec codec(fixed_key(), {});
  EXPECT_EQ(codec.sequence(kIndex, kPass).value, 0xe9a2);
  int same = 0;
  for (std::uint64_t index = 0; index < 65536; ++index) {
    same += codec.sequence(index, Pass{0}) == codec.sequence(index, Pass{1}) ? 1 : 0;
    same += codec.sequence(index, Pass{0}) == codec.sequence(index + 1, Pass{0}) ? 1 : 0;
  }
  EXPECT_LT(same, 20);  // two are expected of chance
}

class Verify : public testing::Test {
 protected:
  const SweepCodec codec_ = codec(18);
  const Packet payload_ = [this] {
    const Packet packet = encoded(codec_, kTarget4);
    return Packet(packet.begin() + 28, packet.end());
  }();
};

TEST_F(Verify, AcceptsItsOwn) {
  const auto tagged = codec_.verify(payload_);
  ASSERT_TRUE(tagged);
  EXPECT_EQ(tagged->index, kIndex);
  EXPECT_EQ(tagged->pass, kPass);
  EXPECT_EQ(tagged->sent_at_mod48, nanoseconds(0x456789abcdef));
}

TEST_F(Verify, DoesNotMindWhatFollows) {
  Packet longer = payload_;
  longer.resize(200, 0x5a);
  EXPECT_TRUE(codec_.verify(longer));
}

TEST_F(Verify, RefusesEverySingleFlippedBit) {
  for (std::size_t bit = 0; bit < payload_.size() * 8; ++bit) {
    Packet flipped = payload_;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(codec_.verify(flipped)) << "bit " << bit;
  }
}

// The time's own hash is a mere product: whoever has seen a tag must not find another time for it. (With
// bytes that count up from 0 for a key he would: that is 2^128 / 255^2, and 65,025 ns more change nothing.)
TEST(SweepCodecTime, IsRefusedUnderAnotherTimesTag) {
  RunKey key = fixed_key();
  std::mt19937 random(1981);
  std::ranges::generate(key.tag_key, [&] { return static_cast<std::uint8_t>(random()); });
  const SweepCodec codec(key, {});
  const Packet packet = encoded(codec, kTarget6);
  Packet payload(packet.begin() + 8, packet.end());
  const std::uint64_t time = number(std::span(payload).first(6));
  for (std::uint64_t earlier = 0; earlier < 200'000; ++earlier) {
    for (std::size_t i = 0; i < 6; ++i) {
      payload[i] = static_cast<std::uint8_t>((time - earlier) >> 8 * (5 - i));
    }
    ASSERT_EQ(codec.verify(payload).has_value(), earlier == 0) << earlier;
  }
}

// Tags of one time differ between targets by what is hidden, and not in a way that one tells of another.
TEST_F(Verify, RefusesATagFromAnotherTarget) {
  for (std::uint64_t index = kIndex + 1; index < kIndex + 1000; ++index) {
    const Packet packet = encoded(codec_, {.index = index, .destination = kTarget4, .pass = kPass});
    Packet mixed = payload_;
    std::copy(packet.end() - 6, packet.end(), mixed.begin() + 12);
    ASSERT_FALSE(codec_.verify(mixed)) << index;
  }
}

TEST_F(Verify, RefusesWhatIsCutShort) {
  for (std::size_t size = 0; size < payload_.size(); ++size) {
    EXPECT_FALSE(codec_.verify(std::span(payload_).first(size))) << size;
  }
}

TEST_F(Verify, RefusesAnotherRunsAndChance) {
  RunKey other_time = fixed_key();
  other_time.tag_key[0] ^= 1;
  EXPECT_FALSE(SweepCodec(other_time, {}).verify(payload_));
  RunKey other_hash = fixed_key();
  other_hash.sequence_key[15] ^= 1;
  EXPECT_FALSE(SweepCodec(other_hash, {}).verify(payload_));
  std::mt19937 random(48);
  for (int i = 0; i < 100'000; ++i) {
    Packet chance(18);
    for (std::uint8_t& byte : chance) {
      byte = static_cast<std::uint8_t>(random());
    }
    ASSERT_FALSE(codec_.verify(chance)) << to_hex(chance);
  }
}

TEST_F(Verify, AcceptsNothingWhereProbesCarryNoTag) {
  EXPECT_FALSE(codec(17).verify(payload_));
}

TEST(RoundTrip, IsTheTimeSinceSending) {
  const SweepCodec codec(fixed_key(), {});
  const Packet packet = encoded(codec, kTarget6);
  const auto tagged = codec.verify(std::span(packet).subspan(8));
  ASSERT_TRUE(tagged);
  EXPECT_EQ(SweepCodec::round_trip(*tagged, kSentAt), nanoseconds(0));
  EXPECT_EQ(SweepCodec::round_trip(*tagged, kSentAt + nanoseconds(123'456)), nanoseconds(123'456));
}

TEST(RoundTrip, CountsAcrossTheEndOfItsField) {
  constexpr std::int64_t kWhole = std::int64_t{1} << 48;
  const auto round_trip = [](std::int64_t sent, std::int64_t received) {
    const SweepCodec::Tagged tagged{.index = 0, .pass = Pass{0}, .sent_at_mod48 = nanoseconds(sent)};
    return SweepCodec::round_trip(tagged, MonotonicTime(nanoseconds(received))).count();
  };
  EXPECT_EQ(round_trip(kWhole - 10, kWhole + 5), 15);
  EXPECT_EQ(round_trip(kWhole - 1, 5 * kWhole), 1);
  EXPECT_EQ(round_trip(0, 7 * kWhole - 1), kWhole - 1);
  EXPECT_EQ(round_trip(100, 99), kWhole - 1);  // before it was sent: far more than any timeout
}

TEST(RunKeyRandom, IsNeverTwiceTheSameAndHasAnIdentifier) {
  std::set<std::array<std::uint8_t, 16>> keys;
  for (int i = 0; i < 1000; ++i) {
    const auto key = RunKey::random();
    ASSERT_TRUE(key);
    EXPECT_NE(key->identifier.value, 0);
    keys.insert(key->tag_key);
    keys.insert(key->sequence_key);
  }
  EXPECT_EQ(keys.size(), 2000U);
}

}  // namespace
}  // namespace echosweep::packet

// What no example thinks of: bytes by chance, and examples spoilt by chance. The fuzz target goes further;
// this much runs with every build.

#include <gtest/gtest.h>

#include <random>

#include "examples.hpp"
#include "support/decoded.hpp"

namespace echosweep::packet {
namespace {

/// Decodes a copy that ends where its last byte ends, so that a sanitizer sees a read behind it.
bool decodes(Family family, const Packet& bytes) {
  const Packet packet(bytes.begin(), bytes.end());
  const auto decoded = support::decoded(family, packet, 1);
  if (!decoded) {
    return false;
  }
  const auto payload = decoded->payload;
  EXPECT_EQ(decoded->source.family(), family);
  EXPECT_EQ(decoded->probed.family(), family);
  EXPECT_TRUE(payload.empty() || (payload.data() >= packet.data() &&
                                  payload.data() + payload.size() <= packet.data() + packet.size()));
  EXPECT_GE(decoded->size, 8U);
  EXPECT_LE(decoded->size, packet.size()) << "nobody said that it was cut";
  return true;
}

TEST(DecodeRandom, BytesByChance) {
  std::mt19937 random(791);
  for (int round = 0; round < 100'000; ++round) {
    Packet packet(random() % 200);
    for (std::uint8_t& byte : packet) {
      byte = static_cast<std::uint8_t>(random());
    }
    const Family family = round % 2 == 0 ? Family::kIpv4 : Family::kIpv6;
    if (!packet.empty() && round % 4 < 2) {  // past the first test, or all would end there
      packet[0] = family == Family::kIpv4 ? static_cast<std::uint8_t>(0x40 | (packet[0] & 15)) : 0x60;
    }
    decodes(family, packet);
  }
}

TEST(DecodeRandom, ExamplesSpoiltByChance) {
  std::mt19937 random(4443);
  std::vector<std::pair<Family, Packet>> examples = {
      {Family::kIpv4, reply4()},
      {Family::kIpv4, patch4(hex(kFromTarget4), hex("0e000000 beef2337 00000001 00000002 00000003"))},
      {Family::kIpv6, reply6()}};
  for (const IcmpError& error : all_errors()) {
    examples.emplace_back(error.family, error.family == Family::kIpv4
                                            ? error4(error.type, error.code, quote4(26))
                                            : error6(error.type, error.code, quote6(26)));
  }
  int decoded = 0;
  for (int round = 0; round < 100'000; ++round) {
    auto [family, packet] = examples[random() % examples.size()];
    const auto spoilt = 1 + random() % 4;
    for (unsigned i = 0; i < spoilt; ++i) {
      packet[random() % packet.size()] = static_cast<std::uint8_t>(random());
    }
    // A cut packet's checksum cannot be verified: so the spoilt bytes get past it.
    packet.resize(random() % (packet.size() + 1));
    decoded += decodes(family, packet) ? 1 : 0;
  }
  EXPECT_GT(decoded, 1000) << "nothing got deep into the decoder";
}

}  // namespace
}  // namespace echosweep::packet

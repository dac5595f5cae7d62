#include "packet/checksum.hpp"

#include <gtest/gtest.h>

#include <random>

#include "bytes_of.hpp"

namespace echosweep::packet {
namespace {

std::uint16_t checksum_of(std::span<const std::uint8_t> bytes) {
  ChecksumSum sum;
  sum.add(bytes);
  return sum.checksum();
}

Packet random_bytes(std::mt19937& random, std::size_t size) {
  Packet bytes(size);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(random());
  }
  return bytes;
}

// RFC 1071, section 3: the sum of these words is ddf2, before it is complemented.
TEST(Checksum, IsThatOfTheStandardsExample) {
  EXPECT_EQ(checksum_of(hex("0001 f203 f4f5 f6f7")), static_cast<std::uint16_t>(~0xddf2));
}

TEST(Checksum, OfAWholeHeaderIsZero) {
  const Packet header = hex("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7");
  EXPECT_EQ(checksum_of(header), 0);
  Packet without = header;
  without[10] = without[11] = 0;
  EXPECT_EQ(checksum_of(without), 0xb861);
}

TEST(Checksum, PadsAnOddLastByteWithZero) {
  EXPECT_EQ(checksum_of(hex("01")), static_cast<std::uint16_t>(~0x0100));
  EXPECT_EQ(checksum_of(hex("0001 f203 f4")),
            static_cast<std::uint16_t>(~0xe605));  // 1 + f203 + f400, the carry added
  EXPECT_EQ(checksum_of(hex("0001 f203 f4")), checksum_of(hex("0001 f203 f400")));
}

TEST(Checksum, OfNothingAndOfExtremes) {
  EXPECT_EQ(ChecksumSum{}.checksum(), 0xffff);
  EXPECT_EQ(checksum_of(hex("0000")), 0xffff);
  EXPECT_EQ(checksum_of(hex("ffff")), 0);
  // The largest packet there is: carries must not get lost on the way.
  EXPECT_EQ(checksum_of(Packet(65534, 0xff)), 0);
  EXPECT_EQ(checksum_of(Packet(65535, 0xff)), plain_checksum(Packet(65535, 0xff)));
}

TEST(Checksum, OfPartsIsThatOfTheWhole) {
  std::mt19937 random(1071);
  for (int round = 0; round < 2000; ++round) {
    const Packet bytes = random_bytes(random, random() % 300);
    const std::size_t cut = bytes.empty() ? 0 : random() % bytes.size() & ~std::size_t{1};
    ChecksumSum parts;
    parts.add(std::span(bytes).first(cut));
    parts.add(std::span(bytes).subspan(cut));
    EXPECT_EQ(parts.checksum(), checksum_of(bytes));
    EXPECT_EQ(checksum_of(bytes), plain_checksum(bytes)) << to_hex(bytes);
  }
}

// RFC 1624: HC' = ~(~HC + ~m + m').
TEST(Checksum, TakesChangesInsteadOfAllBytes) {
  std::mt19937 random(1624);
  for (int round = 0; round < 2000; ++round) {
    Packet bytes = random_bytes(random, 2 + random() % 200);
    const std::uint16_t before = checksum_of(bytes);
    const std::size_t at = random() % (bytes.size() - 1) & ~std::size_t{1};
    const auto was = static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
    const auto becomes = static_cast<std::uint16_t>(random());
    bytes[at] = static_cast<std::uint8_t>(becomes >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(becomes);
    ChecksumSum sum;
    sum.add_word(static_cast<std::uint16_t>(~before));
    sum.add_word(static_cast<std::uint16_t>(~was));
    sum.add_word(becomes);
    EXPECT_EQ(sum.checksum(), checksum_of(bytes)) << to_hex(bytes);
  }
}

}  // namespace
}  // namespace echosweep::packet

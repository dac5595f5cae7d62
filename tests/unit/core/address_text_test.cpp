#include "core/address_text.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>

#include <array>
#include <random>

namespace echosweep {
namespace {

std::string bare(const Address& address) {
  std::string text(kLongestAddressText, 'x');
  text.resize(static_cast<std::size_t>(write_bare_address(address, text.data()) - text.data()));
  return text;
}

std::string by_the_library(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.is_v4() ? AF_INET : AF_INET6, address.bytes().data(), text.data(), text.size());
  return text.data();
}

TEST(AddressText, AgreesWithTheLibraryOnEveryOctet) {
  for (std::uint32_t octet = 0; octet < 256; ++octet) {
    const Address address = Address::v4(octet << 24 | (255 - octet) << 16 | (octet * 7 & 255) << 8 | octet);
    ASSERT_EQ(bare(address), by_the_library(address));
  }
}

TEST(AddressText, AgreesWithTheLibraryOnEveryPatternOfZeroWords) {
  std::mt19937_64 random(5952);
  for (unsigned pattern = 0; pattern < 256; ++pattern) {
    for (int round = 0; round < 64; ++round) {
      Uint128 value = 0;
      for (unsigned word = 0; word < 8; ++word) {
        const std::uint64_t digits = random() % 4 * 4;
        const std::uint64_t any = round == 0 ? 0xffff : (random() & 0xffff) >> digits;
        value = value << 16 | ((pattern >> word & 1) != 0 ? any : 0);
      }
      const Address address = Address::v6(value);
      ASSERT_EQ(bare(address), by_the_library(address));
    }
  }
}

TEST(AddressText, AgreesWithTheLibraryOnAddressesThatHoldAnother) {
  for (const Uint128 prefix : {Uint128{0}, Uint128{0xffff} << 32, Uint128{0xffff0000} << 32}) {
    for (const std::uint32_t low : {0U, 1U, 0xffffU, 0x10000U, 0xc6120304U, 0xffffffffU}) {
      const Address address = Address::v6(prefix | low);
      ASSERT_EQ(bare(address), by_the_library(address));
    }
  }
}

TEST(ZoneSuffix, IsTheInterfacesNameOrItsNumber) {
  EXPECT_EQ(zone_suffix(0), "");
  EXPECT_EQ(zone_suffix(if_nametoindex("lo")), "%lo");
  EXPECT_EQ(zone_suffix(2'000'000'000), "%2000000000");
}

}  // namespace
}  // namespace echosweep

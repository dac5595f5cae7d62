#include "core/mac_address.hpp"

#include <gtest/gtest.h>

namespace echosweep {
namespace {

TEST(MacAddress, IsWrittenAsSixPairsOfDigits) {
  EXPECT_EQ(to_string(MacAddress{{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01}}), "02:00:5e:10:00:01");
  EXPECT_EQ(to_string(MacAddress{{0xff, 0xfe, 0xab, 0xcd, 0xef, 0x09}}), "ff:fe:ab:cd:ef:09");
  EXPECT_EQ(to_string(MacAddress{}), "00:00:00:00:00:00");
}

TEST(MacAddress, AllZeroIsNone) {
  EXPECT_TRUE(MacAddress{}.empty());
  for (std::size_t i = 0; i < 6; ++i) {
    MacAddress mac;
    mac.bytes[i] = 1;
    EXPECT_FALSE(mac.empty());
  }
}

TEST(MacAddress, IsANumberAndBack) {
  const MacAddress mac{{0x02, 0xe5, 0x01, 0x80, 0xff, 0x07}};
  EXPECT_EQ(mac.value(), 0x02e50180ff07U);
  EXPECT_EQ(MacAddress::from_value(0x02e50180ff07U), mac);
  EXPECT_EQ(MacAddress::from_value(MacAddress{}.value()), MacAddress{});
  EXPECT_EQ(MacAddress::from_value(0xffffffffffffU).bytes,
            (std::array<std::uint8_t, 6>{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
}

TEST(MacAddress, IsOrderedByItsBytes) {
  EXPECT_LT((MacAddress{{1, 2, 3, 4, 5, 6}}), (MacAddress{{1, 2, 3, 4, 5, 7}}));
  EXPECT_LT((MacAddress{{1, 9, 9, 9, 9, 9}}), (MacAddress{{2, 0, 0, 0, 0, 0}}));
}

}  // namespace
}  // namespace echosweep

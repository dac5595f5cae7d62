#include "map/hilbert.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace echosweep::map {

/// Found by GoogleTest where the type lives, and there alone.
static void PrintTo(const Place& place, std::ostream* out) {
  *out << place.column << ',' << place.row;
}

namespace {

TEST(Hilbert, GoesThroughFourQuadrantsClockwise) {
  const std::vector<Place> expected = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(place_of(i, 2), expected[i]) << i;
  }
}

TEST(Hilbert, KnowsTheCurveOfSecondOrder) {
  // Drawn by hand, as numbers in their places.
  constexpr std::uint64_t kDrawing[4][4] = {{0, 3, 4, 5}, {1, 2, 7, 6}, {14, 13, 8, 9}, {15, 12, 11, 10}};
  for (std::uint32_t row = 0; row < 4; ++row) {
    for (std::uint32_t column = 0; column < 4; ++column) {
      EXPECT_EQ(index_of({column, row}, 4), kDrawing[row][column]) << column << ',' << row;
    }
  }
}

TEST(Hilbert, AnOddNumberOfBitsIsTwiceAsWideAsHigh) {
  EXPECT_EQ(columns_of(5), 8U);
  EXPECT_EQ(rows_of(5), 4U);
  EXPECT_EQ(columns_of(0), 1U);
  EXPECT_EQ(rows_of(0), 1U);
  EXPECT_EQ(place_of(0, 1), (Place{0, 0}));
  EXPECT_EQ(place_of(1, 1), (Place{1, 0}));
}

class HilbertOfBits : public testing::TestWithParam<int> {};

TEST_P(HilbertOfBits, ReachesEveryPlaceOnceAndBack) {
  const int bits = GetParam();
  std::vector<bool> seen(std::size_t{1} << bits);
  for (std::uint64_t i = 0; i < seen.size(); ++i) {
    const Place place = place_of(i, bits);
    ASSERT_LT(place.column, columns_of(bits)) << i;
    ASSERT_LT(place.row, rows_of(bits)) << i;
    const std::size_t number = place.row * columns_of(bits) + place.column;
    ASSERT_FALSE(seen[number]) << i;
    seen[number] = true;
    ASSERT_EQ(index_of(place, bits), i);
  }
}

TEST_P(HilbertOfBits, NeverJumps) {
  const int bits = GetParam();
  for (std::uint64_t i = 1; i < std::uint64_t{1} << bits; ++i) {
    const Place before = place_of(i - 1, bits);
    const Place place = place_of(i, bits);
    const int far = std::abs(static_cast<int>(place.column) - static_cast<int>(before.column)) +
                    std::abs(static_cast<int>(place.row) - static_cast<int>(before.row));
    ASSERT_EQ(far, 1) << i;
  }
}

TEST_P(HilbertOfBits, KeepsEachAlignedBlockTogetherWhereTheCoarseCurveHasIt) {
  const int bits = GetParam();
  for (int block_bits = bits % 2; block_bits <= bits; block_bits += 2) {
    const int inner = bits - block_bits;
    for (std::uint64_t i = 0; i < std::uint64_t{1} << bits; ++i) {
      const Place place = place_of(i, bits);
      const Place block = place_of(i >> inner, block_bits);
      ASSERT_EQ(place.column >> inner / 2, block.column) << i << " of " << block_bits;
      ASSERT_EQ(place.row >> inner / 2, block.row) << i << " of " << block_bits;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllSizes, HilbertOfBits, testing::Range(0, 14));

TEST(Hilbert, IsExactWithManyBits) {
  for (const std::uint64_t index :
       {std::uint64_t{0}, (std::uint64_t{1} << 62) - 1, std::uint64_t{0x123456789abcdef}}) {
    EXPECT_EQ(index_of(place_of(index, 62), 62), index);
  }
}

}  // namespace
}  // namespace echosweep::map

#include "targets/permutation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

namespace echosweep::targets {
namespace {

/// How many cursors break the rule that each index is hit exactly once and leads back to its cursor.
std::uint64_t flaws(std::uint64_t size, std::uint64_t seed) {
  const Permutation permutation(size, seed);
  std::vector<bool> seen(size);
  std::uint64_t flaws = 0;
  for (std::uint64_t cursor = 0; cursor < size; ++cursor) {
    const std::uint64_t index = permutation.at(cursor);
    if (index >= size || seen[index] || permutation.cursor_of(index) != cursor) {
      ++flaws;
      continue;
    }
    seen[index] = true;
  }
  return flaws;
}

TEST(Permutation, HitsEachIndexOfASmallSetOnce) {
  for (std::uint64_t size = 1; size <= 600; ++size) {
    for (const std::uint64_t seed : {0ULL, 1ULL, ~0ULL}) {
      ASSERT_EQ(flaws(size, seed), 0U) << "size " << size << ", seed " << seed;
    }
  }
}

class WholeSet : public testing::TestWithParam<std::uint64_t> {};

TEST_P(WholeSet, IsHitOnceAndLeadsBack) {
  EXPECT_EQ(flaws(GetParam(), 20240229), 0U);
}

INSTANTIATE_TEST_SUITE_P(Permutation, WholeSet,
                         testing::Values(4095, 4096, 4097, 65534, 65535, 65536, 65537, 1'000'003,
                                         (1U << 22) + 1, (1U << 23) - 1, 10'000'019, (1U << 24) - 1,
                                         1U << 24));

class HugeSet : public testing::TestWithParam<std::uint64_t> {};

TEST_P(HugeSet, LeadsBackFromEverySample) {
  const std::uint64_t size = GetParam();
  for (const std::uint64_t seed : {1ULL, 77ULL}) {
    const Permutation permutation(size, seed);
    std::set<std::uint64_t> seen;
    std::uint64_t cursor = 0;
    for (int i = 0; i < 20'000; ++i) {
      cursor = i < 100   ? static_cast<std::uint64_t>(i)
               : i < 200 ? size - 1 - static_cast<std::uint64_t>(i - 100)
                         : (cursor * 6364136223846793005 + 1442695040888963407) % size;
      const std::uint64_t index = permutation.at(cursor);
      ASSERT_LT(index, size);
      ASSERT_EQ(permutation.cursor_of(index), cursor);
      ASSERT_EQ(permutation.at(permutation.cursor_of(cursor)), cursor);
      seen.insert(index);
    }
    EXPECT_GT(seen.size(), 19'900U);  // the samples themselves may repeat a cursor or two
  }
}

INSTANTIATE_TEST_SUITE_P(Permutation, HugeSet,
                         testing::Values(std::uint64_t{1} << 32, (std::uint64_t{1} << 32) + 1,
                                         std::uint64_t{1} << 33, (std::uint64_t{1} << 33) - 1,
                                         std::uint64_t{1} << 48, (std::uint64_t{1} << 48) - 12345,
                                         (std::uint64_t{1} << 62) + 1, (std::uint64_t{1} << 63) - 1,
                                         std::uint64_t{1} << 63));

TEST(Permutation, ScattersNeighbouringCursorsOverTheNetworks) {
  for (const std::uint64_t seed : {1ULL, 2ULL, 3ULL, 4ULL}) {
    const Permutation permutation(65536, seed);
    int same_network = 0;
    int neighbours = 0;
    for (std::uint64_t cursor = 0; cursor + 1 < 65536; ++cursor) {
      const std::uint64_t here = permutation.at(cursor);
      const std::uint64_t next = permutation.at(cursor + 1);
      same_network += here >> 8 == next >> 8 ? 1 : 0;
      neighbours += here + 1 == next ? 1 : 0;
    }
    // A fair shuffle has 255 of the first (one in 257) with a deviation of 16, and one of the second.
    EXPECT_GT(same_network, 255 - 6 * 16) << seed;
    EXPECT_LT(same_network, 255 + 6 * 16) << seed;
    EXPECT_LT(neighbours, 12) << seed;
  }
}

TEST(Permutation, SpreadsEachStretchOfItEvenly) {
  const Permutation permutation(std::uint64_t{1} << 24, 5);
  for (std::uint64_t stretch = 0; stretch < 20; ++stretch) {
    std::vector<double> hits(256);
    for (std::uint64_t i = 0; i < 4096; ++i) {
      hits[permutation.at(stretch * 4096 + i) >> 16] += 1;
    }
    double chi_square = 0;
    for (const double count : hits) {
      chi_square += (count - 16) * (count - 16) / 16;
    }
    // 255 degrees of freedom: mean 255, deviation 22.6.
    EXPECT_LT(chi_square, 255 + 6 * 22.6) << stretch;
    EXPECT_GT(chi_square, 255 - 6 * 22.6) << stretch;
  }
}

TEST(Permutation, EachSeedHasAnOrderOfItsOwn) {
  const Permutation one(65536, 1);
  for (const std::uint64_t seed : {0ULL, 2ULL, 1ULL << 32, 1ULL << 63}) {
    const Permutation other(65536, seed);
    int same = 0;
    for (std::uint64_t cursor = 0; cursor < 65536; ++cursor) {
      same += one.at(cursor) == other.at(cursor) ? 1 : 0;
    }
    EXPECT_LT(same, 12) << seed;  // one is to be expected
  }
}

TEST(Permutation, EveryTargetOfASmallSetComesFirstEquallyOften) {
  std::vector<int> first(10);
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    ++first[Permutation(10, seed).at(0)];
  }
  for (const int count : first) {
    EXPECT_NEAR(count, 1000, 6 * 30);
  }
}

TEST(Permutation, RepeatsTheSameOrderInEveryVersion) {
  const auto head = [](std::uint64_t size, std::uint64_t seed) {
    const Permutation permutation(size, seed);
    std::vector<std::uint64_t> out;
    out.reserve(5);
    for (std::uint64_t cursor = 0; cursor < 5; ++cursor) {
      out.push_back(permutation.at(cursor));
    }
    return out;
  };
  EXPECT_THAT(head(5, 1), testing::ElementsAre(3, 0, 4, 2, 1));
  EXPECT_THAT(head(65536, 1), testing::ElementsAre(4628, 48381, 16706, 47990, 29119));
  EXPECT_THAT(head(std::uint64_t{1} << 33, 42),
              testing::ElementsAre(5014118912, 4074192172, 780667567, 6999414384, 5173395732));
}

TEST(Order, IsTheInputsOrAPermutation) {
  const Order given = Order::input(1000);
  const Order random = Order::random(1000, 9);
  const Permutation permutation(1000, 9);
  EXPECT_FALSE(given.is_random());
  EXPECT_TRUE(random.is_random());
  EXPECT_EQ(given.size(), 1000U);
  EXPECT_EQ(random.size(), 1000U);
  for (std::uint64_t cursor = 0; cursor < 1000; ++cursor) {
    EXPECT_EQ(given.at(cursor), cursor);
    EXPECT_EQ(given.cursor_of(cursor), cursor);
    EXPECT_EQ(random.at(cursor), permutation.at(cursor));
    EXPECT_EQ(random.cursor_of(cursor), permutation.cursor_of(cursor));
  }
}

TEST(Order, PartsShareNothingAndMakeTheWhole) {
  for (const std::uint64_t size : {1U, 5U, 1000U, 4099U}) {
    for (const std::uint64_t count : {1U, 2U, 7U, 1000U}) {
      const Order whole = Order::random(size, 9);
      std::vector<std::uint64_t> all;
      for (std::uint64_t index = 1; index <= count; ++index) {
        const Order part = whole.part({.index = index, .count = count});
        EXPECT_LE(part.size(), size / count + 1);
        EXPECT_GE(part.size(), size / count);
        for (std::uint64_t cursor = 0; cursor < part.size(); ++cursor) {
          EXPECT_EQ(part.at(cursor), whole.at(all.size()));
          EXPECT_EQ(part.cursor_of(part.at(cursor)), cursor);
          all.push_back(part.at(cursor));
        }
      }
      std::ranges::sort(all);
      std::vector<std::uint64_t> wanted(size);
      std::iota(wanted.begin(), wanted.end(), 0);
      EXPECT_EQ(all, wanted) << count << " parts of " << size;
    }
  }
}

TEST(Order, APartKnowsWhatIsNotItsOwn) {
  const Order whole = Order::random(1000, 9);
  const Order part = whole.part({.index = 2, .count = 3});
  for (std::uint64_t cursor = 0; cursor < whole.size(); ++cursor) {
    const bool mine = cursor >= 333 && cursor < 666;
    EXPECT_EQ(part.cursor_of(whole.at(cursor)) < part.size(), mine);
  }
}

TEST(Order, PartsOfTheLargestOrderMeet) {
  constexpr std::uint64_t kSize = std::uint64_t{1} << 63;
  const Order whole = Order::random(kSize, 9);
  std::uint64_t sum = 0;
  for (std::uint64_t index = 1; index <= 65536; ++index) {
    sum += whole.part({.index = index, .count = 65536}).size();
  }
  EXPECT_EQ(sum, kSize);
}

}  // namespace
}  // namespace echosweep::targets

#include "targets/walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace echosweep::targets {
namespace {

TargetSet sixteen() {
  TargetSetBuilder builder;
  builder.add({Address::v4(0xc6120000), Address::v4(0xc612000f)}, false);
  return builder.build().value();
}

TEST(Walk, NumbersTargetsByTheirPlaceInTheOrder) {
  const TargetSet set = sixteen();
  const Order order = Order::random(set.size(), 3);
  const Walk walk(set, order);
  ASSERT_EQ(walk.size(), 16U);
  for (std::uint64_t number = 0; number < walk.size(); ++number) {
    EXPECT_EQ(walk.index_of(number), order.at(number));
    EXPECT_EQ(walk.at(number), set.at(order.at(number)));
    EXPECT_EQ(walk.find(walk.at(number)), number);
    EXPECT_EQ(walk.number_of(walk.index_of(number)), number);
  }
  EXPECT_EQ(walk.find(Address::v4(0xc6120010)), std::nullopt);
}

TEST(Walk, OfAShardKnowsItsOwnTargetsAlone) {
  const TargetSet set = sixteen();
  const Order whole = Order::random(set.size(), 3);
  std::vector<std::uint64_t> all;
  for (std::uint64_t shard = 1; shard <= 3; ++shard) {
    const Order order = whole.part({.index = shard, .count = 3});
    const Walk walk(set, order);
    std::vector<std::uint64_t> mine;
    walk.for_each_index([&](std::uint64_t index) { mine.push_back(index); });
    EXPECT_EQ(mine.size(), walk.size());
    EXPECT_TRUE(std::ranges::is_sorted(mine)) << "not in input order";
    for (std::uint64_t index = 0; index < set.size(); ++index) {
      const bool is_mine = std::ranges::binary_search(mine, index);
      EXPECT_EQ(walk.number_of(index).has_value(), is_mine);
      EXPECT_EQ(walk.find(set.at(index)).has_value(), is_mine);
    }
    all.insert(all.end(), mine.begin(), mine.end());
  }
  EXPECT_THAT(all, testing::SizeIs(16));
}

TEST(Walk, OfAllGoesThroughAllInInputOrder) {
  const TargetSet set = sixteen();
  const Order order = Order::random(set.size(), 3);
  std::uint64_t next = 0;
  Walk(set, order).for_each_index([&](std::uint64_t index) { EXPECT_EQ(index, next++); });
  EXPECT_EQ(next, set.size());
}

}  // namespace
}  // namespace echosweep::targets

// What was found for other targets.
#include <gtest/gtest.h>

#include <vector>

#include "modes/mtu_search.hpp"
#include "mtu_path.hpp"

namespace echosweep::modes {
namespace {

using Says = MtuPath::Says;
using mtu::Found;

TEST(MtuSearch, WhatWasToldOfAnotherTargetIsTriedFirst) {
  MtuHints hints;
  hints.add({.mtu = 1300, .told_by = MtuPath::router_address(2), .told_hop = 2});
  hints.add({.mtu = 600});
  const MtuPath path{.routers = {{}, {.mtu = 1300, .says = Says::kNothing}, {}}};
  MtuSearch search(Family::kIpv4, 1500, &hints);
  EXPECT_EQ(search_all(search, path), 7U)
      << "small, large, 1300, 1301, two for the hops, and is it on this path?";
  EXPECT_EQ(search.finding().mtu, 1300);
  EXPECT_EQ(search.finding().found, Found::kElsewhere);
  EXPECT_EQ(search.finding().told_by, MtuPath::router_address(2));
  EXPECT_EQ(search.finding().told_hop, 2);
  EXPECT_EQ(search.finding().lost_size, 0) << "limited errors are no black hole";
}

/// 1492 and 1400 are everywhere.
TEST(MtuSearch, ABlackHoleIsNotHiddenByWhatARouterOfAnotherPathToldOfAnotherTarget) {
  const MtuPath path{.routers = {{}, {.mtu = 1400, .says = Says::kNothing}, {}}};
  const MtuHints::Hint others[] = {
      {.mtu = 1400, .told_by = MtuPath::router_address(7), .told_hop = 2},  // somebody else is there
      {.mtu = 1400, .told_by = MtuPath::router_address(2), .told_hop = 1},
      {.mtu = 1400, .told_by = MtuPath::router_address(2), .told_hop = 0},  // nobody knows where
      {.mtu = 1400, .told_by = MtuPath::router_address(9), .told_hop = 9},  // the target is nearer
  };
  for (const MtuHints::Hint& other : others) {
    MtuHints hints;
    hints.add(other);
    MtuSearch search(Family::kIpv4, 1500, &hints);
    search_all(search, path);
    ASSERT_TRUE(search.done());
    EXPECT_EQ(search.finding().mtu, 1400);
    EXPECT_EQ(search.finding().found, Found::kSearched) << int{other.told_hop};
    EXPECT_FALSE(search.finding().told_by);
    EXPECT_EQ(search.finding().lost_size, 1401);
    EXPECT_EQ(search.finding().lost_after_hop, 2);
  }
}

TEST(MtuSearch, ARouterThatDoesNotSayWhetherItIsOnThisPathExplainsNothing) {
  MtuHints hints;
  hints.add({.mtu = 1400, .told_by = MtuPath::router_address(2), .told_hop = 2});
  const MtuPath path{.routers = {{}, {.mtu = 1400, .says = Says::kNothing, .mute = true}, {}, {}}};
  MtuSearch search(Family::kIpv4, 1500, &hints);
  search_all(search, path);
  EXPECT_EQ(search.finding().found, Found::kSearched);
  EXPECT_EQ(search.finding().lost_size, 1401);
  EXPECT_EQ(search.finding().lost_after_hop, 1);
  EXPECT_EQ(search.finding().lost_before_hop, 3);
}

TEST(MtuSearch, AHintThatIsWrongHereDoesNoHarm) {
  for (const int hint : {70, 1299, 1301, 1400, 1499, 1500, 9000}) {
    MtuHints hints;
    hints.add(
        {.mtu = static_cast<std::uint16_t>(hint), .told_by = MtuPath::router_address(7), .told_hop = 2});
    for (const Says says : {Says::kMtu, Says::kZero, Says::kNothing}) {
      const MtuPath path{.routers = {{}, {.mtu = 1300, .says = says}, {}}};
      MtuSearch search(Family::kIpv4, 1500, &hints);
      search_all(search, path);
      EXPECT_EQ(search.finding().mtu, 1300) << hint;
      EXPECT_EQ(search.finding().found, says == Says::kMtu ? Found::kTold : Found::kSearched) << hint;
      EXPECT_EQ(search.finding().lost_size, says == Says::kNothing ? 1301 : 0) << hint;
    }
  }
}

TEST(MtuSearch, ABlackHoleOfOtherTargetsIsOneHereToo) {
  MtuHints hints;
  hints.add({.mtu = 1300});
  const MtuPath path{.routers = {{}, {.mtu = 1300, .says = Says::kNothing}, {}}};
  MtuSearch search(Family::kIpv4, 1500, &hints);
  search_all(search, path);
  EXPECT_EQ(search.finding().found, Found::kSearched);
  EXPECT_EQ(search.finding().lost_size, 1301);
  EXPECT_EQ(search.finding().lost_after_hop, 2);
}

}  // namespace
}  // namespace echosweep::modes

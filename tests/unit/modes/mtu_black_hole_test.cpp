#include "modes/mtu_black_hole.hpp"

#include <gtest/gtest.h>

namespace echosweep::modes {
namespace {

using Kind = mtu::Answer::Kind;
using mtu::Question;

constexpr std::uint8_t kHops = 5;
const Address kRouter = Address::v4(0xc6120001);
const mtu::Answer kExpired{.kind = Kind::kExpired, .from = kRouter};
const mtu::Answer kSilence{};

mtu::Finding found(const MtuBlackHole& hole) {
  mtu::Finding finding;
  hole.put(finding);
  return finding;
}

TEST(MtuBlackHole, AsksNothingWhereNothingIsLost) {
  EXPECT_FALSE(MtuBlackHole(68).question(kHops));
}

TEST(MtuBlackHole, AsksEachHopAboutASmallPacketAndThenALargeOne) {
  MtuBlackHole hole(68);
  hole.lose(1401);
  EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{1}}));
  EXPECT_TRUE(hole.is_about_small());
  hole.answer(kExpired);
  EXPECT_EQ(hole.question(kHops), (Question{1401, Ttl{1}}));
  EXPECT_FALSE(hole.is_about_small());
  hole.answer(kExpired);
  EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{2}}));
  EXPECT_EQ(hole.after(), kRouter);
  hole.answer(kSilence);
  EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{3}})) << "that hop says nothing at all";
  hole.answer(kExpired);
  hole.answer(kSilence);
  EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{3}})) << "does it still speak?";
  EXPECT_TRUE(hole.is_about_small());
  hole.answer(kExpired);
  EXPECT_FALSE(hole.question(kHops));
  EXPECT_EQ(found(hole).lost_size, 1401);
  EXPECT_EQ(found(hole).lost_after_hop, 1);
  EXPECT_EQ(found(hole).lost_before_hop, 3);
}

TEST(MtuBlackHole, ARouterThatLimitsItsErrorsCountsAsMute) {
  MtuBlackHole hole(68);
  hole.lose(1401);
  hole.answer(kExpired);
  hole.answer(kSilence);
  hole.answer(kSilence);  // the small one, which it answered before
  EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{2}}));
  hole.answer(kExpired);
  hole.answer(kExpired);  // it was not lost at the first hop
  EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{3}}));
  EXPECT_EQ(found(hole).lost_after_hop, 2);
  EXPECT_EQ(found(hole).lost_before_hop, 0);
}

TEST(MtuBlackHole, TheTargetItselfIsNotAsked) {
  MtuBlackHole hole(68);
  hole.lose(1401);
  EXPECT_FALSE(hole.question(1));
  EXPECT_TRUE(hole.question(2));
}

TEST(MtuBlackHole, OnlyASmallerSizeBeginsAnew) {
  MtuBlackHole hole(68);
  hole.lose(1400);
  hole.answer(kExpired);
  hole.answer(kExpired);
  for (const std::uint16_t known : {std::uint16_t{1400}, std::uint16_t{1500}}) {
    hole.lose(known);
    EXPECT_EQ(hole.size(), 1400);
    EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{2}}));
  }
  hole.lose(1399);
  EXPECT_EQ(hole.size(), 1399);
  EXPECT_EQ(hole.question(kHops), (Question{68, Ttl{1}}));
  EXPECT_FALSE(hole.after());
  hole.close();
  EXPECT_EQ(hole.size(), 0);
  EXPECT_FALSE(hole.question(kHops));
}

TEST(MtuBlackHole, WhatMayNotLeaveEndsIt) {
  MtuBlackHole hole(68);
  hole.lose(1401);
  hole.answer(kExpired);
  hole.answer({.kind = Kind::kNotSent, .error_number = 1});
  EXPECT_FALSE(hole.question(kHops));
  EXPECT_EQ(found(hole).lost_before_hop, 0);
}

}  // namespace
}  // namespace echosweep::modes

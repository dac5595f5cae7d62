// Silence, errors that end a search, and what the kernel does not let out.
#include <gtest/gtest.h>

#include <vector>

#include "modes/mtu_search.hpp"
#include "mtu_searched.hpp"

namespace echosweep::modes {
namespace {

using Kind = mtu::Answer::Kind;
using Says = MtuPath::Says;
using mtu::Finding;
using mtu::Found;
using mtu::Outcome;

constexpr Ttl kTtl = MtuSearch::kTtl;

TEST(MtuSearch, WhatWasLostOnceIsAskedAboutAgainBeforeItCountsAsABlackHole) {
  const MtuPath path{.routers = {{}, {}}};
  MtuSearch search(Family::kIpv4, 1500);
  unsigned lost = 0;
  while (!search.done()) {
    const bool loses = search.question().size == 1500 && lost < 1;
    lost += loses ? 1U : 0U;
    search.answer(loses ? kSilence : path(search.question()));
  }
  EXPECT_EQ(search.finding().mtu, 1500);
  EXPECT_EQ(search.finding().lost_size, 0);
}

TEST(MtuSearch, ATargetThatSaysNothingTakesTwoQuestions) {
  const auto [finding, questions] = search({.routers = {{}, {}}, .target_answers = false});
  EXPECT_EQ(finding.outcome, Outcome::kSilent);
  EXPECT_EQ(finding.mtu, 0);
  EXPECT_EQ(questions, 2U);
}

TEST(MtuSearch, WhatRoutersTellOfASilentTargetIsKeptAsTold) {
  const auto [finding, questions] =
      search({.routers = {{.mtu = 1400}, {.mtu = 1300}}, .target_answers = false});
  EXPECT_EQ(finding.outcome, Outcome::kToldOnly);
  EXPECT_EQ(finding.mtu, 1300);
  EXPECT_EQ(finding.told_by, MtuPath::router_address(2));
  EXPECT_EQ(questions, 4U);
}

TEST(MtuSearch, AnErrorAboutTheSmallPacketEndsIt) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer({.kind = Kind::kRefused,
                 .from = MtuPath::router_address(2),
                 .error = {.family = Family::kIpv4, .type = 3, .code = 1}});
  EXPECT_TRUE(search.done());
  EXPECT_EQ(search.finding().outcome, Outcome::kUnreachable);
  EXPECT_EQ(search.finding().error_from, MtuPath::router_address(2));
  EXPECT_EQ(search.finding().error.code, 1);
}

TEST(MtuSearch, WhatTheKernelDoesNotSendEndsIt) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer({.kind = Kind::kNotSent, .error_number = 13});
  EXPECT_TRUE(search.done());
  EXPECT_EQ(search.finding().outcome, Outcome::kNotSent);
  EXPECT_EQ(search.finding().error_number, 13);
}

TEST(MtuSearch, ThatASmallPacketIsTooBigIsNoReasonToGoBelowIt) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(too_big(0));
  EXPECT_EQ(search.question().size, 1500);
  search.answer(arrived());
  EXPECT_EQ(search.finding().mtu, 1500);
}

TEST(MtuSearch, AnInterfaceThatTakesLessThanItSaysIsTheLimit) {
  MtuSearch search(Family::kIpv4, 1500);
  while (!search.done()) {
    search.answer(search.question().size > 1432 ? mtu::Answer{.kind = Kind::kLocalLimit} : arrived(64));
  }
  EXPECT_EQ(search.finding().mtu, 1432);
  EXPECT_EQ(search.finding().found, Found::kInterface);
}

/// Nothing about a size that is refused when it is asked about again is a riddle any more.
TEST(MtuSearch, SilenceThatTurnsIntoAWordTakesNoMoreQuestions) {
  const MtuPath path{.routers = {{}, {.mtu = 1400, .says = Says::kNothing}, {}}};
  for (const Kind kind : {Kind::kRefused, Kind::kExpired, Kind::kLocalLimit}) {
    MtuSearch search(Family::kIpv4, 1500);
    unsigned questions = 0;
    unsigned times = 0;  // it was asked about 1,401 bytes
    while (!search.done()) {
      ASSERT_LT(++questions, 30U);
      const mtu::Question asked = search.question();
      times += asked.size == 1401 && asked.ttl == kTtl ? 1U : 0U;
      const bool is_again = asked.size == 1401 && times == 2;
      search.answer(is_again ? mtu::Answer{.kind = kind, .from = MtuPath::router_address(2)} : path(asked));
    }
    EXPECT_EQ(search.finding().mtu, 1400);
    EXPECT_EQ(search.finding().lost_size, 0);
  }
}

TEST(MtuSearch, WhatTheKernelDoesNotSendSaysNothingOfThePath) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  EXPECT_FALSE(search.size_is_known());
  search.answer({.kind = Kind::kNotSent, .error_number = 1});
  EXPECT_TRUE(search.done());
  EXPECT_EQ(search.finding().outcome, Outcome::kNotSent);
  EXPECT_EQ(search.finding().error_number, 1);
  EXPECT_EQ(search.finding().mtu, 0);
}

TEST(MtuSearch, WhatWasToldDoesNotCountWhereItCouldNotBeTried) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  search.answer(too_big(1400));
  search.answer({.kind = Kind::kNotSent, .error_number = 1});
  EXPECT_EQ(search.finding().outcome, Outcome::kNotSent);
}

TEST(MtuSearch, ASizeThatIsKnownStaysKnownThoughTheHopsAreNotSent) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  search.answer(arrived());
  EXPECT_TRUE(search.size_is_known());
  EXPECT_EQ(search.finding().hops, 0) << "not known yet";
  search.answer({.kind = Kind::kNotSent, .error_number = 1});
  EXPECT_TRUE(search.done());
  EXPECT_EQ(search.finding().outcome, Outcome::kFound);
  EXPECT_EQ(search.finding().mtu, 1500);
}

}  // namespace
}  // namespace echosweep::modes

#include "modes/mtu_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "mtu_searched.hpp"

namespace echosweep::modes {
namespace {

using Kind = mtu::Answer::Kind;
using Says = MtuPath::Says;
using mtu::Finding;
using mtu::Found;
using mtu::Outcome;
using mtu::Question;

constexpr Ttl kTtl = MtuSearch::kTtl;

TEST(MtuSearch, AsksASmallPacketThenTheLargest) {
  MtuSearch search(Family::kIpv4, 1500);
  EXPECT_EQ(search.question(), (Question{68, kTtl}));
  search.answer(arrived());
  EXPECT_EQ(search.question(), (Question{1500, kTtl}));
}

TEST(MtuSearch, APathWithoutNarrowLinksTakesFourQuestions) {
  const auto [finding, questions] = search({.routers = {{}, {}, {}}});
  EXPECT_EQ(questions, 4U) << "small, large, and two for the hops";
  EXPECT_EQ(finding.outcome, Outcome::kFound);
  EXPECT_EQ(finding.found, Found::kInterface);
  EXPECT_EQ(finding.mtu, 1500);
  EXPECT_EQ(finding.hops, 4);
  EXPECT_EQ(finding.lost_size, 0);
  EXPECT_FALSE(finding.told_by);
  EXPECT_EQ(finding.rtt, std::chrono::microseconds(1500));
}

TEST(MtuSearch, OwnAddressesAreOneHopAway) {
  const auto [finding, questions] = search({.routers = {}}, 65535);
  EXPECT_EQ(finding.mtu, 65535);
  EXPECT_EQ(finding.hops, 1);
  EXPECT_EQ(questions, 3U);
}

TEST(MtuSearch, FollowsWhatRoutersTellDownToTheLast) {
  const auto [finding, questions] =
      search({.routers = {{.mtu = 1500}, {.mtu = 1400}, {.mtu = 1300}, {.mtu = 576}, {.mtu = 1500}}});
  EXPECT_EQ(finding.mtu, 576);
  EXPECT_EQ(finding.found, Found::kTold);
  EXPECT_EQ(finding.told_by, MtuPath::router_address(4));
  EXPECT_EQ(finding.told_hop, 4);
  EXPECT_EQ(finding.hops, 6);
  EXPECT_EQ(finding.lost_size, 0);
  EXPECT_EQ(questions, 7U);
}

TEST(MtuSearch, WithoutATellingRouterItGoesDownThePlateausAndThenUpByHalves) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  search.answer(too_big(0));
  EXPECT_EQ(search.question().size, 1492);
  search.answer(too_big(0));
  EXPECT_EQ(search.question().size, 1006);
  search.answer(arrived());
  EXPECT_EQ(search.question().size, 1006 + (1492 - 1006) / 2);
}

TEST(MtuSearch, TheExactMtuIsFoundThoughNobodyTellsIt) {
  for (const Says says : {Says::kZero, Says::kTooMuch, Says::kTooLittle}) {
    const auto [finding, questions] = search({.routers = {{}, {.mtu = 1387, .says = says}, {}}});
    EXPECT_EQ(finding.mtu, 1387);
    EXPECT_EQ(finding.found, Found::kSearched);
    EXPECT_EQ(finding.told_by, MtuPath::router_address(2)) << "it said that it is too big";
    EXPECT_EQ(finding.lost_size, 0);
    EXPECT_LE(questions, 20U);
  }
}

TEST(MtuSearch, ABlackHoleIsNamedWithTheHopAfterWhichItBegins) {
  const auto [finding, questions] =
      search({.routers = {{}, {}, {.mtu = 1400, .says = Says::kNothing}, {}, {}}});
  EXPECT_EQ(finding.mtu, 1400);
  EXPECT_EQ(finding.found, Found::kSearched);
  EXPECT_FALSE(finding.told_by);
  EXPECT_EQ(finding.lost_size, 1401);
  EXPECT_EQ(finding.lost_after_hop, 3);
  EXPECT_EQ(finding.lost_after, MtuPath::router_address(3));
  EXPECT_EQ(finding.lost_before_hop, 4);
}

TEST(MtuSearch, RoutersThatSayNothingAtAllDoNotMakeABlackHoleSeemNearer) {
  const auto [finding, questions] = search(
      {.routers = {
           {}, {.mute = true}, {.mtu = 1400, .says = Says::kNothing, .mute = true}, {.mute = true}, {}}});
  EXPECT_EQ(finding.lost_after_hop, 1);
  EXPECT_EQ(finding.lost_before_hop, 5);
}

TEST(MtuSearch, ABlackHoleAtTheLastHopBeginsAfterTheLastRouter) {
  const auto [finding, questions] = search({.routers = {{}, {.mtu = 1400, .says = Says::kNothing}}});
  EXPECT_EQ(finding.lost_after_hop, 2);
  EXPECT_EQ(finding.lost_before_hop, 0);
  EXPECT_EQ(finding.hops, 3);
}

TEST(MtuSearch, ABlackHoleBeforeATellingRouterIsSeenAsWell) {
  const auto [finding, questions] =
      search({.routers = {{}, {.mtu = 1400, .says = Says::kNothing}, {.mtu = 1300}, {}}});
  EXPECT_EQ(finding.mtu, 1300);
  EXPECT_EQ(finding.found, Found::kTold);
  EXPECT_EQ(finding.told_by, MtuPath::router_address(3));
  EXPECT_GT(finding.lost_size, 1400);
  EXPECT_EQ(finding.lost_after_hop, 2);
}

TEST(MtuSearch, AToldMtuThatGetsLostFurtherOnIsNotBelieved) {
  const auto [finding, questions] =
      search({.routers = {{.mtu = 1400}, {.mtu = 1300, .says = Says::kNothing}, {}}});
  EXPECT_EQ(finding.mtu, 1300);
  EXPECT_EQ(finding.found, Found::kSearched);
  EXPECT_FALSE(finding.told_by);
  EXPECT_EQ(finding.lost_size, 1301);
  EXPECT_EQ(finding.lost_after_hop, 2);
}

TEST(MtuSearch, Ipv6BelievesNothingBelow1280) {
  MtuSearch search(Family::kIpv6, 1500);
  EXPECT_EQ(search.question().size, 88);
  search.answer(arrived());
  search.answer(too_big(1279));
  EXPECT_EQ(search.question().size, 1492);
  search.answer(too_big(1280));
  EXPECT_EQ(search.question().size, 1280);
  search.answer(arrived());
  EXPECT_EQ(search.finding().mtu, 1280);
  EXPECT_EQ(search.finding().found, Found::kTold);
}

TEST(MtuSearch, Ipv4BelievesSixtyEightAndNothingBelow) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  search.answer(too_big(67));
  EXPECT_EQ(search.question().size, 1492);
  search.answer(too_big(68));
  EXPECT_EQ(search.finding().mtu, 68);
  EXPECT_EQ(search.finding().found, Found::kTold);
}

TEST(MtuSearch, AnMtuAsLargeAsWhatWasSentIsNotBelieved) {
  for (const std::uint32_t absurd : {1500U, 1501U, 9000U, 65536U, 0xffffffffU}) {
    MtuSearch search(Family::kIpv4, 1500);
    search.answer(arrived());
    search.answer(too_big(absurd));
    EXPECT_EQ(search.question().size, 1492) << absurd;
  }
}

TEST(MtuSearch, AnMtuBelowWhatHasArrivedIsNotBelieved) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  search.answer(too_big(1400));
  search.answer(too_big(0));
  search.answer(arrived(61));  // 1006
  ASSERT_EQ(search.finding().mtu, 1006) << "1,492 is above 1,400 and is not asked";
  search.answer(too_big(576));
  EXPECT_GT(search.question().size, 1006);
}

TEST(MtuSearch, AReplyOverrulesWhatWasSaidOfItsSize) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  const Question asked = search.question();
  search.answer(too_big(600));
  EXPECT_EQ(search.question().size, 600);
  search.late_answer(asked, arrived());
  search.answer(arrived());
  EXPECT_EQ(search.finding().mtu, 1500);
  EXPECT_EQ(search.finding().found, Found::kInterface);
  EXPECT_FALSE(search.finding().told_by);
  EXPECT_NE(search.question().ttl, kTtl) << "the sizes are known";
}

TEST(MtuSearch, AfterSuchAReplyAllThatIsLargerIsOpenAgain) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  search.answer(too_big(0));  // 1500
  const Question asked = search.question();
  EXPECT_EQ(asked.size, 1492);
  search.answer(too_big(600));
  search.late_answer(asked, arrived());
  search.answer(arrived());  // 600
  EXPECT_EQ(search.question(), (Question{1500, kTtl}));
}

TEST(MtuSearch, ButNotForEver) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  search.answer(too_big(0));  // 1500
  for (const int size : {1492, 1496, 1498}) {
    const Question asked = search.question();
    ASSERT_EQ(asked.size, size);
    search.answer(too_big(0));
    search.late_answer(asked, arrived());
    search.answer(too_big(0));  // what was asked meanwhile
    if (size < 1498) {
      ASSERT_EQ(search.question().size, 1500);
      search.answer(too_big(0));
    }
  }
  EXPECT_NE(search.question().ttl, kTtl) << "who contradicts himself is asked no more";
  EXPECT_EQ(search.finding().mtu, 1498);
}

TEST(MtuSearch, AnErrorThatComesAtLastIsNoBlackHole) {
  const MtuPath path{.routers = {{.mute = true}, {.mtu = 1400, .mute = true}, {.mute = true}}};
  MtuSearch search(Family::kIpv4, 1500);
  unsigned times = 0;
  while (!search.done()) {
    const mtu::Answer answer = path(search.question());
    times += search.question().size == 1401 ? 1U : 0U;
    search.answer(answer.kind == Kind::kTooBig && times < 2 ? kSilence : answer);
  }
  EXPECT_EQ(search.finding().mtu, 1400);
  EXPECT_EQ(search.finding().found, Found::kTold);
  EXPECT_EQ(search.finding().lost_size, 0);
}

TEST(MtuSearch, ALateErrorStillTells) {
  MtuSearch search(Family::kIpv4, 1500);
  search.answer(arrived());
  const Question asked = search.question();
  search.answer(kSilence);
  EXPECT_EQ(search.question().size, 1492);
  search.late_answer(asked, too_big(1300));
  search.answer(kSilence);
  EXPECT_EQ(search.question().size, 1300);
  search.answer(arrived());
  EXPECT_EQ(search.finding().found, Found::kTold);
  EXPECT_EQ(search.finding().mtu, 1300);
}

TEST(MtuSearch, ARouterThatTellsOfSomePacketsOnlyIsNoBlackHole) {
  const MtuPath path{.routers = {{}, {}, {.mtu = 576}, {}}};
  MtuSearch search(Family::kIpv4, 1500);
  while (!search.done()) {
    const mtu::Answer answer = path(search.question());
    const bool is_limited = answer.kind == Kind::kTooBig && search.question().size > 1492;
    search.answer(is_limited ? kSilence : answer);
  }
  EXPECT_EQ(search.finding().mtu, 576);
  EXPECT_EQ(search.finding().found, Found::kTold);
  EXPECT_EQ(search.finding().told_by, MtuPath::router_address(3));
  EXPECT_EQ(search.finding().lost_size, 0);
}

TEST(MtuSearch, HopsAreFoundThoughTheWayBackIsLonger) {
  for (const int back : {1, 2, 5, 9, 40}) {
    MtuPath path{.routers = std::vector<MtuPath::Router>(7)};
    MtuSearch search(Family::kIpv4, 1500);
    while (!search.done()) {
      mtu::Answer answer = path(search.question());
      answer.ttl = Ttl{static_cast<std::uint8_t>(65 - back)};
      search.answer(answer);
    }
    EXPECT_EQ(search.finding().hops, 8) << back;
  }
}

}  // namespace
}  // namespace echosweep::modes

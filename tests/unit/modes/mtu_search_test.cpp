#include "modes/mtu_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mtu_path.hpp"

namespace echosweep::modes {
namespace {

using Kind = mtu::Answer::Kind;
using Says = MtuPath::Says;
using mtu::Finding;
using mtu::Found;
using mtu::Outcome;
using mtu::Question;

constexpr Ttl kTtl = MtuSearch::kTtl;

struct Searched {
  Finding finding;
  unsigned questions = 0;
};

Searched search(const MtuPath& path, std::uint16_t start = 1500) {
  MtuSearch search(path.family, start);
  Searched searched;
  searched.questions = search_all(search, path);
  EXPECT_TRUE(search.done());
  searched.finding = search.finding();
  return searched;
}

mtu::Answer arrived(std::uint8_t ttl = 63) {
  return {.kind = Kind::kArrived, .rtt = std::chrono::milliseconds(1), .ttl = Ttl{ttl}};
}
mtu::Answer too_big(std::uint32_t mtu) {
  return {.kind = Kind::kTooBig, .from = MtuPath::router_address(1), .mtu = mtu, .hop = 1};
}
constexpr mtu::Answer kSilence{};

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

TEST(MtuSearch, WhatWasToldOfAnotherTargetIsTriedFirst) {
  MtuHints hints;
  hints.add({.mtu = 1300, .told_by = MtuPath::router_address(7), .told_hop = 2});
  hints.add({.mtu = 600});
  const MtuPath path{.routers = {{}, {.mtu = 1300, .says = Says::kNothing}, {}}};
  MtuSearch search(Family::kIpv4, 1500, &hints);
  EXPECT_EQ(search_all(search, path), 6U) << "small, large, 1300, 1301, and two for the hops";
  EXPECT_EQ(search.finding().mtu, 1300);
  EXPECT_EQ(search.finding().found, Found::kElsewhere);
  EXPECT_EQ(search.finding().told_by, MtuPath::router_address(7));
  EXPECT_EQ(search.finding().told_hop, 2);
  EXPECT_EQ(search.finding().lost_size, 0) << "limited errors are no black hole";
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

/// Whatever path there is, what is found is true: its narrowest link, who told, where it is lost.
TEST(MtuSearch, FindsTheTruthOnAnyPath) {
  std::mt19937 random(1);
  const auto number = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
  for (int round = 0; round < 20'000; ++round) {
    MtuPath path{.family = number(0, 1) == 0 ? Family::kIpv4 : Family::kIpv6};
    const int least = MtuSearch::least_mtu(path.family);
    const auto start = static_cast<std::uint16_t>(number(least, number(0, 9) == 0 ? 65535 : 1600));
    path.routers.resize(static_cast<std::size_t>(number(0, 20)));
    for (MtuPath::Router& router : path.routers) {
      router = {.mtu = static_cast<std::uint16_t>(number(0, 2) == 0 ? number(least, 1600) : 65535),
                .says = static_cast<Says>(number(0, 3) == 0 ? number(0, 4) : 0),
                .mute = number(0, 4) == 0};
    }
    const auto narrowest = std::ranges::min_element(path.routers, {}, &MtuPath::Router::mtu);
    const std::uint16_t truth = path.routers.empty() ? start : std::min(start, narrowest->mtu);
    MtuHints hints;  // of MTUs that had to be searched: they must not change what is found
    for (int i = number(0, 4); i > 0; --i) {
      hints.add({.mtu = static_cast<std::uint16_t>(number(least, 1600))});
    }
    MtuSearch tried(path.family, start, &hints);
    const unsigned questions = search_all(tried, path);
    ASSERT_TRUE(tried.done()) << round;
    const Finding finding = tried.finding();
    ASSERT_EQ(finding.outcome, Outcome::kFound) << round;
    ASSERT_EQ(finding.mtu, truth) << round;
    ASSERT_EQ(finding.hops, path.routers.size() + 1) << round;
    ASSERT_LT(questions, 120U) << round;
    if (finding.found == Found::kTold) {
      const auto teller = std::ranges::find(path.routers, truth, &MtuPath::Router::mtu);
      ASSERT_EQ(finding.told_by,
                MtuPath::router_address(static_cast<std::size_t>(teller - path.routers.begin()) + 1))
          << round;
    }
    // The first router that is too narrow for what is lost is where it is lost.
    const auto hole = std::ranges::find_if(
        path.routers, [&](const MtuPath::Router& router) { return finding.lost_size > router.mtu; });
    if (finding.lost_size != 0) {
      ASSERT_NE(hole, path.routers.end()) << round;
      ASSERT_EQ(hole->says, Says::kNothing) << round;
      const auto hop = static_cast<std::uint8_t>(hole - path.routers.begin() + 1);
      ASSERT_LE(finding.lost_after_hop, hop) << round;
      ASSERT_TRUE(finding.lost_after_hop == hop || hole->mute) << round;
      ASSERT_TRUE(finding.lost_before_hop == 0 || finding.lost_before_hop > hop) << round;
    }
  }
}

/// Answers that contradict each other end it too, and what is found has arrived.
TEST(MtuSearch, EndsWhateverTheAnswersAre) {
  std::mt19937 random(2);
  const auto number = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
  for (int round = 0; round < 20'000; ++round) {
    const Family family = number(0, 1) == 0 ? Family::kIpv4 : Family::kIpv6;
    MtuHints hints;
    hints.add({.mtu = static_cast<std::uint16_t>(number(0, 65535)), .told_by = MtuPath::router_address(1)});
    MtuSearch search(family, static_cast<std::uint16_t>(number(MtuSearch::least_mtu(family), 65535)), &hints);
    unsigned questions = 0;
    std::uint16_t largest = 0;
    std::vector<Question> asked;
    while (!search.done()) {
      ASSERT_LT(questions++, MtuSearch::kMostQuestions) << round;
      const Question question = search.question();
      ASSERT_GE(question.size, MtuSearch::small_size(family)) << round;
      ASSERT_GE(question.ttl.value, 1) << round;
      ASSERT_LE(question.ttl.value, kTtl.value) << round;
      asked.push_back(question);
      const mtu::Answer answer{.kind = static_cast<Kind>(number(0, 6)),
                               .ttl = Ttl{static_cast<std::uint8_t>(number(0, 255))},
                               .mtu = static_cast<std::uint32_t>(number(0, 70'000))};
      const Question& about =
          number(0, 3) == 0 ? asked[static_cast<std::size_t>(number(0, static_cast<int>(asked.size()) - 1))]
                            : question;
      if (answer.kind == Kind::kArrived) {
        largest = std::max(largest, about.size);
      }
      &about == &question ? search.answer(answer) : search.late_answer(about, answer);
    }
    const Finding finding = search.finding();
    if (finding.outcome == Outcome::kFound) {
      ASSERT_EQ(finding.mtu, largest) << round;
    }
  }
}

}  // namespace
}  // namespace echosweep::modes

// Searches over thousands of paths and through thousands of lies.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "modes/mtu_search.hpp"
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

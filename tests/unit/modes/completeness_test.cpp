#include "modes/completeness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ostream>
#include <random>
#include <string>

namespace echosweep::modes {
namespace {

FirstAnswers whole(std::vector<std::uint64_t> by_pass, std::uint64_t unanswered = 1'000'000) {
  const std::size_t passes = by_pass.size();
  return {.by_pass = std::move(by_pass), .whole = passes, .unanswered = unanswered};
}

std::uint64_t at_most(std::vector<std::uint64_t> by_pass) {
  const auto missed = estimate_missed(whole(std::move(by_pass)));
  EXPECT_TRUE(missed);
  return missed ? missed->at_most : 0;
}

/// So many alike targets.
struct Kind {
  double share;
  double loss;
};
using Kinds = std::vector<Kind>;

/// A sweep of `passes` over `alive` targets, and 1,000 that are silent.
class Simulation {
 public:
  explicit Simulation(const Kinds& kinds, std::size_t alive) : random_(20'261) {
    for (const Kind& kind : kinds) {
      counts_.push_back(std::llround(static_cast<double>(alive) * kind.share));
      losses_.push_back(kind.loss);
    }
  }

  void begin() {
    left_ = counts_;
    first = {.by_pass = {}, .whole = 0, .unanswered = 0};
  }
  void add_pass() {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      const std::int64_t lost = std::binomial_distribution<std::int64_t>(left_[i], losses_[i])(random_);
      found += static_cast<std::uint64_t>(left_[i] - lost);
      left_[i] = lost;
    }
    first.by_pass.push_back(found);
    ++first.whole;
    first.unanswered = missed() + 1000;
  }
  std::uint64_t missed() const {
    return static_cast<std::uint64_t>(std::accumulate(left_.begin(), left_.end(), std::int64_t{0}));
  }

  FirstAnswers first;

 private:
  std::mt19937_64 random_;
  std::vector<std::int64_t> counts_;
  std::vector<double> losses_;
  std::vector<std::int64_t> left_;
};

/// What many simulated sweeps came to.
struct Outcome {
  int wrong = 0;
  int told = 0;
  double median_bound = 0;
  double mean_missed = 0;
};

Outcome simulate(const Kinds& kinds, std::size_t alive, std::size_t passes, int runs) {
  Simulation simulation(kinds, alive);
  Outcome outcome;
  std::vector<std::uint64_t> bounds;
  for (int run = 0; run < runs; ++run) {
    simulation.begin();
    for (std::size_t pass = 0; pass < passes; ++pass) {
      simulation.add_pass();
    }
    outcome.mean_missed += static_cast<double>(simulation.missed()) / runs;
    if (const auto missed = estimate_missed(simulation.first)) {
      ++outcome.told;
      outcome.wrong += simulation.missed() > missed->at_most ? 1 : 0;
      bounds.push_back(missed->at_most);
    }
  }
  std::ranges::sort(bounds);
  outcome.median_bound = bounds.empty() ? 0 : static_cast<double>(bounds[bounds.size() / 2]);
  return outcome;
}

/// 5% of the runs, and four standard deviations of what so many runs show.
int allowed_wrong(int runs) {
  return static_cast<int>(0.05 * runs + 4 * std::sqrt(0.05 * 0.95 * runs));
}

constexpr int kRuns = 400;
constexpr std::size_t kSizes[] = {20, 200, 3000, 30'000};

class AlikeTargets : public testing::TestWithParam<double> {};

TEST_P(AlikeTargets, TheBoundHolds) {
  for (const std::size_t alive : kSizes) {
    for (std::size_t passes = 2; passes <= 8; ++passes) {
      const Outcome outcome = simulate({{1, GetParam()}}, alive, passes, kRuns);
      EXPECT_LE(outcome.wrong, allowed_wrong(kRuns)) << alive << " targets, " << passes << " passes";
      if (alive >= (GetParam() > 0.5 ? 3000 : 200)) {
        EXPECT_GE(outcome.told, kRuns * 9 / 10) << alive << " targets, " << passes << " passes";
      }
    }
  }
}

TEST_P(AlikeTargets, TheBoundIsAboutWhatTheLastPassFound) {
  constexpr std::size_t kAlive = 30'000;
  for (std::size_t passes = 2; passes <= 8; ++passes) {
    const Outcome outcome = simulate({{1, GetParam()}}, kAlive, passes, kRuns);
    const double before_last = kAlive * std::pow(GetParam(), static_cast<double>(passes - 1));
    const double most = std::max(GetParam() / (1 - GetParam()), 1.0) * before_last * (1 - GetParam());
    // Noise of the last pass, and 4 where it found nobody.
    EXPECT_LE(outcome.median_bound, 1.1 * most + 3 * std::sqrt(2 * most) + 5) << passes << " passes";
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, AlikeTargets,
                         testing::Values(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.64),
                         [](const auto& loss) { return std::to_string(std::lround(loss.param * 100)); });

/// 40 kinds whose losses are spread over 0 to 1/2 as a Beta(2, 5) is over 0 to 1.
Kinds beta() {
  Kinds kinds;
  double sum = 0;
  for (int i = 0; i < 40; ++i) {
    const double x = (i + 0.5) / 40;
    kinds.push_back({x * std::pow(1 - x, 4), x / 2});
    sum += kinds.back().share;
  }
  for (Kind& kind : kinds) {
    kind.share /= sum;
  }
  return kinds;
}

struct Mixture {
  const char* name;
  Kinds kinds;
  friend void PrintTo(const Mixture& mixture, std::ostream* out) { *out << mixture.name; }
};

class TargetsThatDiffer : public testing::TestWithParam<Mixture> {};

TEST_P(TargetsThatDiffer, TheBoundHolds) {
  for (const std::size_t alive : kSizes) {
    for (std::size_t passes = 2; passes <= 8; ++passes) {
      const Outcome outcome = simulate(GetParam().kinds, alive, passes, kRuns);
      EXPECT_LE(outcome.wrong, allowed_wrong(kRuns)) << alive << " targets, " << passes << " passes";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Mixtures, TargetsThatDiffer,
                         testing::Values(Mixture{"OneTenthLosesMuch", {{0.9, 0.01}, {0.1, 0.4}}},
                                         Mixture{"OneTenthLosesHalf", {{0.9, 0}, {0.1, 0.5}}},
                                         Mixture{"HalfLosesAThird", {{0.5, 0.02}, {0.5, 0.33}}},
                                         Mixture{"AFewLoseHalf", {{0.998, 0.003}, {0.002, 0.5}}},
                                         Mixture{"Beta", beta()}),
                         [](const auto& mixture) { return mixture.param.name; });

TEST(FewTargetsThatLoseHalf, TheBoundHolds) {
  // The worst case for small bounds, where passes that found nobody decide.
  constexpr int kManyRuns = 4000;
  constexpr double kAlive = 10'000;
  for (int few = 1; few <= 10; ++few) {
    for (const std::size_t passes : {2U, 3U, 5U, 8U}) {
      const Outcome outcome =
          simulate({{1 - few / kAlive, 0}, {few / kAlive, 0.5}}, 10'000, passes, kManyRuns);
      EXPECT_LE(outcome.wrong, allowed_wrong(kManyRuns)) << few << " targets, " << passes << " passes";
    }
  }
}

TEST(UntilComplete, TheBoundHoldsWhereTheSweepStopped) {
  // Looking after each pass and stopping at the first bound that will do is no free choice of the data.
  constexpr std::size_t kMostPasses = 10;
  constexpr int kHalfOfRuns = kRuns / 2;
  const Kinds all[] = {
      {{1, 0.05}}, {{1, 0.4}}, {{1, 0.5}}, {{0.9, 0.01}, {0.1, 0.4}}, {{0.99, 0}, {0.01, 0.5}}};
  for (const Kinds& kinds : all) {
    for (const std::size_t alive : kSizes) {
      for (const double percent : {95.0, 99.9, 99.99}) {
        Simulation simulation(kinds, alive);
        int wrong = 0;
        for (int run = 0; run < kHalfOfRuns; ++run) {
          simulation.begin();
          do {
            simulation.add_pass();
          } while (simulation.first.whole < kMostPasses && !is_complete(simulation.first, percent));
          const auto missed = estimate_missed(simulation.first);
          wrong += missed && simulation.missed() > missed->at_most ? 1 : 0;
        }
        EXPECT_LE(wrong, allowed_wrong(kHalfOfRuns))
            << alive << " targets, " << percent << "%, first kind loses " << kinds.front().loss;
      }
    }
  }
}

TEST(Estimate, IsTheMaximumOfTheLikelihood) {
  // Exact expectations of 20% loss: 1,000,000 targets.
  const auto missed = estimate_missed(whole({800'000, 160'000, 32'000, 6'400}));
  ASSERT_TRUE(missed);
  EXPECT_NEAR(missed->about, 1600, 1);
  EXPECT_NEAR(missed->answered, 0.8, 1e-6);
}

TEST(Estimate, OfTwoPassesIsTheirClosedForm) {
  for (const auto& [first, second] : {std::pair(900.0, 90.0), std::pair(60.0, 25.0), std::pair(1e6, 3.0)}) {
    const auto missed =
        estimate_missed(whole({static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(second)}));
    ASSERT_TRUE(missed);
    EXPECT_NEAR(missed->about, second * second / (first - second), 1e-6 * first);
  }
}

TEST(Estimate, OfTargetsThatDifferIsChaos) {
  // 900,000 lose nothing, 100,000 lose half: 12,500 are missed; alike ones would leave far fewer.
  const auto missed = estimate_missed(whole({950'000, 25'000, 12'500}));
  ASSERT_TRUE(missed);
  EXPECT_NEAR(missed->about, 12'500, 5);
  EXPECT_GE(missed->at_most, 12'500U);
}

TEST(Bound, FallsWithEachPassThatFindsNobody) {
  EXPECT_EQ(at_most({1000, 0}), 4U);
  EXPECT_EQ(at_most({1000, 0, 0}), 2U);
  EXPECT_EQ(at_most({1000, 0, 0, 0}), 1U);
  EXPECT_EQ(at_most({1000, 0, 0, 0, 0}), 1U);
  EXPECT_EQ(at_most({1000, 0, 0, 0, 0, 0}), 0U);
}

TEST(Bound, RisesWithWhatTheLastPassFound) {
  for (const std::vector<std::uint64_t>& before :
       std::vector<std::vector<std::uint64_t>>{{1000}, {300, 60}, {5000, 500, 60}, {100, 0, 0}}) {
    std::uint64_t previous = 0;
    for (std::uint64_t last = 0; last < 60; ++last) {
      auto by_pass = before;
      by_pass.push_back(last);
      const auto missed = estimate_missed(whole(by_pass));
      if (!missed) {
        break;  // too many to be a decline, and then for good
      }
      EXPECT_GE(missed->at_most, previous) << last;
      EXPECT_GE(static_cast<double>(missed->at_most), missed->about) << last;
      EXPECT_GE(missed->at_most, last) << "who is left loses a half, at worst";
      previous = missed->at_most;
    }
    EXPECT_GT(previous, 0U);
  }
}

TEST(Bound, IsNoHigherThanThoseWhoAreLeft) {
  const auto missed = estimate_missed(whole({100, 30}, 7));
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->at_most, 7U);
  EXPECT_LE(missed->about, 7);
}

TEST(Bound, IsNoneWhereNobodyIsLeft) {
  for (const auto& by_pass : std::vector<std::vector<std::uint64_t>>{{5}, {1, 1}, {0}}) {
    const auto missed = estimate_missed(whole(by_pass, 0));
    ASSERT_TRUE(missed);
    EXPECT_EQ(missed->at_most, 0U);
    EXPECT_EQ(missed->about, 0);
  }
  EXPECT_DOUBLE_EQ(estimate_missed(whole({6, 2}, 0))->answered, 0.8) << "8 targets took 10 probes";
}

TEST(Bound, LosesWhatPassesThatWereNotWholeHaveFound) {
  const auto before = estimate_missed(whole({1000, 100}));
  auto more = whole({1000, 100, 40});
  more.whole = 2;
  const auto after = estimate_missed(more);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(after->at_most, before->at_most - 40);
  more.by_pass.back() = 5000;
  EXPECT_EQ(estimate_missed(more)->at_most, 0U);
  EXPECT_EQ(estimate_missed(more)->about, 0);
}

TEST(Bound, BearsLargeNumbers) {
  const auto missed = estimate_missed(whole({4'000'000'000, 40'000'000, 400'000}, std::uint64_t{1} << 32));
  ASSERT_TRUE(missed);
  EXPECT_NEAR(missed->about, 4040, 50);
  EXPECT_GT(missed->at_most, 400'000U);
  EXPECT_LT(missed->at_most, 404'000U);
}

TEST(Estimate, SaysWhyThereIsNone) {
  EXPECT_EQ(estimate_missed(whole({31'247})).error(), Unknown::kOnePass);
  EXPECT_EQ(estimate_missed(whole({})).error(), Unknown::kOnePass);
  EXPECT_EQ(estimate_missed({.by_pass = {31'247, 3}, .whole = 1, .unanswered = 9}).error(),
            Unknown::kCutShort);
  EXPECT_EQ(estimate_missed({.by_pass = {31'247, 3}, .whole = 0, .unanswered = 9}).error(),
            Unknown::kCutShort);
  EXPECT_EQ(estimate_missed(whole({0, 0})).error(), Unknown::kNobody);
  EXPECT_EQ(estimate_missed(whole({1, 0})).error(), Unknown::kTooFew);
  EXPECT_EQ(estimate_missed(whole({12, 8})).error(), Unknown::kTooFew);
  EXPECT_EQ(estimate_missed(whole({100, 100})).error(), Unknown::kNoDecline);
  EXPECT_EQ(estimate_missed(whole({500, 500, 500})).error(), Unknown::kNoDecline);
  EXPECT_EQ(estimate_missed(whole({5000, 10, 300})).error(), Unknown::kNoDecline);
  for (const Unknown why :
       {Unknown::kOnePass, Unknown::kCutShort, Unknown::kNobody, Unknown::kTooFew, Unknown::kNoDecline}) {
    EXPECT_FALSE(explain(why).empty());
  }
}

TEST(Estimate, BearsAnything) {
  std::mt19937_64 random(5);
  const auto number = [&](std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
  };
  for (int i = 0; i < 20'000; ++i) {
    FirstAnswers first{
        .by_pass = std::vector<std::uint64_t>(number(12)), .whole = number(13), .unanswered = number(100)};
    for (std::uint64_t& found : first.by_pass) {
      found = number(std::uint64_t{1} << number(12)) / (1 + number(50));
    }
    if (const auto missed = estimate_missed(first)) {
      ASSERT_LE(missed->at_most, first.unanswered);
      ASSERT_GE(missed->about, 0);
      ASSERT_LE(missed->about, static_cast<double>(first.unanswered));
      ASSERT_GT(missed->answered, 0);
      ASSERT_LE(missed->answered, 1);
    }
  }
}

TEST(IsComplete, ComparesTheBoundWithTheShare) {
  EXPECT_EQ(allowed_misses(1000, 99.9), 1U);
  EXPECT_EQ(allowed_misses(999, 99.9), 0U);
  EXPECT_EQ(allowed_misses(1000, 100), 0U);
  EXPECT_TRUE(is_complete(whole({1000, 0}), 99.6)) << "4 of 1,000";
  EXPECT_FALSE(is_complete(whole({1000, 0}), 99.7));
  EXPECT_FALSE(is_complete(whole({1000}), 1)) << "nothing is known";
}

TEST(ExpectedPasses, AreThoseThatASimulationTakes) {
  EXPECT_EQ(expected_passes(30'000, 0, 99.9, 10), 2U);
  EXPECT_EQ(expected_passes(250, 0, 99.9, 10), 6U);
  EXPECT_EQ(expected_passes(250, 0, 99.9, 4), 4U);
  EXPECT_EQ(expected_passes(0, 0, 99.9, 10), 10U);
  Simulation simulation({{1, 0.2}}, 30'000);
  simulation.begin();
  do {
    simulation.add_pass();
  } while (!is_complete(simulation.first, 99.9));
  EXPECT_EQ(expected_passes(30'000, 0.2, 99.9, 10), simulation.first.whole);
}

}  // namespace
}  // namespace echosweep::modes

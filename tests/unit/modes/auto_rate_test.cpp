#include "modes/auto_rate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "link.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

struct Path {
  double capacity;
  nanoseconds rtt;
  double buffer;
  double loss;
};

/// Lines of 500/s with a buffer of half a second are left out: 30 control probes take half a second there.
std::vector<Path> paths() {
  std::vector<Path> all;
  for (const double capacity : {500.0, 5e3, 5e4}) {
    for (const nanoseconds rtt : {nanoseconds(1ms), nanoseconds(20ms), nanoseconds(200ms)}) {
      if (capacity > 1e4 && rtt != 20ms) {
        continue;  // takes a while, and shows nothing new
      }
      all.push_back({capacity, rtt, 0, 0});
      all.push_back({capacity, rtt, 0, 0.003});
      all.push_back({capacity, rtt, 0.1, 0});
    }
  }
  return all;
}

class AutoRateOnPath : public testing::TestWithParam<Path> {
 protected:
  LinkRun::Setup setup() const {
    const Path& path = GetParam();
    return {.link = {.capacity = path.capacity, .buffer = path.buffer, .loss = path.loss}, .rtt = path.rtt};
  }
};

TEST_P(AutoRateOnPath, HoldsTheCapacityFromBelow) {
  LinkRun run(setup());
  run.run_until(30s);
  EXPECT_NEAR(run.mean(15s, 30s) / GetParam().capacity, 1, 0.2);
}

TEST_P(AutoRateOnPath, FollowsWhenTheCapacityGrows) {
  LinkRun run(setup());
  run.run_until(15s);
  run.link.capacity *= 2.5;
  run.run_until(45s);
  EXPECT_NEAR(run.mean(33s, 45s) / run.link.capacity, 1, 0.2);
}

TEST_P(AutoRateOnPath, FollowsWhenTheCapacityFalls) {
  LinkRun run(setup());
  run.run_until(15s);
  run.link.capacity /= 2.5;
  run.run_until(40s);
  EXPECT_NEAR(run.mean(28s, 40s) / run.link.capacity, 1, 0.2);
}

std::string name_of(const testing::TestParamInfo<Path>& tested) {
  const Path& path = tested.param;
  return std::to_string(static_cast<int>(path.capacity)) + "_a_second_rtt_" + std::to_string(path.rtt / 1ms) +
         "ms" + (path.buffer > 0 ? "_buffered" : "") + (path.loss > 0 ? "_lossy" : "");
}

INSTANTIATE_TEST_SUITE_P(Paths, AutoRateOnPath, testing::ValuesIn(paths()), name_of);

TEST(AutoRate, FindsThreeHundredThousandASecondInTenSeconds) {
  LinkRun run({.link = {.capacity = 3e5}});
  run.run_until(12s);
  EXPECT_NEAR(run.mean(10s, 12s), 3e5, 6e4);
}

TEST(AutoRate, ComesFromAboveAWeakLink) {
  LinkRun run({.link = {.capacity = 200}});
  run.run_until(40s);
  EXPECT_NEAR(run.mean(20s, 40s), 200, 40);
}

TEST(AutoRate, RisesWhereNothingIsLostToWhatTheMachineSends) {
  LinkRun run({.link = {.capacity = 1e9}, .fastest = 30'000});
  run.run_until(20s);
  EXPECT_NEAR(run.mean(10s, 20s), 30'000, 1000);
  EXPECT_LE(run.rate(), 30'000 * 2 / 0.75) << "what was not tried is no reason to go on";
}

TEST(AutoRate, WithoutAnswersItRisesToTenThousandAndNoFurther) {
  LinkRun run({.link = {.capacity = 1e9}, .hosts = 0});
  run.run_until(20s);
  EXPECT_EQ(run.rate(), AutoRate::kUnproven);
  EXPECT_EQ(run.controls().sent(), 0U);
}

TEST(AutoRate, LossThatStaysAtHalfTheRateIsThePathsOwn) {
  for (const double loss : {0.05, 0.2}) {
    LinkRun run({.link = {.capacity = 1e9, .loss = loss}, .fastest = 20'000, .seed = 4});
    run.run_until(60s);
    EXPECT_GT(run.judge().base_loss(), loss / 2);
    EXPECT_LT(run.judge().base_loss(), 2 * loss);
    EXPECT_GT(run.mean(45s, 60s), 10'000) << loss;
  }
}

TEST(AutoRate, MoreMayBeLostWhereItIsAllowed) {
  LinkRun strict({.link = {.capacity = 10'000}, .max_loss = 0.01});
  LinkRun lax({.link = {.capacity = 10'000}, .max_loss = 0.3});
  strict.run_until(30s);
  lax.run_until(30s);
  EXPECT_NEAR(strict.mean(15s, 30s), 10'000, 1'000);
  EXPECT_GT(lax.mean(15s, 30s), 12'000);
  EXPECT_LT(lax.mean(15s, 30s), 20'000);
}

TEST(AutoRate, WhatThisMachineLosesBringsItDown) {
  LinkRun run({.link = {.capacity = 1e9}, .fastest = 50'000});
  run.run_until(10s);
  const double before = run.rate();
  run.dropped_here = 17;
  run.run_until(10s + 10ms);
  EXPECT_DOUBLE_EQ(run.rate(), before * 0.7);
}

TEST(AutoRate, SendsOneControlProbeInAHundred) {
  LinkRun run({.link = {.capacity = 50'000}});
  run.run_until(30s);
  const double share = static_cast<double>(run.controls().sent()) / static_cast<double>(run.packets());
  EXPECT_NEAR(share, 0.01, 0.002);
}

/// A judge that is told by hand.
class AutoRateByHand : public testing::Test {
 protected:
  static constexpr MonotonicTime kBegin{5000s};

  void tell(std::uint64_t answered, std::uint64_t lost) {
    for (std::uint64_t i = 0; i < answered + lost; ++i) {
      rate_.outcome(now_ + 30ms, i >= lost);
    }
  }
  /// A second passes in which the rate was held.
  void pass() {
    now_ += 1s;
    packets_ += static_cast<std::uint64_t>(rate_.rate());
    rate_.update(now_, {.packets = packets_, .dropped = 0, .feedback = 20ms});
  }

  MonotonicTime now_ = kBegin;
  std::uint64_t packets_ = 0;
  AutoRate rate_{0.01, kBegin};
};

TEST_F(AutoRateByHand, DoublesFallsByHalfThenByATenth) {
  tell(40, 0);
  pass();
  EXPECT_EQ(rate_.rate(), 2000);
  tell(36, 4);  // a tenth: clearly too much
  pass();
  EXPECT_EQ(rate_.rate(), 1000);
  tell(40, 0);
  pass();
  const double found = rate_.rate();
  EXPECT_NEAR(found, 0.9 * 0.9 * 2000 / 0.99, 1) << "nine tenths of what it bears";
  tell(36, 4);
  pass();
  EXPECT_NEAR(rate_.rate(), found * 0.9, 1);
}

TEST_F(AutoRateByHand, OneOrTwoLostAreChance) {
  tell(20, 2);
  pass();
  EXPECT_EQ(rate_.rate(), 1000) << "neither up nor down";
}

TEST_F(AutoRateByHand, ALateAnswerTakesItsLossBack) {
  tell(38, 2);
  rate_.answered_late(now_ + 30ms);
  rate_.answered_late(now_ + 30ms);
  pass();
  EXPECT_EQ(rate_.rate(), 2000);
  EXPECT_EQ(rate_.loss().lost, 0U);
}

TEST_F(AutoRateByHand, WhatLeftBeforeTheChangeDoesNotCount) {
  tell(40, 0);
  pass();
  for (int i = 0; i < 40; ++i) {
    rate_.outcome(now_ - 1ms, false);
  }
  pass();
  EXPECT_EQ(rate_.rate(), 4000) << "nothing is known of 2,000 a second, and nothing was lost before";
}

TEST_F(AutoRateByHand, ARateThatWasNotTriedIsNotRaised) {
  tell(40, 0);
  now_ += 1s;
  rate_.update(now_, {.packets = 700, .dropped = 0, .feedback = 20ms});
  EXPECT_EQ(rate_.rate(), 1000);
}

TEST(LossCount, IsWilsonsInterval) {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  EXPECT_NEAR((LossCount{.lost = 81, .of = 263}.low()), 0.2553, 1e-4);
  EXPECT_NEAR((LossCount{.lost = 81, .of = 263}.high()), 0.3662, 1e-4);
  EXPECT_NEAR((LossCount{.lost = 15, .of = 148}.low()), 0.0624, 1e-4);
  EXPECT_NEAR((LossCount{.lost = 15, .of = 148}.high()), 0.1605, 1e-4);
  EXPECT_EQ((LossCount{.lost = 0, .of = 20}.low()), 0);
  EXPECT_NEAR((LossCount{.lost = 0, .of = 20}.high()), 0.1611, 1e-4);
  EXPECT_NEAR((LossCount{.lost = 1, .of = 29}.low()), 0.0061, 1e-4);
  EXPECT_NEAR((LossCount{.lost = 1, .of = 29}.high()), 0.1718, 1e-4);
  EXPECT_EQ(LossCount{}.high(), 1);
}

}  // namespace
}  // namespace echosweep::modes

#include "modes/count_tallies.hpp"

#include <gtest/gtest.h>

#include "world.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using Verdict = CountTallies::Verdict;

struct World {
  explicit World(CountOptions options_in) : options(options_in) {}
  CountOptions options;
  targets::TargetSet set = target_set(3);
  targets::Order order = targets::Order::input(3);
  Rounds rounds{set, order};
  CountTallies tallies{rounds, options};
};

CountOptions endless(std::chrono::nanoseconds period) {
  CountOptions options;
  options.period = period;
  return options;
}

TEST(CountTallies, TellFirstLateAndDuplicateRepliesApart) {
  World world(endless(1s));
  EXPECT_EQ(world.tallies.answered(1, 0, 5), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(1, 0, 5), Verdict::kDuplicate);
  EXPECT_TRUE(world.tallies.timed_out(1, 1));
  EXPECT_FALSE(world.tallies.timed_out(1, 1));
  EXPECT_EQ(world.tallies.answered(1, 1, 5), Verdict::kLate);
  EXPECT_EQ(world.tallies.answered(1, 1, 5), Verdict::kDuplicate);
  const auto tally = world.tallies.tally(1);
  EXPECT_EQ(tally.sent, 2U);
  EXPECT_EQ(tally.received, 2U);
  EXPECT_EQ(tally.late, 1U);
  EXPECT_EQ(tally.duplicates, 2U);
  EXPECT_EQ(world.tallies.tally(0).sent, 0U);
}

TEST(CountTallies, CountOnlyWhatHasEnded) {
  World world(endless(1s));
  EXPECT_EQ(world.tallies.answered(0, 3, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.tally(0).sent, 1U);
  EXPECT_TRUE(world.tallies.timed_out(0, 1));
  EXPECT_EQ(world.tallies.tally(0).sent, 2U);
}

TEST(CountTallies, ForgetWhatIsTooOld) {
  World world(endless(1s));
  EXPECT_EQ(world.tallies.answered(0, 0, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 31, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 1, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 40, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 2, 7), Verdict::kDuplicate);
  EXPECT_EQ(world.tallies.answered(0, 9, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.tally(0).received, 5U);
}

TEST(CountTallies, RememberTenSecondsOfAShortPeriod) {
  World world(endless(10ms));
  EXPECT_EQ(world.tallies.answered(0, 0, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 1000, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 1, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 0, 7), Verdict::kDuplicate);
}

/// A model that remembers everything, beside it.
TEST(CountTallies, AgreeWithAPlainCountOverAMillionRounds) {
  World world(endless(1s));
  std::uint64_t received = 0;
  std::uint64_t late = 0;
  std::int64_t sum = 0;
  for (std::uint64_t round = 0; round < 1'000'000; ++round) {
    const bool lost = round % 7 == 0;
    const bool comes_late = round % 11 == 0;
    if (lost || comes_late) {
      EXPECT_TRUE(world.tallies.timed_out(2, round));
    }
    if (!lost) {
      const auto rtt = static_cast<std::int64_t>(1000 + round % 500);
      ASSERT_EQ(world.tallies.answered(2, round, rtt), comes_late ? Verdict::kLate : Verdict::kFirst);
      ++received;
      late += comes_late ? 1U : 0U;
      sum += rtt;
    }
  }
  const auto tally = world.tallies.tally(2);
  EXPECT_EQ(tally.sent, 1'000'000U);
  EXPECT_EQ(tally.received, received);
  EXPECT_EQ(tally.late, late);
  EXPECT_EQ(tally.rtt_sum.count(), sum);
  EXPECT_EQ(tally.rtt_min.count(), 1000);
  EXPECT_EQ(tally.rtt_max.count(), 1499);
}

TEST(CountTallies, LeaveUnknownRoundTripsOutOfTheMean) {
  World world(endless(1s));
  EXPECT_EQ(world.tallies.answered(0, 0, -1), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 1, 40), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 2, -1), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 3, 20), Verdict::kFirst);
  const auto tally = world.tallies.tally(0);
  EXPECT_EQ(tally.received, 4U);
  EXPECT_EQ(tally.timed, 2U);
  EXPECT_EQ(tally.rtt_min, 20ns);
  EXPECT_EQ(tally.rtt_max, 40ns);
}

TEST(CountTallies, AnIntervalStartsWithNothing) {
  World world(endless(1s));
  EXPECT_EQ(world.tallies.answered(0, 0, 10), Verdict::kFirst);
  EXPECT_EQ(world.tallies.interval(0).received, 1U);
  world.tallies.start_interval();
  EXPECT_EQ(world.tallies.interval(0).sent, 0U);
  EXPECT_EQ(world.tallies.answered(0, 1, 30), Verdict::kFirst);
  EXPECT_EQ(world.tallies.answered(0, 2, 20), Verdict::kFirst);
  const auto interval = world.tallies.interval(0);
  EXPECT_EQ(interval.sent, 2U);
  EXPECT_EQ(interval.rtt_min, 20ns);
  EXPECT_EQ(interval.rtt_max, 30ns);
  EXPECT_EQ(interval.rtt_sum, 50ns);
  EXPECT_EQ(world.tallies.tally(0).rtt_min, 10ns);
}

}  // namespace
}  // namespace echosweep::modes

#include "modes/count_tallies.hpp"

#include <gtest/gtest.h>

#include <vector>

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

  Verdict answered(std::uint64_t index, std::uint64_t round, std::int64_t rtt_ns) {
    return tallies.answered(index, rounds.number_of(round, index), rtt_ns);
  }
  bool timed_out(std::uint64_t index, std::uint64_t round) {
    return tallies.timed_out(index, rounds.number_of(round, index));
  }
};

CountOptions endless(std::chrono::nanoseconds period) {
  CountOptions options;
  options.period = period;
  return options;
}

TEST(CountTallies, TellFirstLateAndDuplicateRepliesApart) {
  World world(endless(1s));
  EXPECT_EQ(world.answered(1, 0, 5), Verdict::kFirst);
  EXPECT_EQ(world.answered(1, 0, 5), Verdict::kDuplicate);
  EXPECT_TRUE(world.timed_out(1, 1));
  EXPECT_FALSE(world.timed_out(1, 1));
  EXPECT_EQ(world.answered(1, 1, 5), Verdict::kLate);
  EXPECT_EQ(world.answered(1, 1, 5), Verdict::kDuplicate);
  const auto tally = world.tallies.tally(1);
  EXPECT_EQ(tally.sent, 2U);
  EXPECT_EQ(tally.received, 2U);
  EXPECT_EQ(tally.late, 1U);
  EXPECT_EQ(tally.duplicates, 2U);
  EXPECT_EQ(world.tallies.tally(0).sent, 0U);
}

TEST(CountTallies, CountOnlyWhatHasEnded) {
  World world(endless(1s));
  EXPECT_EQ(world.answered(0, 3, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.tally(0).sent, 1U);
  EXPECT_TRUE(world.timed_out(0, 1));
  EXPECT_EQ(world.tallies.tally(0).sent, 2U);
}

TEST(CountTallies, ForgetWhatIsTooOld) {
  World world(endless(1s));
  EXPECT_EQ(world.answered(0, 0, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 31, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 1, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 40, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 2, 7), Verdict::kDuplicate);
  EXPECT_EQ(world.answered(0, 9, 7), Verdict::kFirst);
  EXPECT_EQ(world.tallies.tally(0).received, 5U);
}

TEST(CountTallies, RememberTenSecondsOfAShortPeriod) {
  World world(endless(10ms));
  EXPECT_EQ(world.answered(0, 0, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 1000, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 1, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 0, 7), Verdict::kDuplicate);
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
      EXPECT_TRUE(world.timed_out(2, round));
    }
    if (!lost) {
      const auto rtt = static_cast<std::int64_t>(1000 + round % 500);
      ASSERT_EQ(world.answered(2, round, rtt), comes_late ? Verdict::kLate : Verdict::kFirst);
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
  EXPECT_EQ(world.answered(0, 0, -1), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 1, 40), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 2, -1), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 3, 20), Verdict::kFirst);
  const auto tally = world.tallies.tally(0);
  EXPECT_EQ(tally.received, 4U);
  EXPECT_EQ(tally.timed, 2U);
  EXPECT_EQ(tally.rtt_min, 20ns);
  EXPECT_EQ(tally.rtt_max, 40ns);
}

TEST(CountTallies, AnIntervalStartsWithNothing) {
  World world(endless(1s));
  EXPECT_EQ(world.answered(0, 0, 10), Verdict::kFirst);
  EXPECT_EQ(world.tallies.interval(0).received, 1U);
  world.tallies.start_interval();
  EXPECT_EQ(world.tallies.interval(0).sent, 0U);
  EXPECT_EQ(world.answered(0, 1, 30), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 2, 20), Verdict::kFirst);
  const auto interval = world.tallies.interval(0);
  EXPECT_EQ(interval.sent, 2U);
  EXPECT_EQ(interval.rtt_min, 20ns);
  EXPECT_EQ(interval.rtt_max, 30ns);
  EXPECT_EQ(interval.rtt_sum, 50ns);
  EXPECT_EQ(world.tallies.tally(0).rtt_min, 10ns);
}

TEST(CountTallies, AnIntervalHasItsOwnLateRepliesAndDuplicatesHoweverMany) {
  World world(endless(1s));
  constexpr std::uint64_t kMany = 150'000;  // beyond what the 16 bits of a target hold, twice
  EXPECT_TRUE(world.timed_out(0, 0));
  EXPECT_EQ(world.answered(0, 0, 10), Verdict::kLate);
  for (std::uint64_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(world.answered(0, 0, 10), Verdict::kDuplicate);
  }
  EXPECT_EQ(world.tallies.tally(0).duplicates, kMany);
  EXPECT_EQ(world.tallies.interval(0).duplicates, kMany);
  world.tallies.start_interval();
  EXPECT_EQ(world.tallies.interval(0).duplicates, 0U);
  EXPECT_EQ(world.tallies.interval(0).late, 0U);
  for (std::uint64_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(world.answered(0, 0, 10), Verdict::kDuplicate);
  }
  EXPECT_EQ(world.tallies.interval(0).duplicates, kMany);
  EXPECT_EQ(world.tallies.tally(0).duplicates, 2 * kMany);
  EXPECT_EQ(world.tallies.tally(0).late, 1U);
  EXPECT_EQ(world.tallies.tally(1).duplicates, 0U);
}

TEST(CountTallies, KeepWhatIsOpenApartFromWhatWasLost) {
  CountOptions options = endless(1s);
  options.rounds = 5;
  options.keep_rounds = true;
  World world(options);
  EXPECT_EQ(world.answered(0, 2, 20), Verdict::kFirst);
  EXPECT_TRUE(world.timed_out(0, 0));
  EXPECT_TRUE(world.timed_out(0, 3));
  using report::KeptRounds;
  const auto rtts = world.tallies.kept(0).rtts_ns;
  EXPECT_EQ(std::vector(rtts.begin(), rtts.end()),
            (std::vector<std::int64_t>{KeptRounds::kNoReply, KeptRounds::kOpen, 20, KeptRounds::kNoReply}));
  EXPECT_TRUE(world.tallies.kept(1).rtts_ns.empty());
}

TEST(CountTallies, CloseWhatIsForgotten) {
  World world(endless(1s));
  EXPECT_EQ(world.answered(0, 0, 7), Verdict::kFirst);
  EXPECT_EQ(world.answered(0, 40, 7), Verdict::kFirst);
  EXPECT_GT(world.tallies.forgotten(), 8U) << "each target's oldest rounds";
  EXPECT_LT(world.tallies.forgotten(), 30U);
  EXPECT_EQ(world.tallies.tally(0).received, 2U);
  EXPECT_GE(world.tallies.tally(0).sent, 2U + 7U);
  EXPECT_TRUE(world.tallies.was_asked(1));
}

TEST(CompactRtt, IsExactForASecondAndGoodToAMillionthBeyond) {
  for (const std::int64_t ns :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{999'999'999}, std::int64_t{1} << 30}) {
    EXPECT_EQ(CompactRtt(ns).ns(), ns);
  }
  std::int64_t before = 0;
  for (std::int64_t ns = 1; ns < std::int64_t{1} << 59; ns += ns / 7 + 1) {
    const std::int64_t kept = CompactRtt(ns).ns();
    EXPECT_LE(kept, ns);
    EXPECT_LE(ns - kept, ns / 1'000'000) << ns;
    EXPECT_LT(CompactRtt(before), CompactRtt(ns));
    before = ns;
  }
  EXPECT_GE(CompactRtt(std::int64_t{1} << 62), CompactRtt(std::int64_t{1} << 59))
      << "the longest that there is";
  EXPECT_EQ(CompactRtt(std::int64_t{1} << 62), CompactRtt::longest());
}

// Memory for what is on its way comes from the rate, not from the period or the targets.
TEST(RecentProbes, AreThoseOfTenSecondsOr32Rounds) {
  const auto size = [](std::chrono::nanoseconds period, std::chrono::nanoseconds spacing,
                       std::uint64_t targets, std::chrono::nanoseconds timeout) {
    CountOptions options;
    options.period = period;
    options.spacing = spacing;
    options.timeout = timeout;
    return RecentProbes(options, targets).size();
  };
  EXPECT_EQ(size(1s, 0s, 1, 1s), 32U);
  EXPECT_EQ(size(1ms, 0s, 1, 1s), 10'016U);
  EXPECT_EQ(size(1us, 0s, 1, 1s), 10'000'032U) << "2.5 MB at a million a second, for one target";
  EXPECT_EQ(size(1s, 1us, 1'000'000, 1s), 11'000'000U) << "and for a million";
  EXPECT_EQ(size(60s, 1us, 1'000'000, 1s), 4'194'304U) << "32 rounds, as far as a mebibyte holds them";
  EXPECT_EQ(size(1s, 0s, 1, 100s), 224U);
  EXPECT_EQ(size(1us, 0s, 1, std::chrono::hours(10)), std::uint64_t{1} << 30);
}

}  // namespace
}  // namespace echosweep::modes

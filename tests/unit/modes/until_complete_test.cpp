// Sweeps that go on until they are complete, and what a sweep says of what it missed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "source_run.hpp"
#include "sweep_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using Fate = LoopbackNetwork::Fate;

SweepOptions options_with(double percent, unsigned most_passes) {
  SweepOptions options;
  options.complete = percent;
  options.retries = most_passes - 1;
  options.timeout = 200ms;
  options.backoff = 1;
  options.drain = 1s;
  return options;
}

/// Every second target is alive and answers after `delay`, where `loss` spares its probe.
SourceRun::Answers half(double loss, nanoseconds delay = 5ms) {
  return [loss, delay, random = std::mt19937_64(7)](std::uint64_t index, unsigned) mutable {
    const bool lost = std::uniform_real_distribution(0.0, 1.0)(random) < loss;
    return index % 2 == 0 && !lost ? std::optional(delay) : std::nullopt;
  };
}

std::vector<std::uint64_t> found_by_pass(const SourceRun& run) {
  return run.state.answers(0, 0).by_pass;
}

TEST(UntilComplete, EndsWithTheFirstPassThatIsEnough) {
  SourceRun run(20'000, options_with(99, 10), 3);
  run.answers = half(0.1);
  run.run(100'000);
  ASSERT_TRUE(run.done);
  const std::vector<std::uint64_t> found = found_by_pass(run);
  ASSERT_GT(found.size(), 2U);
  ASSERT_LT(found.size(), 6U);
  EXPECT_EQ(run.state.ledger.alive(), std::accumulate(found.begin(), found.end(), std::uint64_t{0}));
  const std::uint64_t unanswered = 20'000 - run.state.ledger.alive();
  EXPECT_TRUE(is_complete({found, found.size(), unanswered}, 99));
  const std::vector<std::uint64_t> before(found.begin(), found.end() - 1);
  EXPECT_FALSE(is_complete({before, before.size(), unanswered}, 99)) << "one pass less would have done";
  EXPECT_EQ(run.source.whole_passes(1h), found.size());
}

TEST(UntilComplete, WaitsForTheTimeoutBeforeAnotherPass) {
  SourceRun run(1000, options_with(99.9, 4), 3);
  run.answers = half(0.3);
  run.run(100'000);
  ASSERT_TRUE(run.done);
  for (unsigned pass = 2; pass < 4; ++pass) {
    const auto first = std::ranges::find(run.sent, pass, &SourceRun::Sent::pass);
    ASSERT_NE(first, run.sent.end());
    EXPECT_GE(first->at - std::prev(first)->at, 200ms) << pass;
    EXPECT_LE(first->at - std::prev(first)->at, 230ms) << "and no drain between: pass " << pass;
  }
  EXPECT_GE(run.now - run.last_sent(), 1s) << "the drain comes at the end";
}

TEST(UntilComplete, MakesNoMorePassesThanAllowed) {
  for (const unsigned most : {2U, 3U, 5U}) {
    SourceRun run(1000, options_with(100, most), 3);
    run.answers = half(0.4);
    run.run(100'000);
    ASSERT_TRUE(run.done);
    EXPECT_EQ(found_by_pass(run).size(), most);
    EXPECT_EQ(run.source.ended_by(), "") << "that is no early end";
  }
}

TEST(UntilComplete, GoesOnWhereNobodyAnswers) {
  SourceRun run(100, options_with(99, 4), 3);
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.source.probes_by_pass(), ElementsAre(100, 100, 100, 100));
}

TEST(UntilComplete, EndsAtOnceWhereAllHaveAnswered) {
  SourceRun run(1000, options_with(99.99, 10), 3);
  run.answers = [](std::uint64_t, unsigned) { return std::optional<nanoseconds>(5ms); };
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.source.probes_by_pass(), ElementsAre(1000, 0));
  EXPECT_LE(run.now - run.last_sent(), 30ms);
}

TEST(UntilComplete, LateRepliesInTheDrainMayAskForAnotherPass) {
  // The second pass seems to find nobody; in the drain come the replies to it, of every fiftieth target.
  SweepOptions options = options_with(99, 10);
  SourceRun run(20'000, options, 3);
  run.answers = [](std::uint64_t index, unsigned pass) {
    return index % 2 == 1   ? std::nullopt
           : index % 50 > 0 ? std::optional<nanoseconds>(5ms)
           : pass == 1      ? std::optional<nanoseconds>(800ms)
                            : std::nullopt;
  };
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(found_by_pass(run), ElementsAre(9600, 400, 0));
}

TEST(UntilComplete, StopsWhenAsked) {
  SourceRun run(1000, options_with(100, 10), 3);
  run.answers = half(0.4);
  run.run(100'000, run.start + 250ms);
  ASSERT_FALSE(run.done);
  run.state.stop_requests = 1;
  const std::size_t sent = run.sent.size();
  run.run(100'000);
  EXPECT_TRUE(run.done);
  EXPECT_EQ(run.sent.size(), sent);
  EXPECT_LE(found_by_pass(run).size(), 3U);
}

TEST(WholePasses, AreThoseThatWentThrough) {
  SweepOptions options;
  options.retries = 2;
  options.timeout = 200ms;
  options.backoff = 1;
  options.drain = 1s;
  SourceRun whole(1000, options, 3);
  whole.run(10'000);
  EXPECT_EQ(whole.source.whole_passes(1h), 3U);

  SourceRun stopped(1000, options, 3);
  stopped.run(10'000, stopped.start + 350ms);  // the first pass took 100 ms, the second began at 200 ms
  stopped.state.stop_requests = 1;
  stopped.run(10'000);
  ASSERT_TRUE(stopped.done);
  EXPECT_EQ(stopped.source.whole_passes(1h), 2U);
  EXPECT_EQ(stopped.sent_in(1).size(), 1000U);

  SourceRun limited(1000, options, 3);
  limited.run(10'000, limited.start + 50ms);
  limited.state.stop_requests = 1;
  limited.run(10'000);
  EXPECT_EQ(limited.source.whole_passes(1h), 0U);
}

TEST(WholePasses, AreWaitedFor) {
  SweepOptions options;
  options.retries = 1;
  options.timeout = 200ms;
  options.drain = 50ms;
  SourceRun run(100, options, 3);
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_EQ(run.source.whole_passes(1h), 1U) << "50 ms are not the timeout";
  EXPECT_EQ(run.source.whole_passes(60ms), 1U);
  EXPECT_EQ(run.source.whole_passes(40ms), 2U) << "nobody took longer";
}

/// Every second target is alive; each of its probes is lost with this chance.
LoopbackNetwork::Rules lossy(double loss) {
  return [loss, random = std::mt19937_64(11)](const net::OutgoingPacket& packet, MonotonicTime) mutable {
    const bool lost = std::uniform_real_distribution(0.0, 1.0)(random) < loss;
    Fate fate;
    if (packet.destination.v4_value() % 2 == 0 && !lost) {
      fate.answers.push_back({.delay = 5ms, .error = {}, .options = {}, .dropped = false});
    }
    return fate;
  };
}

TEST(MissedByASweep, IsInItsAccounting) {
  SweepOptions options;
  options.retries = 2;
  SweepRun run({.count4 = 20'000, .options = options, .rules = lossy(0.2)});
  run.run();
  const std::uint64_t truth = 10'000 - run.accounting.alive;
  ASSERT_EQ(run.accounting.alive_by_pass.size(), 3U);
  EXPECT_NEAR(static_cast<double>(run.accounting.alive_by_pass[0]), 8000, 200);
  EXPECT_NEAR(static_cast<double>(run.accounting.alive_by_pass[1]), 1600, 200);
  ASSERT_TRUE(run.accounting.missed);
  EXPECT_GE(run.accounting.missed->at_most, truth);
  EXPECT_NEAR(run.accounting.missed->about, static_cast<double>(truth), 40);
  EXPECT_NEAR(run.accounting.missed->answered, 0.8, 0.02);
  EXPECT_EQ(run.accounting.missed_unknown, "");
}

TEST(MissedByASweep, IsUnknownAfterOnePass) {
  SweepOptions options;
  options.retries = 0;
  SweepRun run({.count4 = 2000, .options = options, .rules = lossy(0.2)});
  run.run();
  EXPECT_FALSE(run.accounting.missed);
  EXPECT_EQ(run.accounting.missed_unknown, "one pass only: -r 1 or more tells");
}

TEST(MissedByASweep, IsBroughtDownUntilItIsComplete) {
  SweepRun run({.count4 = 20'000, .options = options_with(99.9, 10), .rules = lossy(0.2)});
  run.run([&] {
    const Sweep::Progress progress = run.sweep.progress();
    EXPECT_LE(progress.done, 1);
    return true;
  });
  ASSERT_TRUE(run.accounting.missed);
  EXPECT_LE(run.accounting.missed->at_most, allowed_misses(run.accounting.alive, 99.9));
  EXPECT_GE(run.accounting.alive, 9990U);
  EXPECT_EQ(run.sweep.progress().done, 1);
  EXPECT_EQ(run.sweep.progress().probes_to_go, 0U);
}

}  // namespace
}  // namespace echosweep::modes

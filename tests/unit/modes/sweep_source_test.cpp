#include "modes/sweep_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <set>

#include "source_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;

SweepOptions options_with(unsigned retries, nanoseconds drain = 1s) {
  SweepOptions options;
  options.retries = retries;
  options.drain = drain;
  return options;
}

std::vector<std::uint64_t> first_numbers(std::uint64_t count) {
  std::vector<std::uint64_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

SourceRun::Answers everybody(nanoseconds delay) {
  return [delay](std::uint64_t, unsigned) { return std::optional(delay); };
}

TEST(TimeoutOf, GrowsByTheBackoffUpToADay) {
  SweepOptions options;
  options.timeout = 500ms;
  options.backoff = 1.5;
  EXPECT_EQ(timeout_of(options, Pass{0}), 500ms);
  EXPECT_EQ(timeout_of(options, Pass{1}), 750ms);
  EXPECT_EQ(timeout_of(options, Pass{2}), 1125ms);
  EXPECT_EQ(timeout_of(options, Pass{255}), 24h);
  options.backoff = 1;
  EXPECT_EQ(timeout_of(options, Pass{200}), 500ms);
}

TEST(SweepSource, AsksEachTargetOnceInEachPassInTheOrderOfTheRun) {
  for (const std::optional<std::uint64_t> seed :
       {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(9)}) {
    SourceRun run(1000, options_with(2), seed);
    run.run(100'000);
    EXPECT_TRUE(run.done);
    std::vector<std::uint64_t> expected = first_numbers(1000);
    std::ranges::transform(expected, expected.begin(),
                           [&](std::uint64_t cursor) { return run.order.at(cursor); });
    for (unsigned pass = 0; pass < 3; ++pass) {
      EXPECT_EQ(run.sent_in(pass), expected) << pass;
    }
    EXPECT_THAT(run.source.probes_by_pass(), ElementsAre(1000, 1000, 1000));
    EXPECT_EQ(run.state.ledger.count().silent, 1000U);
  }
}

TEST(SweepSource, RetriesNoSoonerThanTheTimeoutAndSoonAfterIt) {
  for (const double backoff : {1.0, 1.5, 5.0}) {
    SweepOptions options = options_with(3);
    options.timeout = 200ms;
    options.backoff = backoff;
    SourceRun run(5000, options, 3);
    run.run(50'000);
    ASSERT_TRUE(run.done);
    std::vector<std::array<MonotonicTime, 4>> at(5000);
    for (const auto& probe : run.sent) {
      at[probe.index][probe.pass] = probe.at;
    }
    for (const auto& times : at) {
      for (unsigned pass = 1; pass < 4; ++pass) {
        const nanoseconds timeout = timeout_of(options, Pass{static_cast<std::uint8_t>(pass - 1)});
        const nanoseconds waited = times[pass] - times[pass - 1];
        ASSERT_GE(waited, timeout);
        // The trail's grain, a wait of 1 ms, and the time in which all 5,000 packets leave.
        ASSERT_LE(waited, timeout + timeout / 100 + 5ms + 100ms);
      }
    }
  }
}

TEST(SweepSource, PassesOverlapSoThatARunTakesAboutAsLongAsItsPackets) {
  SourceRun run(65'536, options_with(1), 4);
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_EQ(run.sent.size(), 131'072U);
  const auto sending = run.last_sent() - run.start;
  EXPECT_GE(sending, 1300ms);
  EXPECT_LE(sending, 1320ms + 500ms) << "its packets, and the wait before the last of them";
  const bool overlap =
      run.sent_in(0).size() == 65'536 &&
      std::ranges::find(run.sent, 1U, &SourceRun::Sent::pass) <
          std::ranges::find(run.sent.rbegin(), run.sent.rend(), 0U, &SourceRun::Sent::pass).base();
  EXPECT_TRUE(overlap) << "the first retry left before the last first probe";
}

TEST(SweepSource, ManyPassesTakeTheirPacketsAndAtMostOneWaitEach) {
  SweepOptions options = options_with(5);
  options.backoff = 1;
  SourceRun run(65'536, options, 4);
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_EQ(run.sent.size(), 6U * 65'536);
  EXPECT_LE(run.last_sent() - run.start, 3933ms + 5 * 500ms);
}

TEST(SweepSource, SkipsWhoHasAnswered) {
  SourceRun run(10'000, options_with(2), 8);
  run.answers = [](std::uint64_t index, unsigned) {
    return index % 5 == 0 ? std::optional<nanoseconds>(3ms) : std::nullopt;
  };
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.source.probes_by_pass(), ElementsAre(10'000, 8000, 8000));
  for (const std::uint64_t index : run.sent_in(1)) {
    ASSERT_NE(index % 5, 0U);
  }
}

TEST(SweepSource, AnErrorDoesNotEndRetries) {
  SourceRun run(10, options_with(1));
  run.on_step = [&] { run.state.ledger.raise(3, State::kUnreachable); };
  run.run(1000);
  EXPECT_THAT(run.sent_in(1), testing::Contains(3U));
}

TEST(SweepSource, EndsAtOnceWhenEverybodyHasAnswered) {
  SourceRun run(1000, options_with(3), 1);
  run.answers = everybody(10ms);
  run.run(10'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.source.probes_by_pass(), ElementsAre(1000, 0, 0, 0));
  EXPECT_LE(run.now - run.last_sent(), 10ms + 5ms + 20ms);
}

TEST(SweepSource, EndsDuringTheDrainWhenTheLastAnswerComes) {
  SourceRun run(100, options_with(0, 10s));
  run.answers = everybody(3s);
  run.run(10'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.now - run.last_sent(), AllOf(Ge(3s), Le(3s + 50ms)));
}

TEST(SweepSource, StepsOverAnsweredTargetsFarAheadButNeverPastThePassBefore) {
  SourceRun run(50'000, options_with(1));
  run.answers = [](std::uint64_t index, unsigned) {
    return index == 49'999 ? std::nullopt : std::optional<nanoseconds>(1ms);
  };
  run.run(100'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.sent_in(1), ElementsAre(49'999));
  const auto retry = std::ranges::find(run.sent, 1U, &SourceRun::Sent::pass);
  EXPECT_THAT(retry->at - run.start, AllOf(Ge(1s), Le(1010ms)));
}

TEST(SweepSource, DrainsForAsLongAsItWasToldTo) {
  for (const nanoseconds drain : {nanoseconds(0ns), nanoseconds(300ms), nanoseconds(7s)}) {
    SourceRun run(100, options_with(1, drain));
    run.run(10'000);
    ASSERT_TRUE(run.done);
    EXPECT_EQ(run.now - run.last_sent(), std::max<nanoseconds>(drain, 5ms)) << drain.count();
    EXPECT_EQ(run.source.ended_by(), "");
  }
}

TEST(SweepSource, AnAnswerInTheDrainStillCounts) {
  SourceRun run(2, options_with(0, 2s));
  run.answers = [](std::uint64_t index, unsigned) {
    return index == 1 ? std::optional<nanoseconds>(1900ms) : std::nullopt;
  };
  run.run(1000);
  EXPECT_EQ(run.state.ledger.state(1), State::kAlive);
}

TEST(SweepSource, AStopRequestEndsSendingAndWaitsOneTimeout) {
  SourceRun run(100'000, options_with(1, 60s));
  run.run(10'000, run.start + 2s);
  const std::size_t before = run.sent.size();
  run.state.stop_requests = 1;
  const MonotonicTime stopped = run.now;
  run.run(10'000);
  ASSERT_TRUE(run.done);
  EXPECT_EQ(run.sent.size(), before);
  EXPECT_THAT(run.now - stopped, AllOf(Ge(740ms), Le(770ms))) << "the last pass's timeout, not the drain";
  EXPECT_EQ(run.source.ended_by(), "") << "the user asked for it";
  EXPECT_GT(run.state.ledger.count().unsent, 0U);
}

TEST(SweepSource, ASecondStopRequestEndsAtOnce) {
  SourceRun run(100'000, options_with(1, 60s));
  run.run(10'000, run.start + 2s);
  run.state.stop_requests = 1;
  run.run(10'000, run.now + 100ms);
  EXPECT_FALSE(run.done);
  const MonotonicTime stopped = run.now;
  run.state.stop_requests = 2;
  run.run(10'000);
  EXPECT_TRUE(run.done);
  EXPECT_EQ(run.now, stopped);
}

TEST(SweepSource, AStopDuringTheDrainDoesNotMakeItLonger) {
  SourceRun run(100, options_with(0, 600ms));
  run.run(10'000, run.start + 400ms);
  run.state.stop_requests = 1;
  run.run(10'000);
  EXPECT_TRUE(run.done);
  EXPECT_LE(run.now - run.last_sent(), 600ms);
}

TEST(SweepSource, AStopWithNobodyMissingEndsAtOnce) {
  SourceRun run(100'000, options_with(1, 60s));
  run.answers = everybody(0ns);
  run.run(10'000, run.start + 2s);
  run.state.stop_requests = 1;
  const MonotonicTime stopped = run.now;
  run.run(10'000);
  EXPECT_TRUE(run.done);
  EXPECT_EQ(run.now, stopped);
}

TEST(SweepSource, MaxRuntimeStopsSending) {
  SweepOptions options = options_with(1, 60s);
  options.max_runtime = 1500ms;
  SourceRun run(100'000, options);
  run.run(10'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.last_sent() - run.start, AllOf(Ge(1490ms), Le(1500ms)));
  EXPECT_LE(run.now - run.last_sent(), 770ms);
  EXPECT_EQ(run.source.ended_by(), "--max-runtime");
}

TEST(SweepSource, MaxPacketsIsExact) {
  for (const std::uint64_t most : {1U, 49U, 50U, 51U, 999U, 1000U, 1001U, 1999U}) {
    SweepOptions options = options_with(1, 1s);
    options.max_probes = most;
    SourceRun run(1000, options, 2);
    run.run(10'000);
    ASSERT_TRUE(run.done);
    EXPECT_EQ(run.sent.size(), most);
    EXPECT_EQ(run.state.probes.load(), most);
    EXPECT_EQ(run.source.ended_by(), "--max-packets");
    EXPECT_EQ(run.state.ledger.count().unsent, most < 1000 ? 1000 - most : 0U);
  }
}

TEST(SweepSource, AsksTheSilentOnceMoreWhereTheCaptureLostPackets) {
  SourceRun run(1000, options_with(1), 2);
  run.answers = [](std::uint64_t index, unsigned pass) {
    // Half are alive; of these the capture loses every tenth, until the extra pass.
    return index % 2 == 0 && (index % 20 != 0 || pass == 2) ? std::optional<nanoseconds>(5ms) : std::nullopt;
  };
  run.state.capture_drops = 50;
  run.run(10'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.source.probes_by_pass(), ElementsAre(1000, 550, 550));
  EXPECT_EQ(run.state.ledger.alive(), 500U);
  EXPECT_EQ(run.state.passes.load(), 3U);
  EXPECT_GE(run.now - run.last_sent(), 1s) << "there is a drain after it too";
}

TEST(SweepSource, MakesNoMoreThanOneExtraPass) {
  SourceRun run(10, options_with(0), 2);
  run.on_step = [&] { ++run.state.capture_drops; };
  run.run(10'000);
  ASSERT_TRUE(run.done);
  EXPECT_THAT(run.source.probes_by_pass(), ElementsAre(10, 10));
}

TEST(SweepSource, MakesNoExtraPassWithoutLossOrAfterAStop) {
  SourceRun lossless(10, options_with(0), 2);
  lossless.run(10'000);
  EXPECT_THAT(lossless.source.probes_by_pass(), ElementsAre(10));

  SourceRun stopped(10, options_with(0), 2);
  stopped.state.capture_drops = 1;
  stopped.run(10'000, stopped.start + 100ms);
  stopped.state.stop_requests = 1;
  stopped.run(10'000);
  EXPECT_TRUE(stopped.done);
  EXPECT_THAT(stopped.source.probes_by_pass(), ElementsAre(10));
}

TEST(SweepSource, TheExtraPassKeepsToTheTimeoutToo) {
  SourceRun run(100, options_with(0, 0ns), 2);
  run.state.capture_drops = 1;
  run.run(10'000);
  ASSERT_TRUE(run.done);
  EXPECT_EQ(run.sent_in(1).size(), 100U);
  const auto retry = std::ranges::find(run.sent, 1U, &SourceRun::Sent::pass);
  EXPECT_GE(retry->at - run.start, 500ms);
}

TEST(SweepSource, HasNoRoomForMoreThanAllPasses) {
  SourceRun run(1, options_with(kMaxPasses - 1), 2);
  run.state.capture_drops = 1;
  std::array<packet::Probe, 1> room;
  EXPECT_EQ(run.state.passes.load(), kMaxPasses);
  run.state.stop_requests = 2;
  EXPECT_TRUE(run.source.next(run.now, room).done);
}

TEST(SweepSource, HoldsBackWhileTheQueueHasLessRoomThanRepliesMayCome) {
  constexpr std::size_t kSlots = 256;
  SourceRun run(10'000, options_with(0), std::nullopt, kSlots);
  run.answers = everybody(10ms);
  std::uint64_t listed = 0;
  std::uint64_t most_in_flight = 0;
  // Each answer takes a slot, and nobody takes anything out: 0 is free only where every probe may be
  // answered.
  run.on_step = [&] {
    for (; listed < run.state.ledger.alive(); ++listed) {
      ASSERT_TRUE(run.state.events.push({})) << "a reply met a full queue";
    }
    most_in_flight = std::max<std::uint64_t>(most_in_flight, run.sent.size());
  };
  run.run(10'000, run.start + 10s);
  EXPECT_FALSE(run.done);
  EXPECT_THAT(run.sent.size(), AllOf(Ge(150U), Le(kSlots + 50))) << "and there it stands";
  const std::size_t stuck_at = run.sent.size();

  ReplyEvent event;
  run.on_step = [&] {
    for (; listed < run.state.ledger.alive(); ++listed) {
      ASSERT_TRUE(run.state.events.push({}));
    }
    while (run.state.events.pop(event)) {
    }
  };
  run.run(10'000);
  EXPECT_TRUE(run.done);
  EXPECT_GT(run.sent.size(), stuck_at);
  EXPECT_EQ(run.state.ledger.alive(), 10'000U);
}

TEST(SweepSource, TellsHowFarThePassesAre) {
  SourceRun run(1000, options_with(1));
  run.run(1000, run.start + 800ms);
  std::array<packet::Probe, 0> none;
  (void)run.source.next(run.now, none);
  EXPECT_EQ(run.state.cursors[0].load(), run.sent_in(0).size());
  EXPECT_EQ(run.state.cursors[1].load(), run.sent_in(1).size());
  EXPECT_GT(run.sent_in(1).size(), 0U);
  EXPECT_EQ(run.state.probes.load(), run.sent.size());
}

TEST(SweepSource, SaysOnlyWhetherItIsDoneWhereThereIsNoRoom) {
  SourceRun run(10, options_with(0));
  const auto next = run.source.next(run.now, {});
  EXPECT_EQ(next.probes, 0U);
  EXPECT_FALSE(next.done);
  EXPECT_EQ(run.state.probes.load(), 0U);
}

TEST(SweepSource, AFailedProbeLeavesItsTargetUnsentAndItsErrnoKnown) {
  SourceRun run(3, options_with(0, 0ns));
  std::array<packet::Probe, 3> room;
  ASSERT_EQ(run.source.next(run.now, room).probes, 3U);
  run.source.left(std::span(room).first(1), run.now);
  run.source.failed(room[1], EACCES);
  run.source.left(std::span(room).subspan(2), run.now);
  EXPECT_EQ(run.state.ledger.state(1), State::kUnsent);
  EXPECT_EQ(run.state.ledger.count().silent, 2U);
  ASSERT_EQ(run.source.failures().of(1).count, 1U);
  EXPECT_EQ(run.source.failures().of(1).last->error, EACCES);
  EXPECT_EQ(run.source.failures().of(1).last->reason, std::to_string(EACCES));
  EXPECT_EQ(run.source.take_advice().size(), 1U);
  EXPECT_THAT(run.source.take_advice(), IsEmpty()) << "said once";
}

TEST(SweepSource, WhatLeavesInAnyOrderIsSilent) {
  SourceRun run(100, options_with(0, 0ns));
  std::array<packet::Probe, 100> room;
  ASSERT_EQ(run.source.next(run.now, room).probes, room.size());
  std::swap(room[0], room[50]);
  std::swap(room[3], room[90]);
  std::swap(room[38], room[39]);
  run.source.left(std::span(room).first(40), run.now);
  run.source.failed(room[40], EACCES);
  run.source.left(std::span(room).subspan(41), run.now);
  for (const packet::Probe& probe : room) {
    EXPECT_EQ(run.state.ledger.state(probe.index),
              probe.index == room[40].index ? State::kUnsent : State::kSilent)
        << probe.index;
  }
}

TEST(SweepSource, AReplyThatOvertakesItsDepartureSkipsNobodysDrain) {
  // Target 0 cannot be sent to in the first pass and answers in the second before the sender is told that the
  // probe left; target 1 is asked and silent. The run must still wait for target 1.
  SourceRun run(2, options_with(1, 5s));
  std::array<packet::Probe, 2> room;
  ASSERT_EQ(run.source.next(run.now, room).probes, 2U);
  run.source.failed(room[0], EPERM);
  run.source.left(std::span(room).subspan(1), run.now);
  (void)run.source.next(run.now, {});  // when they left is known from here on
  run.now += 600ms;
  ASSERT_EQ(run.source.next(run.now, room).probes, 2U);
  run.state.ledger.raise(0, State::kAlive);
  run.source.left(room, run.now);
  EXPECT_FALSE(run.source.next(run.now + 1ms, room).done);
  EXPECT_FALSE(run.source.next(run.now + 4999ms, room).done);
  EXPECT_TRUE(run.source.next(run.now + 5s, room).done);
}

}  // namespace
}  // namespace echosweep::modes

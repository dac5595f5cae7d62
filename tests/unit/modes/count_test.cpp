#include "modes/count.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "count_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using support::AnswerOptions;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Answer = LoopbackNetwork::Answer;
using Fate = LoopbackNetwork::Fate;

CountOptions rounds_of(std::uint64_t rounds, nanoseconds period = 1s, nanoseconds timeout = 1s) {
  CountOptions options;
  options.rounds = rounds;
  options.period = period;
  options.timeout = timeout;
  return options;
}

Fate answer(nanoseconds delay, const AnswerOptions& options = {}) {
  return {.error = 0, .answers = {{.delay = delay, .error = {}, .options = options, .dropped = false}}};
}
LoopbackNetwork::Rules everybody(const Fate& fate) {
  return [fate](const net::OutgoingPacket&, MonotonicTime) { return fate; };
}
/// By the how-manieth probe to anybody this is.
LoopbackNetwork::Rules one_by_one(std::vector<Fate> fates) {
  return
      [fates = std::move(fates), next = std::size_t{0}](const net::OutgoingPacket&, MonotonicTime) mutable {
        return fates[std::min(next++, fates.size() - 1)];
      };
}

TEST(Count, AsksEachTargetOnceARound) {
  CountRun run({.count4 = 3, .count6 = 2, .options = rounds_of(4), .rules = everybody(answer(20ms))});
  run.run();
  EXPECT_TRUE(run.captured);
  EXPECT_EQ(run.network.sent(), 20U);
  EXPECT_EQ(run.seen.replies.size(), 20U);
  EXPECT_TRUE(run.seen.timeouts.empty());
  for (const auto& tally : run.seen.summaries) {
    EXPECT_EQ(tally.sent, 4U);
    EXPECT_EQ(tally.received, 4U);
    EXPECT_EQ(tally.timed, 4U);
    EXPECT_EQ(tally.rtt_min, 20ms);
    EXPECT_EQ(tally.rtt_max, 20ms);
    EXPECT_EQ(tally.rtt_sum, 80ms);
  }
  EXPECT_EQ(run.totals.accounting.alive, 5U);
}

TEST(Count, SpreadsThePhasesAndKeepsThePeriod) {
  auto options = rounds_of(5, 1s);
  options.spacing = 250ms;
  CountRun run({.count4 = 4, .options = options, .rules = everybody(answer(1ms))});
  run.run();
  for (std::uint64_t target = 0; target < 4; ++target) {
    std::vector<nanoseconds> times;
    for (const MonotonicTime when : run.sent[host4(target)]) {
      times.push_back(when - run.start);
    }
    const nanoseconds phase = target * 250ms;
    EXPECT_THAT(times, ElementsAre(phase, phase + 1s, phase + 2s, phase + 3s, phase + 4s));
  }
}

/// A thread that sleeps for every few probes costs more than they do.
TEST(Count, WhatIsDueWithinHalfAMillisecondLeavesTogetherAndNotBeforeItIsDue) {
  auto options = rounds_of(2, 10ms);
  options.spacing = 10us;
  CountRun run({.count4 = 1000, .options = options, .rules = everybody(answer(1ms))});
  run.run();
  std::map<MonotonicTime, int> batches;
  for (std::uint64_t target = 0; target < 1000; ++target) {
    const auto& times = run.sent[host4(target)];
    ASSERT_EQ(times.size(), 2U);
    for (std::size_t round = 0; round < 2; ++round) {
      const nanoseconds late = times[round] - run.start - round * 10ms - target * 10us;
      EXPECT_GE(late, 0us);
      EXPECT_LE(late, 490us);
      ++batches[times[round]];
    }
  }
  EXPECT_EQ(batches.size(), 40U);
  EXPECT_THAT(batches, Each(testing::Pair(testing::_, 50)));
}

TEST(Count, StretchesThePeriodWhereARoundDoesNotFit) {
  auto options = rounds_of(2, 1s);
  options.spacing = 100ms;
  CountRun run({.count4 = 20, .options = options, .rules = everybody(answer(1ms))});
  run.run();
  EXPECT_EQ(run.sent[host4(7)].at(1) - run.sent[host4(7)].at(0), 2s);
}

TEST(Count, GivesUpAfterTheTimeoutAndNotBefore) {
  CountRun run({.options = rounds_of(3, 1s, 400ms), .rules = everybody({})});
  run.run();
  ASSERT_EQ(run.seen.timeouts.size(), 3U);
  EXPECT_EQ(run.seen.timeouts[2].round, 2U);
  EXPECT_EQ(run.seen.timeouts[0].so_far.sent, 1U);
  EXPECT_EQ(run.totals.accounting.silent, 1U);
  EXPECT_GE(run.totals.accounting.elapsed, 2400ms);
}

TEST(Count, CreditsALateReplyToItsProbe) {
  CountRun run({.options = rounds_of(3, 1s, 200ms), .rules = one_by_one({answer(1500ms), answer(10ms)})});
  run.run();
  EXPECT_EQ(run.seen.timeouts.size(), 1U);
  ASSERT_EQ(run.seen.replies.size(), 3U);
  const auto late = std::ranges::find_if(run.seen.replies, &report::CountReply::late);
  ASSERT_NE(late, run.seen.replies.end());
  EXPECT_EQ(late->round, 0U);
  EXPECT_EQ(late->rtt, 1500ms);
  EXPECT_EQ(run.seen.summaries[0].received, 3U);
  EXPECT_EQ(run.seen.summaries[0].late, 1U);
  EXPECT_EQ(run.totals.accounting.late, 1U);
}

TEST(Count, TellsOfTheTimeoutBeforeTheLateReplyEvenWhereNobodyLookedInBetween) {
  CountRun run({.options = rounds_of(2, 1s, 100ms), .rules = one_by_one({answer(500ms), answer(10ms)})});
  run.count.start();
  while (run.network.sent() < 2) {
    std::this_thread::yield();
  }
  while (!run.count.is_over()) {
    run.count.take_events(run.seen);
  }
  ASSERT_EQ(run.seen.timeouts.size(), 1U);
  EXPECT_EQ(run.seen.timeouts[0].round, 0U);
}

TEST(Count, TellsWhatHappensInTheOrderInWhichItHappened) {
  // Target 0 answers, target 1 does not: its probes are given up between the others' replies.
  CountRun run({.count4 = 2,
                .options = rounds_of(3, 1s, 300ms),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                  return packet.destination == host4(0) ? answer(10ms) : Fate{};
                }});
  std::string order;
  class Order final : public Recorder {
   public:
    explicit Order(std::string& text) : text_(text) {}
    Result<void> reply(const report::CountReply& reply) override {
      text_ += fmt::format("r{} ", reply.round);
      return {};
    }
    Result<void> timed_out(const report::CountTimeout& timeout) override {
      text_ += fmt::format("t{} ", timeout.round);
      return {};
    }
    std::string& text_;
  } seen(order);
  run.count.start();
  while (run.network.sent() < 6) {  // nobody reads before all is sent
    std::this_thread::yield();
  }
  while (!run.count.is_over()) {
    run.count.take_events(seen);
  }
  EXPECT_EQ(order, "r0 t0 r1 t1 r2 t2 ");
}

TEST(Count, CountsDuplicatesOnce) {
  Fate twice = answer(10ms);
  twice.answers.push_back(twice.answers.front());
  CountRun run({.options = rounds_of(3), .rules = everybody(twice)});
  run.run();
  EXPECT_EQ(run.seen.summaries[0].received, 3U);
  EXPECT_GE(run.seen.summaries[0].duplicates, 2U);  // the last one may come after the end
  EXPECT_EQ(run.totals.duplicates, run.seen.summaries[0].duplicates);
}

TEST(Count, KeepsEveryRoundTripInOrder) {
  auto options = rounds_of(4, 1s, 500ms);
  options.keep_rounds = true;
  CountRun run({.options = options, .rules = one_by_one({answer(10ms), {}, answer(30ms), answer(40ms)})});
  run.run();
  EXPECT_THAT(run.seen.kept[0],
              ElementsAre(10'000'000, report::KeptRounds::kNoReply, 30'000'000, 40'000'000));
}

TEST(Count, ToldIcmpErrorsLeaveTheProbeOpen) {
  AnswerOptions options;
  options.from = router(Family::kIpv4);
  options.quoted = 8;
  Fate fate;
  fate.answers.push_back(
      {.delay = 5ms, .error = IcmpError{Family::kIpv4, 3, 1}, .options = options, .dropped = false});
  CountRun run({.options = rounds_of(2, 1s, 300ms), .rules = everybody(fate)});
  run.run();
  ASSERT_EQ(run.seen.errors.size(), 2U);
  EXPECT_EQ(run.seen.errors[1].round, 1U);
  EXPECT_EQ(run.seen.errors[0].from, router(Family::kIpv4));
  EXPECT_EQ(run.seen.timeouts.size(), 2U);
  EXPECT_EQ(run.totals.accounting.unreachable, 1U);
}

TEST(Count, SequencesWrapAndTheTagDoesNotCare) {
  auto options = rounds_of(70'000, 1ms, 5ms);
  options.keep_rounds = true;
  CountRun run({.options = options, .rules = everybody(answer(2ms))});
  run.run();
  EXPECT_EQ(run.seen.summaries[0].received, 70'000U);
  EXPECT_EQ(run.seen.summaries[0].duplicates, 0U);
  EXPECT_THAT(run.seen.kept[0], Each(2'000'000));
}

TEST(Count, FindsTheProbeWithoutItsPayload) {
  auto options = rounds_of(66'000, 1ms, 50ms);
  options.keep_rounds = true;
  AnswerOptions bare;
  bare.payload = 0;
  CountRun run({.count4 = 2,
                .options = options,
                .codec = {.payload_size = 8, .given_sequences = true},
                .rules = everybody(answer(7ms, bare))});
  run.run();
  for (std::size_t target = 0; target < 2; ++target) {
    EXPECT_EQ(run.seen.summaries[target].received, 66'000U);
    EXPECT_EQ(run.seen.summaries[target].timed, 66'000U);
    EXPECT_THAT(run.seen.kept[target], Each(7'000'000));
  }
}

TEST(Count, KnowsTheRoundTripOfAPayloadThatCameBackCut) {
  AnswerOptions cut;
  cut.payload = 4;
  auto options = rounds_of(3);
  options.keep_rounds = true;
  CountRun run({.options = options, .rules = everybody(answer(7ms, cut))});
  run.run();
  EXPECT_EQ(run.seen.summaries[0].received, 3U);
  EXPECT_THAT(run.seen.kept[0], Each(7'000'000));
}

TEST(Count, RefusesASequenceThatWasNotSent) {
  AnswerOptions forged;
  forged.payload = 0;
  forged.damage_sequence = true;
  CountRun run({.options = rounds_of(1, 1s, 300ms), .rules = everybody(answer(7ms, forged))});
  run.run();
  EXPECT_TRUE(run.seen.replies.empty());
  EXPECT_EQ(run.totals.accounting.forged, 1U);
}

TEST(Count, TakesRepliesFromElsewhereUnlessToldNotTo) {
  AnswerOptions elsewhere;
  elsewhere.from = router(Family::kIpv4);
  CountRun run({.options = rounds_of(1), .rules = everybody(answer(7ms, elsewhere))});
  run.run();
  ASSERT_EQ(run.seen.replies.size(), 1U);
  EXPECT_EQ(run.seen.replies[0].from, router(Family::kIpv4));

  auto options = rounds_of(1, 1s, 200ms);
  options.check_source = true;
  CountRun strict({.options = options, .rules = everybody(answer(7ms, elsewhere))});
  strict.run();
  EXPECT_TRUE(strict.seen.replies.empty());
  EXPECT_EQ(strict.totals.accounting.foreign, 1U);
}

TEST(Count, AFailedSendIsTheProbesEndAndIsToldOnce) {
  CountRun run(
      {.options = rounds_of(5, 100ms, 50ms),
       .rules = one_by_one(
           {{.error = ENETUNREACH, .answers = {}}, {.error = ENETUNREACH, .answers = {}}, answer(1ms)})});
  run.run();
  ASSERT_EQ(run.seen.failures.size(), 2U);
  EXPECT_EQ(run.seen.failures[1].round, 1U);
  EXPECT_EQ(run.seen.failures[1].error, ENETUNREACH);
  EXPECT_EQ(run.seen.summaries[0].sent, 5U);
  EXPECT_EQ(run.seen.summaries[0].received, 3U);
  EXPECT_THAT(run.advice, ElementsAre(HasSubstr("198.18.0.0: error while sending ping: errno 101"),
                                      HasSubstr("sending works again: 2 probes were not sent in 0.2 s")));
}

TEST(Count, ATargetThatNoProbeLeftForIsUnsent) {
  CountRun run({.options = rounds_of(2, 100ms, 50ms), .rules = everybody({.error = EACCES, .answers = {}})});
  run.run();
  EXPECT_EQ(run.totals.accounting.unsent, 1U);
  EXPECT_EQ(run.seen.failures.size(), 2U);
}

TEST(Count, ALoopGoesOnUntilItIsStopped) {
  CountRun run({.count4 = 2, .options = rounds_of(0, 10ms, 10ms), .rules = everybody(answer(1ms))});
  run.run([&] {
    if (run.seen.replies.size() > 1000) {
      run.count.request_stop(1);
    }
  });
  EXPECT_GT(run.seen.replies.size(), 1000U);
  EXPECT_EQ(run.seen.replies.size(), run.network.sent());
}

TEST(Count, WaitsForWhatIsOnItsWayWhenStopped) {
  CountRun run({.options = rounds_of(0, 1s, 500ms), .rules = everybody(answer(100ms))});
  run.run([&] {
    if (run.network.sent() >= 3) {
      run.count.request_stop(1);
    }
  });
  EXPECT_EQ(run.seen.replies.size(), run.network.sent());
  EXPECT_TRUE(run.seen.timeouts.empty());
}

TEST(Count, IntervalsHoldWhatIsNewAndAddUpToTheWhole) {
  CountRun run({.count4 = 2, .options = rounds_of(50, 10ms, 10ms), .rules = everybody(answer(2ms))});
  std::size_t next = 20;
  run.run([&] {
    if (run.seen.replies.size() >= next) {
      next += 20;
      run.tell_interval();
    }
  });
  run.tell_interval();
  std::uint64_t received = 0;
  nanoseconds sum{0};
  for (const auto& interval : run.seen.intervals) {
    received += interval[0].received;
    sum += interval[0].rtt_sum;
    EXPECT_TRUE(interval[0].received == 0 || interval[0].rtt_max == 2ms);
  }
  EXPECT_EQ(received, 50U);
  EXPECT_EQ(sum, 100ms);
}

TEST(Count, TheScheduleWaitsForAThreadThatWasAway) {
  int calls = 0;
  CountRun* that = nullptr;
  CountRun run(
      {.options = rounds_of(4, 100ms, 50ms), .rules = [&](const net::OutgoingPacket&, MonotonicTime) {
         if (++calls == 2) {
           that->clock.advance(10s);  // a machine that slept
         }
         return answer(1ms);
       }});
  that = &run;
  run.run();
  const auto& times = run.sent[host4(0)];
  ASSERT_EQ(times.size(), 4U);
  EXPECT_LE(times[2] - times[1], 10s + 1ms);
  EXPECT_GE(times[3] - times[2], 80ms) << "no burst";
}

TEST(Count, AClockThatJumpsChangesNothing) {
  CountRun* that = nullptr;
  int calls = 0;
  CountRun run({.options = rounds_of(6, 1s, 500ms), .rules = [&](const net::OutgoingPacket&, MonotonicTime) {
                  if (++calls == 3) {
                    that->clock.jump_wall(-3600s);
                  }
                  return answer(10ms);
                }});
  that = &run;
  run.run();
  EXPECT_EQ(run.seen.summaries[0].received, 6U);
  EXPECT_EQ(run.seen.summaries[0].late, 0U);
  EXPECT_LE(run.seen.summaries[0].rtt_max, 100ms);
}

TEST(Count, EndsWithTheFirstWhenThatIsEnough) {
  auto options = rounds_of(0, 1s, 1s);
  options.enough_alive = 2;
  CountRun run({.count4 = 10, .options = options, .rules = everybody(answer(10ms))});
  run.run();
  EXPECT_GE(run.count.alive(), 2U);
}

/// Plays a main thread that is held up, by output that nobody reads.
void read_only_after(CountRun& run, std::uint64_t probes) {
  run.count.start();
  while (run.network.sent() < probes) {
    std::this_thread::yield();
  }
  run.run_on();
}

TEST(Count, EndsAndGivesUpAllOfAManyWhenTheMainThreadWasHeldUp) {
  CountRun run({.options = rounds_of(6000, 1ms, 5ms), .rules = everybody({})});
  read_only_after(run, 6000);
  EXPECT_EQ(run.seen.timeouts.size(), 6000U);
}

TEST(Count, GivesUpNothingTooSoonWhenTheMainThreadWasHeldUp) {
  std::uint64_t calls = 0;
  CountRun run(
      {.options = rounds_of(6000, 1ms, 50ms), .rules = [&](const net::OutgoingPacket&, MonotonicTime) {
         return ++calls % 20 == 0 ? answer(40ms) : Fate{};
       }});
  read_only_after(run, 6000);
  EXPECT_EQ(run.seen.timeouts.size(), 5700U);
  EXPECT_EQ(run.seen.replies.size(), 300U);
  EXPECT_EQ(run.totals.accounting.late, 0U);
}

TEST(Count, AFailedProbeHasOneEndHoweverLateTheMainThreadHearsOfIt) {
  CountRun run({.count4 = 2,
                .options = rounds_of(3000, 1ms, 2ms),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                  return packet.destination == host4(0) ? Fate{.error = EINVAL, .answers = {}}
                                                        : answer(100us);
                }});
  run.run([&] {  // a look at every fiftieth only
    for (const auto until = std::min<std::uint64_t>(run.network.sent() + 50, 3000);
         run.network.sent() < until;) {
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(run.totals.not_sent, 3000U);
  EXPECT_EQ(run.totals.timeouts, 0U);
  EXPECT_EQ(run.seen.summaries[0].sent, 3000U);
  EXPECT_EQ(run.seen.summaries[1].received, 3000U);
}

TEST(Count, EndsWhereMoreRoundsAreOpenThanAreKept) {
  CountRun run({.options = rounds_of(70'000, 10us, 30s), .rules = everybody({})});
  run.run();
  EXPECT_EQ(run.seen.summaries[0].sent, 70'000U);
  EXPECT_EQ(run.seen.summaries[0].received, 0U);
}

TEST(Count, SixtyFiveThousandTargetsTenTimesLoseNothing) {
  auto options = rounds_of(10, 1s, 1s);
  options.spacing = nanoseconds(15'258);
  options.keep_rounds = true;
  CountRun run({.count4 = 65'536, .options = options, .rules = everybody(answer(3ms)), .seed = 4});
  run.run();
  EXPECT_EQ(run.network.sent(), 655'360U);
  EXPECT_EQ(run.totals.accounting.echo_replies, 655'360U);
  EXPECT_THAT(run.seen.kept, Each(Each(3'000'000)));
}

}  // namespace
}  // namespace echosweep::modes

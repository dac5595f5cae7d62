#include "modes/trace_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <set>
#include <vector>

#include "trace_network.hpp"

namespace echosweep::modes {
namespace {

using namespace traces;

TEST(TracePlan, OneTargetTakesAboutOneRoundTrip) {
  Network network(1, {}, straight(4));
  network.round_trip = 200ms;
  const MonotonicTime start = network.now();
  network.run();
  ASSERT_TRUE(network.plan().front_is_over());
  const auto& traced = network.plan().front();
  EXPECT_EQ(traced.ending, Ending::kReached);
  EXPECT_EQ(senders(traced), (std::vector{router(1), router(2), router(3), router(4), kFirstGoal}));
  EXPECT_LE(network.now() - start, 200ms + 91 * 500us);
}

TEST(TracePlan, AnAnswerOfTheTargetEndsTheAsking) {
  Network network(1, {}, straight(4));
  network.round_trip = 2ms;
  network.run();
  EXPECT_EQ(network.plan().front().probes_sent, network.steps);
  EXPECT_LE(network.steps, 5 * 3 + 4U) << "five hops, and what left while the answer was on its way";
  for (int ttl = 1; ttl <= 5; ++ttl) {
    EXPECT_EQ((network.asked[{0, ttl}]), 3);
  }
}

TEST(TracePlan, SilentHopsAreWaitedForAsLongAsLaterOnesTake) {
  Network network(1, {}, [](const TraceStep& step) -> std::optional<TraceEvent> {
    return step.hop.value == 2 ? std::nullopt : straight(4)(step);
  });
  const MonotonicTime start = network.now();
  network.run();
  EXPECT_EQ(network.plan().front().ending, Ending::kReached);
  EXPECT_EQ(senders(network.plan().front())[1], Address{});
  const auto took = network.now() - start;
  EXPECT_GE(took, 110ms) << "ten times 10 ms and one, from its own send on";
  EXPECT_LE(took, 150ms);
}

TEST(TracePlan, WithoutAnswersItWaitsAndEndsAtTheLastHop) {
  TraceOptions options;
  options.last = Ttl{6};
  options.wait = 2s;
  Network network(1, options, [](const TraceStep&) { return std::nullopt; });
  const MonotonicTime start = network.now();
  network.run();
  EXPECT_EQ(network.plan().front().ending, Ending::kSilent);
  EXPECT_EQ(network.plan().front().hops.size(), 6U);
  EXPECT_GE(network.now() - start, 2s);
  EXPECT_LE(network.now() - start, 2s + 50ms);
}

TEST(TracePlan, AnUnreachableEndsIt) {
  Network network(1, {}, [](const TraceStep& step) -> std::optional<TraceEvent> {
    return step.hop.value < 3 ? error_from(router(step.hop.value)) : error_from(router(3), 3, 1);
  });
  network.run();
  EXPECT_EQ(network.plan().front().ending, Ending::kUnreachable);
  EXPECT_EQ(network.plan().front().hops.size(), 3U);
}

TEST(TracePlan, APortUnreachableOfTheTargetMeansThatItIsReached) {
  Network network(1, {}, [](const TraceStep& step) -> std::optional<TraceEvent> {
    return step.hop.value < 3 ? error_from(router(step.hop.value)) : error_from(kFirstGoal, 3, 3);
  });
  network.run();
  EXPECT_EQ(network.plan().front().ending, Ending::kReached);
}

TEST(TracePlan, HopsAreSettledOneAfterTheOther) {
  Network network(1, {}, [](const TraceStep& step) -> std::optional<TraceEvent> {
    return step.hop.value == 2 ? std::nullopt : straight(4)(step);
  });
  std::set<std::size_t> seen;
  while (!network.plan().is_over()) {
    network.tick();
    seen.insert(network.plan().front_settled());
  }
  EXPECT_TRUE(seen.contains(1)) << "the first hop can be printed while the second is waited for";
  EXPECT_TRUE(seen.contains(5));
}

TEST(TracePlan, WhatCannotBeSentIsNotAskedAgain) {
  Network network(2, {}, straight(4));
  network.send_error = ENETUNREACH;
  while (!network.plan().is_over()) {
    network.tick();
    EXPECT_EQ(network.plan().front_settled(), 0U);
  }
  EXPECT_EQ(network.plan().front().ending, Ending::kNotSent);
  EXPECT_EQ(network.plan().front().error, ENETUNREACH);
  EXPECT_EQ(network.plan().front().hops.size(), 0U);
  EXPECT_LE(network.steps, 4U);
}

TEST(TracePlan, AProbeThatCannotBeSentStopsNoOther) {
  Network network(1, {}, straight(4));
  network.send_error = ENOBUFS;
  network.tick();
  network.send_error = 0;
  network.run();
  const auto& traced = network.plan().front();
  EXPECT_EQ(traced.ending, Ending::kReached);
  EXPECT_EQ(traced.hops.size(), 5U);
  EXPECT_EQ(traced.probes_not_sent, 1U);
  EXPECT_EQ(network.plan().not_sent(), 1U);
  EXPECT_EQ(network.plan().last_error(), ENOBUFS);
}

TEST(TracePlan, WhereNoProbeLeavesItIsNotSent) {
  TraceOptions options;
  options.last = Ttl{4};
  Network network(1, options, straight(4));
  network.send_error = EPERM;
  network.run();
  EXPECT_EQ(network.plan().front().ending, Ending::kNotSent);
  EXPECT_EQ(network.plan().front().error, EPERM);
  EXPECT_EQ(network.plan().front().probes_not_sent, 12U);
  EXPECT_EQ(network.plan().not_sent(), 0U) << "the ending says it";
}

TEST(TracePlan, WhatWasCancelledIsNoFailureAndNoSilence) {
  Network other(1, {}, straight(4));
  other.send_error = ECANCELED;
  other.tick();
  other.plan().stop(false);
  other.run();
  EXPECT_EQ(other.plan().front().ending, Ending::kStopped);
  EXPECT_EQ(other.plan().front().probes_not_sent, 0U);
  EXPECT_TRUE(other.plan().front().hops.empty());
  EXPECT_EQ(other.plan().not_sent(), 0U);
}

TEST(TracePlan, WordOfAProbeMayComeAfterTheEnd) {
  Network network(1, {}, straight(4));
  std::array<TraceStep, 1> room{};
  ASSERT_EQ(network.plan().next(network.now(), {}, room), 1U);
  network.plan().stop(true);
  network.plan().sent({.step = room[0], .when = {}, .error = ECANCELED});
  EXPECT_EQ(network.plan().front().ending, Ending::kStopped);
  EXPECT_TRUE(network.plan().front().hops.empty());
}

TEST(TracePlan, ManyTargetsSideBySideInTheirOrder) {
  TraceOptions options;
  options.side_by_side = 50;
  Network network(500, options, straight(3));
  network.lead = 20;
  network.run();
  for (std::uint64_t index = 0; index < 500; ++index) {
    ASSERT_TRUE(network.plan().has_front());
    const auto& traced = network.plan().front();
    EXPECT_EQ(traced.index, index);
    EXPECT_EQ(senders(traced), (std::vector{router(1), router(2), router(3), kFirstGoal.plus(index)}));
    network.plan().take_front();
  }
  EXPECT_FALSE(network.plan().has_front());
  EXPECT_LE(network.steps, 500 * (4 * 3 + 12U));
}

TEST(TracePlan, DuplicatesAndStrangersChangeNothing) {
  Network network(1, {}, straight(2));
  std::vector<Address> told;
  network.plan().tell_of_routers([&](const Address& sender) { told.push_back(sender); });
  network.run(3ms);
  TraceEvent twice = error_from(router(9));
  twice.hop = Ttl{1};
  twice.probe = 0;
  network.plan().answered(twice);
  network.plan().answered(twice);
  TraceEvent wild = error_from(router(9));
  wild.hop = Ttl{200};
  wild.probe = 14;
  network.plan().answered(wild);
  wild.index = 77;
  network.plan().answered(wild);
  wild.index = 0;
  wild.hop = Ttl{0};
  network.plan().answered(wild);
  network.run();
  EXPECT_EQ(network.plan().front().ending, Ending::kReached);
  EXPECT_EQ(network.plan().front().duplicates, 2U) << "the second, and the router's own";
  EXPECT_EQ(std::ranges::count(told, router(9)), 1) << "a name is looked up for an answer that is taken";
}

TEST(TracePlan, OwnNotesCorrectARoundTripThatProvesNothing) {
  TraceOptions options;
  options.last = Ttl{1};
  Network network(1, options, [](const TraceStep&) { return std::nullopt; });
  network.run(3ms);
  const MonotonicTime first_left = network.now() - 3ms;
  TraceEvent event = error_from(router(1));
  event.hop = Ttl{1};
  event.received = first_left + 8ms;
  event.rtt_ns = 2'000'000'000;  // somebody rewrote the identification
  network.plan().answered(event);
  event.probe = 1;
  event.rtt_ns = (7500us + 3us).count() * 1000;
  event.is_tagged = true;
  network.plan().answered(event);
  const auto& probes = network.plan().front().hops[0].probes;
  EXPECT_EQ(probes[0]->rtt, 8ms);
  EXPECT_EQ(probes[1]->rtt, 7503us);
}

TEST(TracePlan, ATcpAnswerWithAWrongTimeIsRefused) {
  TraceOptions options;
  options.last = Ttl{1};
  Network network(1, options, [](const TraceStep&) { return std::nullopt; });
  network.run(3ms);
  TraceEvent event = error_from(router(1));
  event.hop = Ttl{1};
  event.is_tcp = true;
  event.received = network.now();
  event.rtt_ns = 50'000'000;
  network.plan().answered(event);
  EXPECT_FALSE(network.plan().front().hops[0].probes[0]);
  event.rtt_ns = 3'000'000;
  network.plan().answered(event);
  EXPECT_TRUE(network.plan().front().hops[0].probes[0]);
}

TEST(TracePlan, StopLeavesWhatIsKnown) {
  Network network(10, {}, [](const TraceStep& step) -> std::optional<TraceEvent> {
    return step.hop.value < 3 ? std::optional(error_from(router(step.hop.value))) : std::nullopt;
  });
  network.run(30ms);
  network.plan().stop(false);
  network.run();
  EXPECT_TRUE(network.plan().is_over());
  EXPECT_EQ(network.plan().front().ending, Ending::kStopped);
  EXPECT_EQ(senders(network.plan().front())[0], router(1));
  Network other(10, {}, straight(3));
  other.run(3ms);
  other.plan().stop(true);
  EXPECT_TRUE(other.plan().is_over());
  while (other.plan().has_front()) {
    other.plan().take_front();
  }
  const std::size_t steps = other.steps;
  other.tick();  // with turns that nobody takes any more
  EXPECT_EQ(other.steps, steps);
}

}  // namespace
}  // namespace echosweep::modes

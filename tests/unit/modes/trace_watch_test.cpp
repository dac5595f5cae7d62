#include "modes/trace_watch.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using packet::TraceAnswerKind;

const Address kWatchedGoal = Address::v4(0xc6120001);

/// Two routers and the target; every loss-th probe of hop 2 is lost.
class WatchedNetwork {
 public:
  WatchedNetwork(const TraceWatchOptions& watch, int distance_in = 3)
      : distance(distance_in), set_(one()), watch_(set_, {}, watch) {}

  TraceWatch& watch() { return watch_; }

  void run(std::chrono::nanoseconds most = 1000s) {
    const MonotonicTime end = now + most;
    while (!watch_.is_over() && now < end) {
      tick();
    }
  }
  void tick() {
    std::array<TraceStep, 8> room{};
    const std::size_t count = watch_.next(now, {}, room);
    for (std::size_t i = 0; i < count; ++i) {
      const TraceStep& step = room[i];
      ++asked[step.hop.value];
      watch_.sent({.step = step, .when = now, .error = 0});
      if (step.hop.value == 2 && ++second % lose_every == 0) {
        continue;
      }
      if (step.hop.value > distance && silent_target) {
        continue;
      }
      TraceEvent event;
      event.hop = step.hop;
      event.probe = step.probe;
      event.is_tagged = tagged;
      event.is_tcp = tcp;
      event.rtt_ns = round_trip.count();
      event.received = now + round_trip;
      const bool is_router = step.hop.value < distance || silent_target;
      event.kind = is_router ? TraceAnswerKind::kError : TraceAnswerKind::kEchoReply;
      event.error = {Family::kIpv4, 11, 0};
      if (cut) {
        event.kind = TraceAnswerKind::kError;
        event.error = {Family::kIpv4, 3, 0};
      }
      event.from = is_router ? Address::v4(0xc6130000U + step.hop.value) : kWatchedGoal;
      on_its_way_.emplace(event.received, event);
    }
    now += 5ms;
    while (!on_its_way_.empty() && on_its_way_.begin()->first <= now) {
      watch_.answered(on_its_way_.begin()->second);
      on_its_way_.erase(on_its_way_.begin());
    }
    watch_.heard_all_before(now);
  }

  std::chrono::nanoseconds round_trip = 20ms;
  int lose_every = 1'000'000;
  int second = 0;
  bool silent_target = false;
  bool cut = false;  ///< the first router says that there is no way
  int distance;
  bool tagged = true;
  bool tcp = false;
  std::map<int, int> asked;
  MonotonicTime now{1000s};

 private:
  static targets::TargetSet one() {
    targets::TargetSetBuilder builder;
    builder.add({kWatchedGoal, kWatchedGoal}, true);
    return std::move(*builder.build());
  }
  targets::TargetSet set_;
  TraceWatch watch_;
  std::multimap<MonotonicTime, TraceEvent> on_its_way_;
};

TEST(TraceWatch, CountsWhatWasSentAndWhatCameBack) {
  WatchedNetwork network({.interval = 1s, .cycles = 20});
  network.lose_every = 4;
  const MonotonicTime start = network.now;
  network.run();
  EXPECT_GE(network.now - start, 19s);
  const auto watched = network.watch().watched(0);
  ASSERT_EQ(watched.hops.size(), 3U);
  EXPECT_TRUE(watched.reached);
  EXPECT_EQ(watched.hops[0].sent, 20U);
  EXPECT_EQ(watched.hops[0].received, 20U);
  EXPECT_EQ(watched.hops[1].received, 15U);
  EXPECT_EQ(watched.hops[1].loss(), 25);
  EXPECT_EQ(watched.hops[2].senders, std::vector{kWatchedGoal});
  EXPECT_EQ(watched.hops[2].rtt.average(), 20ms);
  EXPECT_EQ(watched.hops[2].rtt.deviation(), 0ms);
}

TEST(TraceWatch, AsksNothingBehindTheTarget) {
  WatchedNetwork network({.interval = 1s, .cycles = 10});
  network.run();
  EXPECT_EQ(network.asked[3], 10);
  EXPECT_EQ(network.asked[4], 1) << "in the first round nobody knows";
}

TEST(TraceWatch, ASilentTargetHasSomeHopsBehindTheLastRouterAsked) {
  WatchedNetwork network({.interval = 1s, .cycles = 10});
  network.silent_target = true;
  network.run();
  EXPECT_EQ(network.asked[8], 10);
  EXPECT_EQ(network.asked[9], 1);
  const auto watched = network.watch().watched(0);
  ASSERT_EQ(watched.hops.size(), 4U);
  EXPECT_FALSE(watched.reached);
  EXPECT_EQ(watched.hops[3].received, 0U);
  EXPECT_TRUE(watched.hops[3].senders.empty());
}

TEST(TraceWatch, APathThatWasCutIsAskedAgainWhereItRecovers) {
  WatchedNetwork network({.interval = 1s, .cycles = 10});
  network.run(2500ms);
  network.cut = true;
  network.run(2s);
  EXPECT_EQ(network.watch().watched(0).hops.size(), 1U);
  network.cut = false;
  network.run();
  ASSERT_EQ(network.watch().watched(0).hops.size(), 3U);
  EXPECT_GE(network.watch().watched(0).hops[2].received, 7U);
}

TEST(TraceWatch, APathMayGrow) {
  WatchedNetwork network({.interval = 1s, .cycles = 10});
  network.run(2500ms);
  network.distance = 4;
  network.run();
  const auto watched = network.watch().watched(0);
  ASSERT_EQ(watched.hops.size(), 4U);
  EXPECT_EQ(watched.hops[3].senders.front(), kWatchedGoal);
  EXPECT_EQ(network.asked[9], 1) << "only the first round asks so far";
}

TEST(TraceWatch, WhatIsOnItsWayIsNoLoss) {
  WatchedNetwork network({.interval = 1s, .cycles = 0});
  network.round_trip = 300ms;
  network.run(3100ms);
  const auto hop = network.watch().watched(0).hops[0];
  EXPECT_EQ(hop.sent, 4U);
  EXPECT_EQ(hop.received, 3U);
  EXPECT_EQ(hop.on_their_way, 1U);
  EXPECT_EQ(hop.loss(), 0);
}

TEST(TraceWatch, AnAnswerOfACycleLongAgoIsNoneOfThisOne) {
  WatchedNetwork network({.interval = 100ms, .cycles = 100});
  network.round_trip = 1550ms;  // fifteen cycles, and half of one
  network.run();
  EXPECT_EQ(network.watch().watched(0).hops.size(), 3U);
  EXPECT_LE(network.watch().watched(0).hops[0].received, 15U)
      << "only the last have their number to themselves";
}

TEST(TraceWatch, WithoutATagItIsNoneEither) {
  for (const bool tcp : {false, true}) {
    WatchedNetwork network({.interval = 100ms, .cycles = 100});
    network.round_trip = 1550ms;
    network.tagged = false;
    network.tcp = tcp;
    network.run();
    EXPECT_LE(network.watch().watched(0).hops[0].received, 15U) << tcp;
  }
}

TEST(TraceWatch, WhatSomebodyHasRewrittenCountsUnlessItIsTcp) {
  for (const bool tcp : {false, true}) {
    WatchedNetwork network({.interval = 1s, .cycles = 0});
    network.silent_target = true;
    network.round_trip = 500ms;
    network.run(5ms);
    TraceEvent event;
    event.hop = Ttl{1};
    event.from = Address::v4(0xc6130001);
    event.error = {Family::kIpv4, 11, 0};
    event.is_tcp = tcp;
    event.received = network.now;
    event.rtt_ns = 4'000'000'000;
    network.watch().answered(event);
    EXPECT_EQ(network.watch().watched(0).hops[0].received, tcp ? 0U : 1U);
  }
}

TEST(TraceWatch, StopWaitsForWhatIsOnItsWay) {
  WatchedNetwork network({.interval = 1s, .cycles = 0});
  network.round_trip = 300ms;
  network.run(3100ms);
  network.watch().stop(false);
  EXPECT_FALSE(network.watch().is_over());
  network.run();
  EXPECT_TRUE(network.watch().is_over());
  EXPECT_EQ(network.watch().watched(0).hops[0].received, 4U);
}

TEST(TraceWatch, StrangeAnswersChangeNothing) {
  WatchedNetwork network({.interval = 1s, .cycles = 3});
  network.run(50ms);
  TraceEvent event;
  event.index = 7;
  network.watch().answered(event);
  event.index = 0;
  event.hop = Ttl{0};
  network.watch().answered(event);
  event.hop = Ttl{31};
  network.watch().answered(event);
  event.hop = Ttl{1};
  event.probe = 200;
  network.watch().answered(event);
  event.probe = 5;  // not asked yet
  network.watch().answered(event);
  network.run();
  EXPECT_EQ(network.watch().watched(0).hops[0].received, 3U);
}

}  // namespace
}  // namespace echosweep::modes

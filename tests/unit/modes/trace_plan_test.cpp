#include "modes/trace_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <set>
#include <vector>

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using packet::TraceAnswerKind;
using trace::Ending;

const Address kFirstGoal = Address::v4(0xc6120001);

targets::TargetSet goals(std::uint64_t count) {
  targets::TargetSetBuilder builder;
  builder.add({kFirstGoal, kFirstGoal.plus(count - 1)}, true);
  return std::move(*builder.build());
}

/// A network without sockets: a step leaves when it is wanted, and its answer comes a round trip later.
class Network {
 public:
  /// What answers a step; nothing: silence.
  using Answers = std::function<std::optional<TraceEvent>(const TraceStep&)>;

  Network(std::uint64_t targets, const TraceOptions& options, Answers answers)
      : set_(goals(targets)), plan_(set_, options), answers_(std::move(answers)) {}

  TracePlan& plan() { return plan_; }
  MonotonicTime now() const { return now_; }

  /// Goes on until all is over, or so long.
  void run(std::chrono::nanoseconds most = 600s) {
    const MonotonicTime end = now_ + most;
    while (!plan_.is_over() && now_ < end) {
      tick();
    }
  }
  void tick() {
    std::vector<TraceStep> room(lead);
    room.resize(plan_.next(now_, {}, room));
    for (const TraceStep& step : room) {
      ++asked[{step.index, step.hop.value}];
      ++steps;
      plan_.sent({.step = step, .when = now_, .error = send_error});
      if (auto answer = send_error == 0 ? answers_(step) : std::nullopt) {
        answer->index = step.index;
        answer->hop = step.hop;
        answer->probe = step.probe;
        answer->rtt_ns = round_trip.count();
        answer->received = now_ + round_trip;
        on_its_way_.emplace(answer->received, *answer);
      }
    }
    now_ += 500us;
    while (!on_its_way_.empty() && on_its_way_.begin()->first <= now_) {
      plan_.answered(on_its_way_.begin()->second);
      on_its_way_.erase(on_its_way_.begin());
    }
    plan_.heard_all_before(now_);
  }

  std::size_t lead = 1;
  std::chrono::nanoseconds round_trip = 10ms;
  int send_error = 0;
  std::map<std::pair<std::uint64_t, int>, int> asked;  ///< how often, by target and TTL
  std::size_t steps = 0;

 private:
  targets::TargetSet set_;
  TracePlan plan_;
  Answers answers_;
  MonotonicTime now_{1000s};
  std::multimap<MonotonicTime, TraceEvent> on_its_way_;
};

TraceEvent error_from(const Address& from, std::uint8_t type = 11, std::uint8_t code = 0) {
  TraceEvent event;
  event.kind = TraceAnswerKind::kError;
  event.from = from;
  event.error = {Family::kIpv4, type, code};
  return event;
}
TraceEvent reached(const TraceStep& step) {
  TraceEvent event;
  event.kind = TraceAnswerKind::kEchoReply;
  event.from = kFirstGoal.plus(step.index);
  return event;
}
Address router(int hop, std::uint64_t branch = 0) {
  return Address::v4(0xc6130000U + static_cast<std::uint32_t>(hop * 256) +
                     static_cast<std::uint32_t>(branch));
}

/// So many routers, and then the target.
Network::Answers straight(int routers) {
  return [routers](const TraceStep& step) -> std::optional<TraceEvent> {
    return step.hop.value <= routers ? error_from(router(step.hop.value)) : reached(step);
  };
}

std::vector<Address> senders(const trace::Traced& traced) {
  std::vector<Address> all;
  for (const auto& hop : traced.hops) {
    const auto answer = std::ranges::find_if(hop.probes, [](const auto& each) { return each.has_value(); });
    all.push_back(answer == hop.probes.end() ? Address{} : (*answer)->from);
  }
  return all;
}

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

// Fast.

TraceOptions fast() {
  TraceOptions options;
  options.fast = true;
  options.probes = 1;
  options.side_by_side = 20;
  return options;
}

/// Two trunk routers, then a branch of 16 targets, then the target.
std::optional<TraceEvent> tree(const TraceStep& step) {
  const int hop = step.hop.value;
  return hop <= 2   ? error_from(router(hop))
         : hop <= 4 ? error_from(router(hop, step.index / 16))
                    : reached(step);
}

TEST(TracePlan, FastFindsTheSameHops) {
  Network network(256, fast(), tree);
  network.lead = 5;
  network.run();
  for (std::uint64_t index = 0; index < 256; ++index) {
    const auto& traced = network.plan().front();
    EXPECT_EQ(senders(traced), (std::vector{router(1), router(2), router(3, index / 16),
                                            router(4, index / 16), kFirstGoal.plus(index)}))
        << index;
    EXPECT_EQ(traced.ending, Ending::kReached);
    network.plan().take_front();
  }
}

TEST(TracePlan, FastAsksSharedHopsAboutOnce) {
  Network network(256, fast(), tree);
  network.lead = 5;
  network.run();
  int trunk = 0;
  for (std::uint64_t index = 0; index < 256; ++index) {
    trunk += network.asked[{index, 1}];
  }
  EXPECT_LE(trunk, 2);
  EXPECT_LE(network.steps, 256 * 3U) << "the target, the router in front of it, and what is new";
  EXPECT_EQ(network.plan().known_routers(), 2 + 16 * 2U);
}

TEST(TracePlan, FastComesFromBehindWhereATargetIsNearer) {
  Network network(40, fast(), [](const TraceStep& step) -> std::optional<TraceEvent> {
    return straight(step.index % 2 == 0 ? 6 : 2)(step);
  });
  network.lead = 5;
  network.run();
  for (std::uint64_t index = 0; index < 40; ++index) {
    EXPECT_EQ(network.plan().front().hops.size(), index % 2 == 0 ? 7U : 3U);
    EXPECT_EQ(network.plan().front().ending, Ending::kReached);
    network.plan().take_front();
  }
}

TEST(TracePlan, FastAsksAHopThatStaysSilentOnceMore) {
  for (int lost = 1; lost <= 4; ++lost) {
    int losses = 0;
    Network network(30, fast(), [&](const TraceStep& step) -> std::optional<TraceEvent> {
      return step.hop.value == lost && losses++ == 0 ? std::nullopt : straight(4)(step);
    });
    network.lead = 5;
    network.run();
    for (std::uint64_t index = 0; index < 30; ++index) {
      const auto& hops = network.plan().front().hops;
      ASSERT_EQ(hops.size(), 5U);
      for (int hop = 1; hop <= 4; ++hop) {
        const auto& probes = hops[static_cast<std::size_t>(hop) - 1].probes;
        EXPECT_TRUE(std::ranges::any_of(probes, [](const auto& each) { return each.has_value(); }))
            << index << ' ' << hop;
      }
      network.plan().take_front();
    }
  }
}

TEST(TracePaths, ARouterThatWasSilentIsPutInBetween) {
  const auto path = [](bool is_second_silent) {
    trace::Traced traced;
    for (int hop = 1; hop <= 3; ++hop) {
      trace::Answer answer;
      answer.from = router(hop);
      answer.error = {Family::kIpv4, 11, 0};
      traced.hops.emplace_back().probes.resize(1);
      if (hop != 2 || !is_second_silent) {
        traced.hops.back().probes[0] = answer;
      }
    }
    return traced;
  };
  TracePaths paths(Ttl{1});
  paths.learn(path(true), 3);
  EXPECT_FALSE(paths.below(router(3), Ttl{3})->at(1).probes[0]);
  paths.learn(path(false), 3);
  ASSERT_TRUE(paths.below(router(3), Ttl{3})->at(1).probes[0]);
  paths.learn(path(true), 3);
  EXPECT_TRUE(paths.below(router(3), Ttl{3})->at(1).probes[0]);
}

TEST(TracePlan, FastPassesOverSilentHopsAndTargets) {
  Network network(30, fast(), [](const TraceStep& step) -> std::optional<TraceEvent> {
    const bool silent = step.hop.value == 2 || (step.index % 3 == 1 && step.hop.value > 4);
    return silent ? std::nullopt : straight(4)(step);
  });
  network.lead = 5;
  network.run();
  EXPECT_TRUE(network.plan().is_over());
  for (std::uint64_t index = 0; index < 30; ++index) {
    const auto& traced = network.plan().front();
    const auto all = senders(traced);
    EXPECT_EQ(traced.ending, index % 3 == 1 ? Ending::kSilent : Ending::kReached);
    ASSERT_GE(all.size(), 4U);
    EXPECT_EQ(std::vector(all.begin(), all.begin() + 4),
              (std::vector{router(1), Address{}, router(3), router(4)}))
        << index;
    network.plan().take_front();
  }
}

}  // namespace
}  // namespace echosweep::modes

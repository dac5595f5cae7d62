#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "modes/trace_paths.hpp"
#include "modes/trace_plan.hpp"
#include "trace_network.hpp"

namespace echosweep::modes {
namespace {

using namespace traces;

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

#include "modes/sweep_position.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <vector>

#include "sweep_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kAllTargets = 5000;

/// One in seven is nobody, one in eleven is said to be unreachable, one in thirteen cannot be sent to; of the
/// others each pass loses a third, by address and pass.
LoopbackNetwork::Fate fate(const net::OutgoingPacket& packet, MonotonicTime /*now*/) {
  const std::uint64_t index = index_of(packet.destination, kAllTargets);
  if (index % 13 == 0) {
    return {.error = EACCES};
  }
  if (index % 11 == 0) {
    return {.answers = {{.delay = 30ms, .error = IcmpError{Family::kIpv4, 3, 1}}}};
  }
  const std::uint64_t hash = index * 2654435761U + pass_of(packet) * 40503U;
  if (index % 7 == 0 || (hash >> 8) % 3 == 0) {
    return {};
  }
  return {.answers = {{.delay = std::chrono::milliseconds(5 + hash % 60)}}};
}

SweepRun::Setup lossy() {
  SweepRun::Setup setup;
  setup.count4 = kAllTargets;
  setup.options.retries = 2;
  setup.options.timeout = 100ms;
  setup.options.backoff = 1;
  setup.options.drain = 100ms;
  setup.rate = PacketRate{20'000};
  setup.keeps_position = true;
  setup.rules = fate;
  return setup;
}

std::vector<State> states_of(const SweepRun& run) {
  std::vector<State> states;
  states.reserve(run.seen.size());
  for (const Seen& target : run.seen) {
    states.push_back(target.state);
  }
  return states;
}

/// A run that is interrupted when so many packets have left, at that moment's position.
SweepPosition interrupted_at(std::uint64_t packets, SweepRun::Setup setup) {
  SweepRun run(std::move(setup));
  std::optional<SweepPosition> position;
  run.run([&] {
    if (!position && run.network.sent() >= packets) {
      position = run.sweep.position([] {});
      run.sweep.request_stop(2);
    }
    return true;
  });
  return position ? std::move(*position) : run.sweep.position([] {});
}

/// What both parts of a run know together.
std::vector<State> goes_on_from(const SweepPosition& position, report::Accounting* sums = nullptr) {
  SweepRun::Setup setup = lossy();
  setup.from = &position;
  SweepRun run(setup);
  run.run();
  std::vector<State> states = states_of(run);
  for (const std::uint64_t number : position.alive) {
    const std::uint64_t index = run.order.at(number);
    EXPECT_EQ(run.seen[index].times, 0U) << "is given out again";
    states[index] = State::kAlive;
  }
  EXPECT_TRUE(run.accounting.adds_up());
  EXPECT_EQ(run.accounting.alive, static_cast<std::uint64_t>(std::ranges::count(states, State::kAlive)));
  if (sums != nullptr) {
    *sums = run.accounting;
  }
  return states;
}

TEST(SweepPosition, ARunThatGoesOnKnowsWhatAnUndisturbedOneDoes) {
  SweepRun whole(lossy());
  whole.run();
  const std::vector<State> expected = states_of(whole);
  for (std::uint64_t packets = 1; packets < whole.network.sent() + 2000; packets += 611) {
    const SweepPosition position = interrupted_at(packets, lossy());
    EXPECT_EQ(goes_on_from(position), expected) << "after " << packets << " packets";
  }
}

TEST(SweepPosition, OfARunThatIsOverLeavesNothingToAsk) {
  SweepRun whole(lossy());
  whole.run();
  const SweepPosition position = whole.sweep.position([] {});
  report::Accounting sums;
  EXPECT_EQ(goes_on_from(position, &sums), states_of(whole));
  EXPECT_EQ(sums.probes_by_pass, whole.accounting.probes_by_pass) << "somebody was asked again";
  EXPECT_EQ(sums.echo_replies, whole.accounting.echo_replies);
  EXPECT_EQ(sums.alive_by_pass, whole.accounting.alive_by_pass);
  EXPECT_EQ(sums.send_errors, whole.accounting.send_errors);
}

TEST(SweepPosition, WhoeverHadNotHadItsTimeIsAskedAgain) {
  SweepRun::Setup setup = lossy();
  setup.rules = [](const net::OutgoingPacket&, MonotonicTime) { return LoopbackNetwork::Fate{}; };
  const SweepPosition position = interrupted_at(4500, std::move(setup));
  ASSERT_EQ(position.cursors.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(position.cursors, std::greater{}));
  EXPECT_GT(position.cursors[0], 1000U);
  // What left in the last 100 ms, at 20 packets each: whenever the main thread came to ask.
  std::uint64_t waited_for = 0;
  for (std::size_t pass = 0; pass < 3; ++pass) {
    waited_for += position.so_far.probes_by_pass[pass] - position.cursors[pass];
  }
  EXPECT_GE(waited_for, 1900U);
  EXPECT_LE(waited_for, 2600U);
}

TEST(SweepPosition, ProbesThatFailedAndAreSentAgainDoNotTakeFromWhatLeft) {
  SweepRun::Setup refused = lossy();
  std::atomic<unsigned> tries = 0;
  refused.rules = [&](const net::OutgoingPacket&, MonotonicTime) {
    ++tries;
    return LoopbackNetwork::Fate{.error = EACCES};
  };
  SweepRun first(refused);
  std::optional<SweepPosition> position;
  first.run([&] {
    if (!position && tries >= 3000) {
      position = first.sweep.position([] {});
      first.sweep.request_stop(2);
    }
    return true;
  });
  ASSERT_TRUE(position);
  const std::uint64_t settled = position->cursors[0];
  ASSERT_GT(settled, 0U);
  ASSERT_LT(settled, kAllTargets);
  EXPECT_GE(position->failures.of(settled - 1).count, 1U);
  EXPECT_EQ(position->failures.of(settled).count, 0U);

  SweepRun::Setup open = lossy();
  open.rules = [](const net::OutgoingPacket&, MonotonicTime) { return LoopbackNetwork::Fate{}; };
  open.from = &*position;
  SweepRun second(open);
  second.run();
  for (std::uint64_t number = 0; number < kAllTargets; ++number) {
    const Seen& target = second.seen[second.order.at(number)];
    if (number >= settled) {
      EXPECT_EQ(target.state, State::kSilent) << number;
      EXPECT_EQ(target.probes, 3U) << number << " of " << settled;
    } else if (target.state == State::kSilent) {  // else all its probes had failed by then
      EXPECT_THAT(target.probes, testing::AllOf(testing::Ge(1U), testing::Le(2U))) << number;
    }
  }
}

TEST(SweepPosition, TakenTwiceInARowIsTheSame) {
  const SweepPosition first = interrupted_at(6000, lossy());
  SweepRun::Setup setup = lossy();
  setup.from = &first;
  SweepRun run(setup);
  const SweepPosition second = run.sweep.position([] {});
  EXPECT_EQ(second.cursors, first.cursors);
  EXPECT_EQ(second.alive, first.alive);
  EXPECT_EQ(second.unsent, first.unsent);
  EXPECT_EQ(second.first_answers, first.first_answers);
  EXPECT_EQ(second.so_far.probes(), first.so_far.probes());
}

}  // namespace
}  // namespace echosweep::modes

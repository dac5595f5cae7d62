#include "modes/mtu.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "mtu_path.hpp"
#include "support/loopback_network.hpp"
#include "world.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using support::LoopbackNetwork;
using Fate = LoopbackNetwork::Fate;
using Says = MtuPath::Says;
using Kind = mtu::Answer::Kind;
using mtu::Found;
using mtu::Outcome;

constexpr auto kRtt = 10ms;
const MtuPath kChain{.routers = {{.mtu = 1500}, {.mtu = 1400}, {.mtu = 1300}, {.mtu = 576}, {}}};

struct Recorder final : MtuListener {
  void step(const mtu::Step& step) override { steps.push_back(step); }
  void found(const mtu::Finding& finding) override {
    EXPECT_TRUE(findings.try_emplace(finding.index, finding).second) << "told twice";
  }
  std::vector<mtu::Step> steps;
  std::map<std::uint64_t, mtu::Finding> findings;
};

mtu::Question question_of(const net::OutgoingPacket& packet) {
  const bool v4 = packet.destination.is_v4();
  return {.size = static_cast<std::uint16_t>(packet.bytes.size() + (v4 ? 0U : 40U)),
          .ttl = v4 ? Ttl{packet.bytes[8]} : packet.hop_limit};
}

/// What comes back, as the path says it.
Fate fate_on(const MtuPath& path, const net::OutgoingPacket& packet) {
  const mtu::Question asked = question_of(packet);
  const bool v4 = packet.destination.is_v4();
  const Family family = packet.destination.family();
  const mtu::Answer answer = path(asked);
  support::AnswerOptions options{
      .word = answer.mtu, .quoted_ttl = Ttl{static_cast<std::uint8_t>(asked.ttl.value - answer.hop + 1)}};
  // A path's routers have IPv4 addresses; here they are of the probe's family.
  options.from = v4 ? answer.from : host6(0xffff0000 + (answer.from.v4_value() & 0xff));
  switch (answer.kind) {
    case Kind::kArrived:
      return {.answers = {{.delay = kRtt, .options = {.ttl = answer.ttl}}}};
    case Kind::kTooBig:
      return {.answers = {{.delay = kRtt,
                           .error = v4 ? IcmpError{family, 3, 4} : IcmpError{family, 2, 0},
                           .options = options}}};
    case Kind::kExpired:
      return {.answers = {{.delay = kRtt,
                           .error = v4 ? IcmpError{family, 11, 0} : IcmpError{family, 3, 0},
                           .options = options}}};
    default:
      return {};
  }
}

/// A whole run, its threads included. This thread plays the main thread.
struct WholeRun {
  struct Setup {
    std::uint64_t count4 = 1;
    std::uint64_t count6 = 0;
    MtuOptions options = {};
    std::uint32_t local = 1500;
    LoopbackNetwork::Rules rules;
    PacketRate rate{};
  };

  explicit WholeRun(Setup given)
      : setup(std::move(given)),
        set(target_set(setup.count4, setup.count6)),
        codec(fixed_key(), {.largest = 65535}),
        network(clock, setup.rules),
        start(clock.now()),
        mtu({.clock = clock,
             .tx = network.tx(),
             .rx = network.rx(),
             .codec = codec,
             .targets = set,
             .options = setup.options,
             .rate = setup.rate,
             .local_mtu = [this](const Address&) { return setup.local; }}) {}

  void run() {
    mtu.start();
    while (!mtu.is_over()) {
      mtu.take_news(seen);
      std::this_thread::yield();
    }
    heard = mtu.finish();
    while (mtu.take_news(seen) > 0) {
    }
  }

  Setup setup;
  targets::TargetSet set;
  support::FakeClock clock;
  packet::MtuCodec codec;
  LoopbackNetwork network;
  MonotonicTime start;
  Mtu mtu;
  Recorder seen;
  Result<void> heard;
};

LoopbackNetwork::Rules on(const MtuPath& path) {
  return [&path](const net::OutgoingPacket& packet, MonotonicTime) { return fate_on(path, packet); };
}

TEST(Mtu, FindsTheNarrowestLinkOfAChainInBothFamilies) {
  MtuPath path = kChain;
  path.routers[3].mtu = 1290;
  WholeRun run({.count4 = 1, .count6 = 1, .rules = on(path)});
  run.run();
  ASSERT_EQ(run.seen.findings.size(), 2U);
  for (const auto& [index, finding] : run.seen.findings) {
    EXPECT_EQ(finding.outcome, Outcome::kFound);
    EXPECT_EQ(finding.mtu, 1290);
    EXPECT_EQ(finding.found, Found::kTold);
    EXPECT_EQ(finding.local_mtu, 1500);
    EXPECT_EQ(finding.told_hop, 4) << "by the TTL that is quoted";
    EXPECT_EQ(finding.hops, 6);
    EXPECT_EQ(finding.probes, 7U);
    EXPECT_EQ(finding.rtt, kRtt);
    EXPECT_FALSE(finding.cut);
  }
  EXPECT_EQ(run.seen.findings[0].told_by, MtuPath::router_address(4));
  EXPECT_EQ(run.mtu.probes(), 14U);
  EXPECT_EQ(run.mtu.heard().replies + run.mtu.heard().errors, 14U);
}

TEST(Mtu, ThousandsOfTargetsSideBySide) {
  MtuPath path = kChain;
  path.routers[3].mtu = 1290;
  WholeRun run({.count4 = 3000, .count6 = 1000, .rules = on(path), .rate = {100'000}});
  run.run();
  ASSERT_EQ(run.seen.findings.size(), 4000U);
  for (const auto& [index, finding] : run.seen.findings) {
    ASSERT_EQ(finding.mtu, 1290) << index;
    ASSERT_EQ(finding.hops, 6) << index;
  }
  EXPECT_LT(run.clock.now() - run.start, 3s) << "28,000 probes and more at 100,000 a second";
}

TEST(Mtu, ARouterThatTellsOnlyAFewIsNoBlackHoleForTheOthers) {
  unsigned told = 0;
  const MtuPath path{.routers = {{}, {.mtu = 1400}, {}}};
  WholeRun run({.count4 = 200, .rules = [&](const net::OutgoingPacket& packet, MonotonicTime) {
                  const bool is_too_big = path(question_of(packet)).kind == Kind::kTooBig;
                  return is_too_big && ++told > 6 ? Fate{} : fate_on(path, packet);
                }});
  run.run();
  std::map<Found, unsigned> ways;
  for (const auto& [index, finding] : run.seen.findings) {
    EXPECT_EQ(finding.mtu, 1400);
    EXPECT_EQ(finding.told_by, MtuPath::router_address(2));
    EXPECT_EQ(finding.lost_size, 0);
    ++ways[finding.found];
  }
  EXPECT_EQ(ways[Found::kTold], 6U);
  EXPECT_EQ(ways[Found::kElsewhere], 194U);
}

TEST(Mtu, ASilentTargetTakesAsManyProbesAsRetriesSay) {
  for (const unsigned retries : {0U, 1U, 3U}) {
    const MtuPath dead{.routers = {{}}, .target_answers = false};
    WholeRun run({.options = {.retries = retries, .wait = 500ms}, .rules = on(dead)});
    run.run();
    EXPECT_EQ(run.seen.findings[0].outcome, Outcome::kSilent);
    EXPECT_EQ(run.seen.findings[0].probes, 2 * (retries + 1)) << "small, large";
    EXPECT_EQ(run.network.sent(), 2 * (retries + 1));
  }
}

TEST(Mtu, AProbeThatIsLostIsSentAgain) {
  std::map<std::uint16_t, unsigned> tries;
  WholeRun run({.rules = [&](const net::OutgoingPacket& packet, MonotonicTime) {
    const bool is_lost = ++tries[question_of(packet).size] == 1;
    return is_lost ? Fate{} : fate_on(kChain, packet);
  }});
  run.run();
  EXPECT_EQ(run.seen.findings[0].mtu, 576);
  EXPECT_EQ(run.seen.findings[0].found, Found::kTold);
  EXPECT_EQ(run.seen.findings[0].lost_size, 0);
}

TEST(Mtu, TellsEachStepOnlyWhereItIsWanted) {
  for (const bool wanted : {false, true}) {
    WholeRun run({.options = {.tells_steps = wanted}, .rules = on(kChain)});
    run.run();
    EXPECT_EQ(run.seen.steps.size(), wanted ? 7U : 0U);
  }
}

TEST(Mtu, WhatTheInterfaceDoesNotTakeIsTriedSmaller) {
  const MtuPath path{.routers = {{}}};
  WholeRun run({.rules = [&](const net::OutgoingPacket& packet, MonotonicTime) {
    return question_of(packet).size > 1432 ? Fate{.error = EMSGSIZE} : fate_on(path, packet);
  }});
  run.run();
  EXPECT_EQ(run.seen.findings[0].mtu, 1432);
  EXPECT_EQ(run.seen.findings[0].found, Found::kInterface);
  EXPECT_EQ(run.seen.findings[0].local_mtu, 1432);
}

TEST(Mtu, NoMoreIsTriedThanAskedFor) {
  const MtuPath path{.routers = {{}}};
  std::uint16_t largest = 0;
  WholeRun run({.options = {.largest = 1000}, .rules = [&](const net::OutgoingPacket& packet, MonotonicTime) {
                  largest = std::max(largest, question_of(packet).size);
                  return fate_on(path, packet);
                }});
  run.run();
  EXPECT_EQ(largest, 1000);
  EXPECT_EQ(run.seen.findings[0].mtu, 1000);
  EXPECT_EQ(run.seen.findings[0].found, Found::kMaximum);
}

TEST(Mtu, Ipv6IsTriedWithItsLeastMtuAtLeast) {
  const MtuPath path{.routers = {{}}};
  WholeRun run({.count4 = 0, .count6 = 1, .options = {.largest = 600}, .rules = on(path)});
  run.run();
  EXPECT_EQ(run.seen.findings[0].mtu, 1280);
  EXPECT_EQ(run.seen.findings[0].found, Found::kMaximum);
  EXPECT_EQ(run.seen.findings[0].local_mtu, 1500);
}

TEST(Mtu, WhatMayNotLeaveSaysWhy) {
  WholeRun run({.rules = [](const net::OutgoingPacket&, MonotonicTime) { return Fate{.error = EACCES}; }});
  run.run();
  EXPECT_EQ(run.seen.findings[0].outcome, Outcome::kNotSent);
  EXPECT_EQ(run.seen.findings[0].error_number, EACCES);
  EXPECT_EQ(run.seen.findings[0].probes, 0U);
}

TEST(Mtu, AQueueThatStaysFullEndsTheRunToo) {
  WholeRun run({.options = {.retries = 1},
                .rules = [](const net::OutgoingPacket&, MonotonicTime) { return Fate{.error = ENOBUFS}; }});
  run.run();
  EXPECT_EQ(run.seen.findings[0].outcome, Outcome::kNotSent);
  EXPECT_EQ(run.seen.findings[0].error_number, ENOBUFS);
}

TEST(Mtu, ASignalEndsItAtOnce) {
  const MtuPath dead{.target_answers = false};
  WholeRun run({.options = {.wait = 1h}, .rules = on(dead)});
  run.mtu.stop_requests() = 1;
  run.run();
  EXPECT_TRUE(run.heard);
  EXPECT_TRUE(run.seen.findings.empty());
}

TEST(Mtu, ACaptureThatFailsEndsTheRun) {
  WholeRun run({.options = {.wait = 1h}, .rules = on(kChain)});
  run.network.break_capture_after(2, Error{"gone", 5});
  run.run();
  ASSERT_FALSE(run.heard);
  EXPECT_EQ(run.heard.error().message, "gone");
}

}  // namespace
}  // namespace echosweep::modes

#include "modes/trace.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "modes/trace_plan.hpp"
#include "modes/trace_source.hpp"
#include "modes/trace_state.hpp"
#include "support/loopback_network.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using support::FakeClock;
using support::LoopbackNetwork;

const Address kFirst = Address::v4(0xc6120001);

Address router_at(int hop) {
  return Address::v4(0xc6130000U + static_cast<std::uint32_t>(hop));
}

packet::TraceCodec icmp_codec() {
  packet::RunKey key;
  key.identifier = Identifier{0xbeef};
  key.sequence_key.fill(3);
  key.tag_key.fill(4);
  return packet::TraceCodec(key, {});
}

/// Two threads, a codec and a plan over a network of `routers` hops; what is found of each target.
class Traces {
 public:
  Traces(std::uint32_t targets, LoopbackNetwork::Rules rules) : network_(clock_, std::move(rules)) {
    targets::TargetSetBuilder builder;
    builder.add({kFirst, kFirst.plus(targets - 1)}, true);
    set_ = std::move(*builder.build());
  }

  std::vector<trace::Traced> run(PacketRate rate = {2000}) {
    TracePlan plan(set_, options);
    Trace trace({.clock = clock_,
                 .tx = network_.tx(),
                 .rx = network_.rx(),
                 .codec = codec_,
                 .targets = set_,
                 .strategy = plan,
                 .rate = rate});
    trace.start();
    std::vector<trace::Traced> found;
    while (!trace.is_over() || plan.has_front()) {
      if (trace.work() == 0) {
        std::this_thread::yield();
      }
      if (plan.has_front() && plan.front_is_over()) {
        found.push_back(plan.front());
        plan.take_front();
      }
      if (trace.is_over() && !plan.is_over()) {
        break;
      }
    }
    result = trace.finish();
    return found;
  }

  TraceOptions options;
  Result<void> result;
  LoopbackNetwork& network() { return network_; }

 private:
  FakeClock clock_;
  LoopbackNetwork network_;
  targets::TargetSet set_;
  packet::TraceCodec codec_ = icmp_codec();
};

/// What a path of so many routers makes of a packet; errors quote eight bytes.
LoopbackNetwork::Fate path(const net::OutgoingPacket& packet, int routers) {
  const int ttl = packet.bytes[8];
  LoopbackNetwork::Answer answer;
  answer.delay = ttl * 10ms;
  if (ttl <= routers) {
    answer.error = IcmpError{Family::kIpv4, 11, 0};
    answer.options.from = router_at(ttl);
    answer.options.quoted = 8;
  }
  return {.error = 0, .answers = {answer}};
}

TEST(Trace, FindsEachPathByEightQuotedBytes) {
  Traces traces(20, [](const net::OutgoingPacket& packet, MonotonicTime) { return path(packet, 4); });
  const auto found = traces.run();
  ASSERT_TRUE(traces.result);
  ASSERT_EQ(found.size(), 20U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].target, kFirst.plus(i));
    EXPECT_EQ(found[i].ending, trace::Ending::kReached);
    ASSERT_EQ(found[i].hops.size(), 5U);
    for (int hop = 1; hop <= 5; ++hop) {
      for (const auto& answer : found[i].hops[static_cast<std::size_t>(hop) - 1].probes) {
        ASSERT_TRUE(answer && answer->rtt) << hop;
        EXPECT_EQ(answer->from, hop <= 4 ? router_at(hop) : kFirst.plus(i));
        EXPECT_NEAR(static_cast<double>(answer->rtt->count()), hop * 1e7, 1e5) << "a stamp of 7 us";
      }
    }
  }
}

TEST(Trace, SendsEachProbeThatIsWantedOnce) {
  std::multiset<std::pair<std::uint32_t, int>> sent;
  Traces traces(5, [&](const net::OutgoingPacket& packet, MonotonicTime) {
    sent.emplace(packet.destination.v4_value(), packet.bytes[8]);
    return path(packet, 3);
  });
  const auto found = traces.run();
  std::size_t counted = 0;
  for (const auto& traced : found) {
    counted += traced.probes_sent;
    for (int ttl = 1; ttl <= 4; ++ttl) {
      EXPECT_EQ(sent.count({traced.target.v4_value(), ttl}), 3U);
    }
  }
  EXPECT_EQ(sent.size(), counted);
}

TEST(Trace, WhatCannotLeaveIsToldWithItsReason) {
  Traces traces(3, [](const net::OutgoingPacket& packet, MonotonicTime) {
    return packet.destination == kFirst.plus(1) ? LoopbackNetwork::Fate{.error = EHOSTUNREACH, .answers = {}}
                                                : path(packet, 2);
  });
  const auto found = traces.run();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].ending, trace::Ending::kNotSent);
  EXPECT_EQ(found[1].error, EHOSTUNREACH);
  EXPECT_EQ(found[2].ending, trace::Ending::kReached);
}

TEST(TraceSource, AfterAStopWhatIsStillWantedDoesNotLeave) {
  targets::TargetSetBuilder builder;
  builder.add({kFirst, kFirst}, true);
  const auto set = std::move(*builder.build());
  const auto codec = icmp_codec();
  TraceState state(set, codec, 8, false);
  TraceSource source(state);
  ASSERT_TRUE(state.steps.push({.index = 0, .hop = Ttl{1}, .probe = 0}));
  std::array<packet::Probe, 4> room{};
  EXPECT_EQ(source.next({}, room).probes, 1U);
  ASSERT_TRUE(state.steps.push({.index = 0, .hop = Ttl{1}, .probe = 1}));
  state.stop_requests = 1;
  const auto next = source.next({}, room);
  EXPECT_EQ(next.probes, 0U);
  EXPECT_FALSE(next.done);
  TraceSent sent;
  ASSERT_TRUE(state.sent.pop(sent));
  EXPECT_EQ(sent.step.probe, 1);
  EXPECT_EQ(sent.error, ECANCELED);
}

TEST(Trace, AFullQueueIsTriedAgain) {
  std::map<std::pair<std::uint32_t, int>, int> tries;
  Traces traces(4, [&](const net::OutgoingPacket& packet, MonotonicTime) {
    const bool full = ++tries[{packet.destination.v4_value(), packet.bytes[8]}] % 4 == 1;
    return full ? LoopbackNetwork::Fate{.error = ENOBUFS, .answers = {}} : path(packet, 2);
  });
  for (const auto& traced : traces.run()) {
    EXPECT_EQ(traced.ending, trace::Ending::kReached);
    EXPECT_TRUE(traced.hops[0].probes[0] && traced.hops[0].probes[2]);
  }
}

TEST(Trace, ACaptureThatFailsEndsIt) {
  Traces traces(50, [](const net::OutgoingPacket& packet, MonotonicTime) { return path(packet, 4); });
  traces.network().break_capture_after(20, Error{"the capture is gone"});
  (void)traces.run();
  ASSERT_FALSE(traces.result);
  EXPECT_EQ(traces.result.error().message, "the capture is gone");
}

}  // namespace
}  // namespace echosweep::modes

// The sending half alone, in one thread, with its own time: when what is sent again, and whose word counts.
#include "modes/mtu_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <utility>

#include "mtu_asking.hpp"
#include "mtu_path.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using Kind = mtu::Answer::Kind;
using Says = MtuPath::Says;

TEST(MtuSource, WaitsInFullWhileNoRoundTripIsKnown) {
  Asking asking({.retries = 2, .wait = 500ms});
  asking.pass(10s);
  ASSERT_EQ(asking.sent.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(asking.sent[i].when - asking.start, 500ms * static_cast<int>(i)) << i;
    EXPECT_EQ(asking.sent[i].probe.size, i < 3 ? 68 : 1500);
  }
  EXPECT_TRUE(asking.is_over);
  EXPECT_EQ(asking.now - asking.start, 3s);
}

TEST(MtuSource, KnowsByTheRoundTripHowLongToWaitAndDoublesIt) {
  for (const auto& [rtt, first] : {std::pair{10ms, 200ms}, std::pair{100ms, 400ms}}) {
    Asking asking({.retries = 3, .wait = 2s});
    asking.pass(0s);
    asking.arrive(0, rtt);
    asking.pass(20s);
    ASSERT_GE(asking.sent.size(), 5U);
    EXPECT_EQ(asking.sent[2].when - asking.sent[1].when, first);
    EXPECT_EQ(asking.sent[3].when - asking.sent[2].when, 2 * first);
    EXPECT_EQ(asking.sent[4].when - asking.sent[3].when, 4 * first);
    EXPECT_EQ(asking.sent[5].when - asking.sent[4].when, std::min<std::chrono::nanoseconds>(2s, 8 * first));
  }
}

TEST(MtuSource, AnAnswerToAnyTryCounts) {
  Asking asking({.retries = 2, .wait = 500ms});
  asking.pass(600ms);
  ASSERT_EQ(asking.sent.size(), 2U);
  asking.arrive(0);
  asking.pass(1ms);
  ASSERT_EQ(asking.sent.size(), 3U);
  EXPECT_EQ(asking.sent[2].probe.size, 1500);
}

TEST(MtuSource, EachProbeHasANumberOfItsOwn) {
  Asking asking({.retries = 5, .wait = 10ms});
  asking.pass(1s);
  std::map<std::uint16_t, int> sequences;
  for (const Sent& sent : asking.sent) {
    EXPECT_EQ(++sequences[sent.probe.sequence.value], 1);
  }
}

TEST(MtuSource, WhatWasNeverSentIsNotAnswered) {
  Asking asking;
  asking.pass(0s);
  for (const int number : {1, 2, 3, 100, 0x8000, 0xffff}) {
    MtuEvent forged = asking.event(0, Kind::kArrived);
    forged.number = static_cast<std::uint16_t>(number);
    asking.hear(forged);
  }
  MtuEvent elsewhere = asking.event(0, Kind::kArrived);
  elsewhere.index = 1;
  asking.hear(elsewhere);
  asking.pass(10ms);
  EXPECT_EQ(asking.sent.size(), 1U) << "still waiting";
}

TEST(MtuSource, AnAnswerToTheFirstOfManyTriesCounts) {
  Asking asking({.retries = 20, .wait = 10ms});
  asking.pass(205ms);
  ASSERT_EQ(asking.sent.size(), 21U);
  asking.arrive(0);
  asking.pass(0s);
  ASSERT_EQ(asking.sent.size(), 22U);
  EXPECT_EQ(asking.sent[21].probe.size, 1500);
}

TEST(MtuSource, WhatIsTooOldIsNotBelieved) {
  for (const unsigned tries : {7U, 8U}) {
    Asking asking({.retries = 9, .wait = 10ms});
    asking.pass(0s);
    asking.arrive(0);
    asking.pass(0s);
    MtuEvent lie = asking.event(1, Kind::kTooBig);
    lie.mtu = 600;
    asking.hear(lie);
    asking.pass(10ms * static_cast<int>(tries - 1) + 5ms);
    ASSERT_EQ(asking.sent.size(), 2U + tries);
    asking.arrive(1);
    asking.pass(0s);
    asking.arrive(2);
    asking.pass(10s);
    EXPECT_EQ(asking.findings().at(0).mtu, tries == 7 ? 1500 : 600) << tries;
  }
}

TEST(MtuSource, ALateReplyIsStillAProof) {
  Asking asking({.retries = 0, .wait = 500ms});
  asking.pass(0s);
  asking.arrive(0);
  asking.pass(1ms);
  MtuEvent lie = asking.event(1, Kind::kTooBig);
  lie.mtu = 600;
  asking.hear(lie);
  asking.pass(1ms);
  ASSERT_EQ(asking.sent.back().probe.size, 600);
  asking.arrive(1);
  asking.arrive(2);
  asking.pass(10s);
  const auto findings = asking.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].mtu, 1500);
  EXPECT_EQ(findings[0].found, mtu::Found::kInterface);
}

TEST(MtuSource, HowFarARouterIsTheQuotedTtlSays) {
  for (const auto& [quoted, hop] : {std::pair{64, 1}, {62, 3}, {1, 64}, {0, 0}, {65, 0}, {255, 0}}) {
    Asking asking;
    asking.pass(0s);
    asking.arrive(0);
    asking.pass(1ms);
    MtuEvent told = asking.event(1, Kind::kTooBig);
    told.mtu = 1400;
    told.ttl = Ttl{static_cast<std::uint8_t>(quoted)};
    asking.hear(told);
    asking.pass(1ms);
    asking.arrive(2);
    asking.pass(20s);
    const auto findings = asking.findings();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].told_hop, hop) << quoted;
  }
}

TEST(MtuSource, AReplyThatIsSmallerThanItsProbeIsCut) {
  for (const std::uint32_t size : {67U, 68U, 72U}) {
    Asking asking;
    asking.pass(0s);
    MtuEvent reply = asking.event(0, Kind::kArrived);
    reply.size = size;
    asking.hear(reply);
    asking.pass(1000s);
    EXPECT_EQ(asking.findings().at(0).cut, size < 68) << size;
  }
}

TEST(MtuSource, AHopThatSaysNothingIsAskedTwice) {
  const MtuPath path{.routers = {{.mute = true}, {.mtu = 1400, .says = Says::kNothing, .mute = true}, {}}};
  Asking asking({.retries = 5, .wait = 2s});
  std::map<std::pair<int, int>, unsigned> tries;
  for (std::size_t place = 0; !asking.is_over;) {
    asking.pass(1ms);
    for (; place < asking.sent.size(); ++place) {
      const packet::Probe& probe = asking.sent[place].probe;
      ++tries[{probe.ttl.value, probe.size}];
      const mtu::Answer answer = path({.size = probe.size, .ttl = probe.ttl});
      MtuEvent event = asking.event(place, answer.kind);
      event.rtt = 1ms;
      event.ttl = answer.ttl;
      if (answer.kind != Kind::kSilent) {
        asking.hear(event);
      }
    }
  }
  const auto findings = asking.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].lost_size, 1401);
  EXPECT_EQ(findings[0].lost_before_hop, 3);
  EXPECT_EQ((tries[{1, 68}]), 2U);
  EXPECT_EQ((tries[{2, 68}]), 2U);
  EXPECT_EQ((tries[{3, 1401}]), 6U) << "what decides is asked in full";
  EXPECT_EQ((tries[{64, 1401}]), 12U) << "and asked again";
}

TEST(MtuSource, NothingCountsAsLostBeforeWhatCameInIsRead) {
  Asking asking({.retries = 0, .wait = 100ms});
  asking.pass(0s);
  std::array<packet::Probe, 8> room;
  // The receiver is held up: it has not said that it has read what came in by now.
  EXPECT_EQ(asking.source.next(asking.now + 10s, room).probes, 0U);
  asking.arrive(0);
  EXPECT_EQ(asking.source.next(asking.now + 10s, room).probes, 1U);
  EXPECT_EQ(room[0].size, 1500);
}

TEST(MtuSource, WhoDoesNotListenLosesNothing) {
  constexpr std::uint64_t kTargets = 10'000;
  Asking asking({.retries = 0, .wait = 1ms}, kTargets);
  asking.pass(20s);
  EXPECT_FALSE(asking.is_over) << "its queue is full";
  std::uint64_t told = 0;
  for (int i = 0; i < 10; ++i) {
    told += asking.findings().size();
    asking.pass(1s);
  }
  EXPECT_TRUE(asking.is_over);
  EXPECT_EQ(told + asking.findings().size(), kTargets);
}

TEST(MtuSource, SearchesThatHaveBegunComeFirst) {
  Asking asking({}, 100);
  std::array<packet::Probe, 3> room;
  ASSERT_EQ(asking.source.next(asking.now, room).probes, 3U);
  asking.source.left(room, asking.now);
  for (const packet::Probe& probe : room) {
    asking.sent.push_back({asking.now, probe});
  }
  asking.arrive(1);
  ASSERT_EQ(asking.source.next(asking.now, room).probes, 3U);
  EXPECT_EQ(room[0].index, 1U);
  EXPECT_EQ(room[0].size, 1500);
  EXPECT_EQ(room[1].index, 3U);
}

}  // namespace
}  // namespace echosweep::modes

// When sending does not go as it should: no grant, an errno, a signal.
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>

#include "mtu_asking.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;

TEST(MtuSource, ARetryThatWaitsForThePacerWhenItsAnswerComesIsNotSent) {
  Asking asking({.retries = 2, .wait = 100ms});
  asking.pass(0s);
  asking.now += 150ms;
  asking.state.heard_until = asking.now.time_since_epoch().count();
  EXPECT_EQ(asking.source.next(asking.now, {}).probes, 0U) << "the pacer grants none";
  asking.arrive(0);
  asking.pass(0s);
  ASSERT_EQ(asking.sent.size(), 2U);
  EXPECT_EQ(asking.sent[1].probe.size, 1500);
  asking.arrive(1);
  asking.pass(0s);
  EXPECT_EQ(asking.sent.size(), 3U);
}

TEST(MtuSource, WhatIsToldOfAProbeThatAsksNothingAnyMoreChangesNothing) {
  Asking asking({.retries = 0, .wait = 100ms});
  asking.pass(0s);
  asking.arrive(0);
  asking.pass(0s);
  ASSERT_EQ(asking.sent.size(), 2U);
  asking.source.failed(asking.sent[0].probe, EMSGSIZE);
  asking.source.left({&asking.sent[0].probe, 1}, asking.now);
  asking.pass(0s);
  EXPECT_EQ(asking.sent.size(), 2U);
  asking.arrive(1);
  asking.pass(10s);
  EXPECT_EQ(asking.findings().at(0).mtu, 1500);
  ASSERT_TRUE(asking.is_over);
  asking.source.failed(asking.sent.back().probe, EPERM);
  asking.source.left({&asking.sent.back().probe, 1}, asking.now);
  EXPECT_TRUE(asking.source.next(asking.now + 10s, {}).done);
}

TEST(MtuSource, WhatDoesNotLeaveIsTriedAgainAndSaysNothingOfThePath) {
  for (const int error : {EPERM, ENETUNREACH, ENOBUFS}) {
    Asking asking({.retries = 2, .wait = 1s});
    asking.pass(0s);
    asking.arrive(0);
    asking.fails_with = error;
    asking.pass(100ms);
    asking.fails_with = 0;
    asking.pass(200ms);
    ASSERT_EQ(asking.sent.size(), 3U);
    EXPECT_EQ(asking.sent[2].probe.size, 1500);
    EXPECT_EQ(asking.sent[2].when - asking.sent[1].when, 200ms);
    asking.arrive(2);
    asking.pass(100s);  // nobody answers about the hops
    const auto findings = asking.findings();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].mtu, 1500);
    EXPECT_EQ(findings[0].found, mtu::Found::kInterface);
  }
}

TEST(MtuSource, WhatNeverLeavesInTheMiddleOfASearchEndsItAsUnsent) {
  for (const int error : {EPERM, ENETUNREACH, ENOBUFS}) {
    Asking asking({.retries = 2, .wait = 1s});
    asking.pass(0s);
    asking.arrive(0);
    asking.fails_with = error;
    asking.pass(100s);
    EXPECT_TRUE(asking.is_over);
    EXPECT_EQ(asking.sent.size(), 4U) << "as often as anything else";
    const auto findings = asking.findings();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].outcome, mtu::Outcome::kNotSent);
    EXPECT_EQ(findings[0].error_number, error);
    EXPECT_EQ(findings[0].probes, 1U);
    EXPECT_EQ(findings[0].mtu, 0);
  }
}

TEST(MtuSource, APathMtuIsKnownThoughItsHopsCannotBeAskedAbout) {
  Asking asking({.retries = 0, .wait = 1s});
  asking.pass(0s);
  asking.arrive(0);
  asking.pass(0s);
  asking.arrive(1);
  asking.fails_with = EPERM;
  asking.pass(100s);
  const auto findings = asking.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].outcome, mtu::Outcome::kFound);
  EXPECT_EQ(findings[0].mtu, 1500);
  EXPECT_EQ(findings[0].hops, 0);
}

TEST(MtuSource, ToldToStopItSendsNoMoreAndTellsWhatIsProvenOrComesYet) {
  Asking asking({.wait = 1h}, 3);
  asking.pass(0s);
  asking.arrive(0);
  asking.arrive(1);
  asking.pass(0s);
  asking.arrive(3);  // target 0's large one: only its hops are not known
  asking.pass(0s);
  ASSERT_EQ(asking.sent.size(), 6U);
  asking.state.stop_requests = 1;
  asking.pass(1ms);
  auto findings = asking.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].index, 0U);
  EXPECT_EQ(findings[0].mtu, 1500);
  EXPECT_EQ(findings[0].hops, 0);
  asking.arrive(2);  // small
  asking.arrive(4);  // large
  asking.pass(10ms);
  findings = asking.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].index, 1U);
  EXPECT_EQ(findings[0].mtu, 1500);
  EXPECT_TRUE(asking.is_over) << "nothing is on its way any more";
  EXPECT_EQ(asking.sent.size(), 6U);
}

TEST(MtuSource, ToldToStopItWaitsForASecondAtMostAndToldTwiceNotAtAll) {
  for (const int stops : {1, 2}) {
    Asking asking({.wait = 1h}, 3);
    asking.pass(0s);
    asking.state.stop_requests = stops;
    asking.pass(10s);
    EXPECT_TRUE(asking.is_over);
    EXPECT_EQ(asking.now - asking.start, stops == 1 ? 1s : 0s);
    EXPECT_EQ(asking.sent.size(), 3U);
  }
}

}  // namespace
}  // namespace echosweep::modes

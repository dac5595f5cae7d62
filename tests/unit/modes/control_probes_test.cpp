#include "modes/control_probes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "world.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Batches of 50 at 10,000 a second: a control probe in every second one.
class ControlProbesTest : public testing::Test {
 protected:
  static constexpr MonotonicTime kBegin{5000s};

  ControlProbesTest() { controls_.set_rate(10'000); }
  void know(std::uint64_t hosts) {
    for (std::uint64_t i = 0; i < hosts; ++i) {
      controls_.heard({.index = i, .sent = std::nullopt, .control = false}, now_);
    }
  }
  /// Sends a batch, 5 ms later than the last one; the hosts that got control probes, with the places they
  /// had.
  std::vector<std::uint64_t> batch() {
    now_ += 5ms;
    controls_.judge(now_, rate_);
    std::vector<packet::Probe> probes(50);
    const std::size_t count = controls_.write(now_, probes);
    controls_.mix(probes, count);
    std::vector<std::uint64_t> asked;
    for (std::size_t place = 0; place < probes.size(); ++place) {
      if (probes[place].pass == kControlPass) {
        EXPECT_EQ(probes[place].destination, targets_.at(probes[place].index));
        controls_.left(probes[place], now_);
        asked.push_back(probes[place].index);
        places_.insert(place);
      }
    }
    return asked;
  }
  void answer(std::uint64_t index, MonotonicTime sent) {
    controls_.heard({.index = index, .sent = sent, .control = true}, now_);
  }

  targets::TargetSet set_ = target_set(10'000);
  targets::Order order_ = targets::Order::input(set_.size());
  targets::Walk targets_{set_, order_};
  ControlProbes controls_{targets_};
  AutoRate rate_{0.01, kBegin};
  MonotonicTime now_ = kBegin;
  std::set<std::size_t> places_;
};

TEST_F(ControlProbesTest, OneInAHundredAtRandomPlaces) {
  know(1000);
  for (int i = 0; i < 400; ++i) {
    for (const std::uint64_t host : batch()) {
      answer(host, now_);
    }
  }
  EXPECT_NEAR(static_cast<double>(controls_.sent()), 200, 5);
  EXPECT_EQ(controls_.answered(), controls_.sent());
  EXPECT_GT(places_.size(), 40U) << "of 50";
}

TEST_F(ControlProbesTest, AHostOnOurLinkIsAskedAtItsMacAddress) {
  const MacAddress mac{{2, 0, 0x5e, 0x10, 0, 7}};
  controls_.heard({.index = 7, .sent = std::nullopt, .control = false, .mac = mac}, now_);
  batch();  // which earns the first control probe its place
  std::vector<packet::Probe> probes(50);
  for (int i = 0; i < 4 && controls_.write(now_, probes) == 0; ++i) {
    batch();
  }
  EXPECT_EQ(probes[0].index, 7U);
  EXPECT_EQ(probes[0].kind, packet::ProbeKind::kEcho);
  EXPECT_EQ(probes[0].mac, mac);
}

TEST_F(ControlProbesTest, WithoutHostsThereAreNone) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(batch().empty());
  }
}

TEST_F(ControlProbesTest, OneHostGetsOneAtATimeAndFourASecond) {
  know(1);
  std::vector<MonotonicTime> asked;
  for (int i = 0; i < 400; ++i) {
    for (const std::uint64_t host : batch()) {
      asked.push_back(now_);
      answer(host, now_);
    }
  }
  EXPECT_NEAR(static_cast<double>(asked.size()), 8, 1);
  for (std::size_t i = 1; i < asked.size(); ++i) {
    EXPECT_GE(asked[i] - asked[i - 1], 250ms);
  }
}

TEST_F(ControlProbesTest, GivesUpAfterASecondWhileNothingIsKnown) {
  know(1);
  std::vector<MonotonicTime> asked;
  for (int i = 0; i < 300; ++i) {
    if (!batch().empty()) {
      asked.push_back(now_);
    }
  }
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_GE(asked[1] - asked[0], 1s);
  EXPECT_EQ(rate_.loss().lost, 1U);
}

TEST_F(ControlProbesTest, ALateAnswerTakesTheLossBack) {
  know(1);
  MonotonicTime first{};
  while (rate_.loss().lost == 0) {
    if (!batch().empty() && first == MonotonicTime{}) {
      first = now_;
    }
    ASSERT_LT(now_, kBegin + 2s);
  }
  answer(0, first);
  answer(0, first);  // and once more: a duplicate
  controls_.judge(now_, rate_);
  EXPECT_EQ(rate_.loss().lost, 0U);
  EXPECT_EQ(rate_.loss().of, 1U);
  EXPECT_EQ(controls_.answered(), 1U);
}

TEST_F(ControlProbesTest, ALateAnswerFindsItsProbeAmongManyLaterOnes) {
  know(100);
  std::vector<MonotonicTime> of_host0;
  while (of_host0.size() < 3) {
    const auto asked = batch();
    if (std::ranges::find(asked, std::uint64_t{0}) != asked.end()) {
      of_host0.push_back(now_);
    }
    ASSERT_LT(now_, kBegin + 1min);
  }
  answer(0, of_host0[1] + 1ns);  // no probe left then
  EXPECT_EQ(controls_.answered(), 0U);
  for (std::uint64_t i = 0; i < of_host0.size(); ++i) {
    answer(0, of_host0[i]);
    answer(0, of_host0[i]);
    EXPECT_EQ(controls_.answered(), i + 1);
  }
}

TEST_F(ControlProbesTest, OutcomesKeepTheirOrder) {
  know(2);
  std::vector<std::uint64_t> asked;
  while (asked.size() < 2) {
    for (const std::uint64_t host : batch()) {
      asked.push_back(host);
    }
  }
  answer(asked[1], now_);
  controls_.judge(now_, rate_);
  EXPECT_EQ(rate_.loss().of, 0U) << "the first one may still be answered, and comes first";
}

TEST_F(ControlProbesTest, NothingIsGivenUpRightAfterAStall) {
  know(1);
  while (batch().empty()) {
  }
  now_ += 5s;  // the sender was put aside
  controls_.judge(now_, rate_);
  EXPECT_EQ(rate_.loss().of, 0U);
  answer(0, now_ - 5s);
  controls_.judge(now_, rate_);
  EXPECT_EQ(rate_.loss().of, 1U);
  EXPECT_EQ(rate_.loss().lost, 0U);
}

TEST_F(ControlProbesTest, WhatDidNotLeaveIsNoLoss) {
  know(1);
  for (int i = 0; i < 4; ++i) {
    std::vector<packet::Probe> probes(50);
    const std::size_t count = controls_.write(now_, probes);
    controls_.mix(probes, count);
    for (const packet::Probe& probe : probes) {
      if (probe.pass == kControlPass) {
        controls_.failed(probe);
      }
    }
  }
  controls_.judge(now_ + 10s, rate_);
  EXPECT_EQ(controls_.sent(), 0U);
  EXPECT_EQ(rate_.loss().of, 0U);
}

TEST_F(ControlProbesTest, WhoNeverAnswersTwiceIsAskedNoMore) {
  know(200);
  std::uint64_t asked_mute = 0;
  for (int i = 0; i < 12'000; ++i) {
    for (const std::uint64_t host : batch()) {
      if (host == 7) {
        ++asked_mute;
      } else {
        answer(host, now_);
      }
    }
  }
  EXPECT_EQ(asked_mute, 6U);
}

TEST_F(ControlProbesTest, NewcomersTakeThePlacesOfTheOldest) {
  know(2 * ControlProbes::kHosts);
  std::set<std::uint64_t> asked;
  for (int i = 0; i < 1000; ++i) {
    for (const std::uint64_t host : batch()) {
      asked.insert(host);
      answer(host, now_);
    }
  }
  EXPECT_GE(*asked.begin(), ControlProbes::kHosts);
}

}  // namespace
}  // namespace echosweep::modes

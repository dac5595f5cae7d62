#include "sender/pacer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace echosweep::sender {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr MonotonicTime kStart{1000s};

struct Departure {
  MonotonicTime at;
  std::size_t packets;
};

/// How much later than asked a sleep ends.
using Lateness = std::function<nanoseconds()>;

Lateness punctual() {
  return [] { return 0ns; };
}

/// Timers that are late by 50 to 100 us, as a virtual machine's are.
Lateness late_timers() {
  return [random = std::mt19937(7)]() mutable {
    return nanoseconds(std::uniform_int_distribution<std::int64_t>(50'000, 100'000)(random));
  };
}

/// The same, and one sleep in a hundred ends some milliseconds late, because something else ran.
Lateness preempted() {
  return [random = std::mt19937(11)]() mutable {
    const bool put_aside = std::uniform_int_distribution(0, 99)(random) == 0;
    return nanoseconds(put_aside ? std::uniform_int_distribution<std::int64_t>(1'000'000, 8'000'000)(random)
                                 : std::uniform_int_distribution<std::int64_t>(50'000, 100'000)(random));
  };
}

/// A sender that always has something to send, until `end`.
class Walk {
 public:
  explicit Walk(double rate, Lateness lateness) : pacer_(PacketRate{rate}), lateness_(std::move(lateness)) {}

  void run_until(MonotonicTime end) {
    while (now_ < end) {
      const Pacer::Grant grant = pacer_.grant(now_);
      if (grant.packets == 0) {
        ASSERT_GT(grant.next, now_);
        now_ = grant.next + lateness_();
        continue;
      }
      departures_.push_back({now_, grant.packets});
      pacer_.spent(grant.packets);
    }
  }
  void stall(nanoseconds time) { now_ += time; }
  /// The pacer is asked for packets every `step`, but there are none.
  void idle(nanoseconds time, nanoseconds step) {
    for (const MonotonicTime end = now_ + time; now_ < end; now_ += step) {
      if (pacer_.grant(now_).packets > 0) {
        pacer_.idle(now_);
      }
    }
  }

  MonotonicTime now() const { return now_; }
  Pacer& pacer() { return pacer_; }
  const std::vector<Departure>& departures() const { return departures_; }
  double packets_since(MonotonicTime since) const {
    double sum = 0;
    for (const Departure& departure : departures_) {
      sum += departure.at >= since ? static_cast<double>(departure.packets) : 0;
    }
    return sum;
  }
  /// The most that any window that begins at `since` or later holds above `rate` times its length.
  double largest_excess(MonotonicTime since, double rate) const {
    // Kadane's: each departure adds its packets, each gap takes away what the rate would have sent in it.
    double excess = 0;
    double largest = 0;
    MonotonicTime before = since;
    for (const Departure& departure : departures_) {
      if (departure.at < since) {
        continue;
      }
      const double gap = std::chrono::duration<double>(departure.at - before).count();
      before = departure.at;
      excess = std::max(0.0, excess - gap * rate) + static_cast<double>(departure.packets);
      largest = std::max(largest, excess);
    }
    return largest;
  }

 private:
  Pacer pacer_;
  Lateness lateness_;
  MonotonicTime now_ = kStart;
  std::vector<Departure> departures_;
};

class PacerAtRate : public testing::TestWithParam<double> {
 protected:
  double rate() const { return GetParam(); }
  double batch() const { return static_cast<double>(Pacer(PacketRate{rate()}).batch()); }
  /// Time for so many full grants.
  nanoseconds grants(double count) const { return nanoseconds(std::llround(count * batch() / rate() * 1e9)); }
  void expect_mean(const Lateness& lateness) const {
    Walk walk(rate(), lateness);
    walk.run_until(kStart + grants(1000));
    const double seconds = std::chrono::duration<double>(walk.now() - kStart).count();
    EXPECT_NEAR(walk.packets_since(kStart) / seconds, rate(), rate() / 100);
  }
};

TEST_P(PacerAtRate, HoldsTheMeanWithAPunctualTimer) {
  expect_mean(punctual());
}

TEST_P(PacerAtRate, HoldsTheMeanWithLateTimers) {
  expect_mean(late_timers());
}

TEST_P(PacerAtRate, HoldsTheMeanOnABusyMachine) {
  expect_mean(preempted());
}

TEST_P(PacerAtRate, GrantsSinglesBelowAThousandAndFiveMillisecondsAbove) {
  Walk walk(rate(), late_timers());
  walk.run_until(kStart + grants(50));
  ASSERT_GE(walk.departures().size(), 40U);
  for (const Departure& departure : walk.departures()) {
    if (rate() < 1000) {
      ASSERT_EQ(departure.packets, 1U);
    } else {
      ASSERT_LE(static_cast<double>(departure.packets), rate() * 0.005);
      ASSERT_GT(static_cast<double>(departure.packets), rate() * 0.004);
    }
  }
}

TEST_P(PacerAtRate, SpacesGrantsEvenly) {
  Walk walk(rate(), late_timers());
  walk.run_until(kStart + grants(200));
  const nanoseconds even = grants(1);
  const auto& departures = walk.departures();
  for (std::size_t i = 2; i < departures.size(); ++i) {
    const nanoseconds gap = departures[i].at - departures[i - 1].at;
    ASSERT_GE(gap, even - 100us) << i;
    ASSERT_LE(gap, even + 100us) << i;
  }
}

TEST_P(PacerAtRate, NeverBurstsAfterAStall) {
  for (const nanoseconds stall : {nanoseconds(3ms), nanoseconds(50ms), nanoseconds(99ms), nanoseconds(101ms),
                                  nanoseconds(1s), nanoseconds(3600s)}) {
    Walk walk(rate(), punctual());
    walk.run_until(kStart + grants(30));
    walk.stall(stall);
    const MonotonicTime back = walk.now();
    walk.run_until(back + grants(300));
    // A batch leaves at one moment, so each window may hold one more than its share.
    EXPECT_LE(walk.largest_excess(kStart, rate() * 1.25), batch() * 1.001) << stall.count();
    EXPECT_GE(walk.packets_since(back), 295 * batch()) << stall.count();
  }
}

TEST_P(PacerAtRate, GivesNoCreditForIdleTime) {
  Walk walk(rate(), punctual());
  walk.run_until(kStart + grants(30));
  walk.idle(90ms, 1ms);  // a stall as short would be made up for
  const MonotonicTime back = walk.now();
  walk.run_until(back + grants(100));
  // One batch leaves at a moment, and the wait for the first may be made up for; 90 ms would be 18 of 5 ms.
  EXPECT_LE(walk.largest_excess(back, rate()), batch() * 2.001);
  EXPECT_LE(walk.largest_excess(back, rate() * 1.25), batch() * 1.01 + 1);
  EXPECT_GE(walk.packets_since(back), 97 * batch());
}

INSTANTIATE_TEST_SUITE_P(Rates, PacerAtRate, testing::Values(1, 10, 100, 999, 1000, 1e4, 2e4, 1e5, 1e6, 1e7));

TEST(Pacer, MakesUpForAShortStall) {
  Walk walk(10'000, punctual());
  walk.run_until(kStart + 1s);
  walk.stall(60ms);
  walk.run_until(kStart + 2s);
  EXPECT_NEAR(walk.packets_since(kStart), 20'000, 100);
}

TEST(Pacer, ForgetsALongStall) {
  Walk walk(10'000, punctual());
  walk.run_until(kStart + 1s);
  walk.stall(1s);
  walk.run_until(kStart + 3s);
  EXPECT_NEAR(walk.packets_since(kStart), 20'000, 100);
}

TEST(Pacer, SendsASingleAtOnce) {
  Pacer pacer(PacketRate{1});
  EXPECT_EQ(pacer.grant(kStart).packets, 1U);
  pacer.spent(1);
  const Pacer::Grant second = pacer.grant(kStart);
  EXPECT_EQ(second.packets, 0U);
  EXPECT_EQ(second.next, kStart + 1s);
}

TEST(Pacer, SendsNothingBeforeItsFirstBatchIsDue) {
  Pacer pacer(PacketRate{10'000});
  const Pacer::Grant early = pacer.grant(kStart);
  EXPECT_EQ(early.packets, 0U);
  EXPECT_EQ(early.next, kStart + 4'900us);  // when the last of fifty is due
  EXPECT_EQ(pacer.grant(early.next - 1ns).packets, 0U);
  EXPECT_EQ(pacer.grant(early.next).packets, 50U);
}

TEST(Pacer, HoldsTheMeanOfWhatLeftWhereGrantsAreNotUsedUp) {
  // Every other grant is used by a tenth: what was not sent is still due, at no more than 5/4 of the rate.
  Pacer pacer(PacketRate{10'000});
  MonotonicTime now = kStart;
  std::uint64_t sent = 0;
  for (int i = 0; i < 1000; ++i) {
    const Pacer::Grant grant = pacer.grant(now);
    if (grant.packets == 0) {
      now = grant.next;
      continue;
    }
    const std::size_t used = i % 20 == 0 ? grant.packets / 10 : grant.packets;
    pacer.spent(used);
    sent += used;
  }
  const double seconds = std::chrono::duration<double>(now - kStart).count();
  EXPECT_NEAR(static_cast<double>(sent) / seconds, 10'000, 100);
}

TEST(Pacer, AlwaysGrantsWithoutALimit) {
  Pacer pacer(PacketRate{0});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_GT(pacer.grant(kStart).packets, 0U);
    pacer.spent(64);
  }
}

/// Sends through `pacer` from `now` to `end`, with a punctual timer; the packets, and the largest grant.
std::pair<std::size_t, std::size_t> send_until(Pacer& pacer, MonotonicTime& now, MonotonicTime end) {
  std::size_t sum = 0;
  std::size_t largest = 0;
  while (now < end) {
    const Pacer::Grant grant = pacer.grant(now);
    if (grant.packets == 0) {
      now = std::min(grant.next, end);
      continue;
    }
    pacer.spent(grant.packets);
    sum += grant.packets;
    largest = std::max(largest, grant.packets);
  }
  return {sum, largest};
}

TEST(PacerChangesItsRate, WithoutABurstOrAGap) {
  Pacer pacer(PacketRate{10'000});
  MonotonicTime now = kStart;
  for (const double rate : {20'000.0, 500.0, 1.0, 100'000.0, 999.0, 1e6, 10'000.0}) {
    pacer.set_rate(PacketRate{rate}, now);
    const auto [packets, largest] = send_until(pacer, now, now + 4s);
    const double batch = static_cast<double>(Pacer(PacketRate{rate}).batch());
    EXPECT_NEAR(static_cast<double>(packets), 4 * rate, 2 * batch) << rate;
    EXPECT_EQ(static_cast<double>(largest), batch) << rate;
  }
}

TEST(PacerChangesItsRate, OftenAndStillHoldsTheMean) {
  Pacer pacer(PacketRate{1000});
  MonotonicTime now = kStart;
  double due = 0;
  std::size_t sent = 0;
  for (int i = 0; i < 500; ++i) {
    const double rate = 10'000 + 2'000 * (i % 3);
    pacer.set_rate(PacketRate{rate}, now);
    const MonotonicTime before = now;
    sent += send_until(pacer, now, now + 23ms).first;
    due += rate * std::chrono::duration<double>(now - before).count();
  }
  EXPECT_NEAR(static_cast<double>(sent), due, due / 100);
}

TEST(PacerChangesItsRate, FromNoLimitAndBack) {
  Pacer pacer(PacketRate{0});
  pacer.spent(pacer.grant(kStart).packets);
  pacer.set_rate(PacketRate{10'000}, kStart);
  MonotonicTime now = kStart;
  EXPECT_NEAR(static_cast<double>(send_until(pacer, now, kStart + 1s).first), 10'000, 100);
  pacer.set_rate(PacketRate{0}, now);
  EXPECT_GT(pacer.grant(now).packets, 0U);
}

TEST(PacerChangesItsRate, ASlowSchedulesWaitIsNotSatOut) {
  Pacer pacer(PacketRate{0.01});
  EXPECT_EQ(pacer.grant(kStart).packets, 1U);
  pacer.spent(1);
  pacer.set_rate(PacketRate{100}, kStart + 1s);
  EXPECT_LE(pacer.grant(kStart + 1s).next, kStart + 1s + 10ms);
}

}  // namespace
}  // namespace echosweep::sender

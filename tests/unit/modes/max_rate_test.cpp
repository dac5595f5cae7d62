#include "modes/max_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// A machine that sends `fastest` a second and hears `hears`; what comes faster fills its ring, then is lost.
class MaxRateTest : public testing::Test {
 protected:
  static constexpr double kRing = 4'000;

  void run(nanoseconds time) {
    for (const MonotonicTime end = now_ + time; now_ < end; now_ += 2ms) {
      const double rate = max_.rate().unlimited() ? fastest_ : std::min(fastest_, max_.rate().per_second);
      packets_ += rate * 0.002;
      waiting_ = std::max(0.0, waiting_ + (rate - hears_) * 0.002);
      if (waiting_ > kRing) {
        dropped_ += waiting_ - kRing;
        waiting_ = kRing;
      }
      max_.update(now_, static_cast<std::uint64_t>(packets_), static_cast<std::uint64_t>(dropped_));
    }
  }

  MonotonicTime now_{5000s};
  double fastest_ = 300'000;
  double hears_ = 250'000;
  double packets_ = 0;
  double waiting_ = 0;
  double dropped_ = 0;
  MaxRate max_{now_};
};

TEST_F(MaxRateTest, IsUnlimitedWhileNothingIsLost) {
  hears_ = 400'000;
  run(60s);
  EXPECT_TRUE(max_.rate().unlimited());
  EXPECT_EQ(max_.falls(), 0U);
}

TEST_F(MaxRateTest, ComesDownAndThenLosesNothing) {
  run(2s);
  EXPECT_EQ(max_.falls(), 1U);
  EXPECT_LT(max_.rate().per_second, hears_);
  EXPECT_GT(max_.rate().per_second, 0.7 * fastest_ * 0.95);
  const double lost = dropped_;
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, fastest_ * 0.1) << "for a tenth of a second at most";
  run(3s);
  EXPECT_EQ(dropped_, lost);
}

TEST_F(MaxRateTest, ComesDownAsFarAsItMust) {
  hears_ = 60'000;
  run(20s);
  EXPECT_LT(max_.rate().per_second, hears_);
  EXPECT_GT(max_.rate().per_second, hears_ / 2);
  EXPECT_GT(max_.falls(), 3U);
}

TEST_F(MaxRateTest, StaysBelowWhatWasTooMuchUntilLongQuiet) {
  hears_ = 280'000;
  run(8s);
  EXPECT_LE(max_.rate().per_second, 0.8 * fastest_ * 1.01);
  EXPECT_GT(max_.rate().per_second, 0.75 * fastest_);
}

TEST_F(MaxRateTest, ComesBackWhenTheMachineIsFreeAgain) {
  hears_ = 100'000;
  run(4s);
  const double low = max_.rate().per_second;
  EXPECT_LT(low, hears_);
  hears_ = 400'000;
  run(300s);
  EXPECT_GT(max_.rate().per_second, 2 * low);
}

TEST_F(MaxRateTest, NeverCrawls) {
  hears_ = 0;
  run(60s);
  EXPECT_EQ(max_.rate().per_second, 1000);
}

}  // namespace
}  // namespace echosweep::modes

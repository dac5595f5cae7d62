#include "map/rtt_scale.hpp"

#include <gtest/gtest.h>

namespace echosweep::map {
namespace {

using namespace std::chrono_literals;

/// The scale of a /24 of which the first hosts answered so.
RttScale scale_of(const std::vector<std::chrono::nanoseconds>& times) {
  Grid grid(Prefix{*Address::parse("192.0.2.0"), 24});
  grid.add_targets({*Address::parse("192.0.2.0"), *Address::parse("192.0.2.255")});
  Address next = *Address::parse("192.0.2.0");
  for (const auto time : times) {
    grid.record(next, report::State::kAlive, time);
    next = next.plus(1);
  }
  return RttScale::of(grid, grid.bits());
}

TEST(RttScale, IsAMillisecondToASecondWhereNobodyKnows) {
  EXPECT_EQ(scale_of({}).low(), 1ms);
  EXPECT_EQ(scale_of({}).high(), 1s);
}

TEST(RttScale, GoesFromRoundToRound) {
  const RttScale scale = scale_of({3ms, 70ms, 180ms});
  EXPECT_EQ(scale.low(), 2ms);
  EXPECT_EQ(scale.high(), 200ms);
}

TEST(RttScale, IsAFactorOfTenWideAtLeast) {
  const RttScale scale = scale_of({45us, 46us});
  EXPECT_EQ(scale.low(), 20us);
  EXPECT_EQ(scale.high(), 200us);
}

TEST(RttScale, HeedsNoSingleStraggler) {
  std::vector<std::chrono::nanoseconds> times(199, 20ms);
  times.push_back(59s);
  EXPECT_EQ(scale_of(times).high(), 200ms);
}

TEST(RttScale, EndsSomewhere) {
  EXPECT_EQ(scale_of({1ns}).low(), 1us);
  EXPECT_EQ(scale_of({std::chrono::hours(5)}).high(), 1000s);
}

TEST(RttScale, IsLogarithmic) {
  const RttScale scale(1ms, 100ms);
  EXPECT_DOUBLE_EQ(scale.position(1ms), 0);
  EXPECT_DOUBLE_EQ(scale.position(10ms), 0.5);
  EXPECT_DOUBLE_EQ(scale.position(100ms), 1);
  EXPECT_DOUBLE_EQ(scale.position(1us), 0);
  EXPECT_DOUBLE_EQ(scale.position(10s), 1);
}

TEST(RttScale, HasTicksThatCanBeRead) {
  using Ticks = std::vector<std::chrono::nanoseconds>;
  EXPECT_EQ(RttScale(2ms, 50ms).ticks(), (Ticks{2ms, 5ms, 10ms, 20ms, 50ms}));
  EXPECT_EQ(RttScale(20us, 2s).ticks(), (Ticks{20us, 100us, 1ms, 10ms, 100ms, 1s, 2s}));
}

TEST(ShortTime, HasAUnit) {
  EXPECT_EQ(short_time(500us), "500 us");
  EXPECT_EQ(short_time(2ms), "2 ms");
  EXPECT_EQ(short_time(1s), "1 s");
  EXPECT_EQ(short_time(1000s), "1000 s");
}

}  // namespace
}  // namespace echosweep::map

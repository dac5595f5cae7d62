#include "core/line_limit.hpp"

#include <gtest/gtest.h>

namespace echosweep {
namespace {

using namespace std::chrono_literals;

TEST(LineLimit, LetsTenThroughAndCountsTheOthers) {
  LineLimit limit;
  MonotonicTime now{1h};
  EXPECT_EQ(limit.roll(now), 0U);
  for (int i = 0; i < 25; ++i) {
    EXPECT_EQ(limit.admit(), i < 10) << i;
    EXPECT_EQ(limit.roll(now += 10ms), 0U);
  }
  EXPECT_EQ(limit.roll(now += 10s), 15U);
  EXPECT_TRUE(limit.admit());
  EXPECT_EQ(limit.roll(now += 10s), 0U) << "nothing was left out";
}

}  // namespace
}  // namespace echosweep

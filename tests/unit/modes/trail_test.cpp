#include "modes/trail.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr MonotonicTime kStart{1000s};

/// Remembers every mark.
class NaiveTrail {
 public:
  void mark(MonotonicTime now, std::uint64_t value) { marks_.push_back({now, value}); }
  std::uint64_t reached(MonotonicTime time) const {
    std::uint64_t value = 0;
    for (const auto& [at, marked] : marks_) {
      value = at <= time ? marked : value;
    }
    return value;
  }

 private:
  std::vector<std::pair<MonotonicTime, std::uint64_t>> marks_;
};

TEST(Trail, KnowsNothingAtFirst) {
  Trail trail(500ms);
  EXPECT_EQ(trail.reached(kStart), 0U);
}

TEST(Trail, RemembersASingleMarkFromItsTimeOn) {
  Trail trail(500ms);
  trail.mark(kStart, 7);
  EXPECT_EQ(trail.reached(kStart - 1ns), 0U);
  EXPECT_EQ(trail.reached(kStart), 7U);
  EXPECT_EQ(trail.reached(kStart + 1h), 7U);
}

TEST(Trail, KeepsTheFirstTimeOfAValueThatIsMarkedAgain) {
  Trail trail(500ms);
  trail.mark(kStart, 7);
  trail.mark(kStart + 200ms, 7);
  trail.mark(kStart + 400ms, 7);
  EXPECT_EQ(trail.reached(kStart + 1ms), 7U);
}

TEST(Trail, MergesCloseMarksIntoTheLaterOne) {
  Trail trail(256ms);  // marks within 1 ms are one
  trail.mark(kStart, 1);
  trail.mark(kStart + 900us, 2);
  trail.mark(kStart + 1100us, 3);
  EXPECT_EQ(trail.reached(kStart), 0U) << "no longer known, and 2 would be too young";
  EXPECT_EQ(trail.reached(kStart + 900us), 2U);
  EXPECT_EQ(trail.reached(kStart + 1100us), 3U);
}

struct Case {
  nanoseconds window;
  nanoseconds longest_step;
};

class TrailAgainstModel : public testing::TestWithParam<Case> {};

TEST_P(TrailAgainstModel, IsNeverTooYoungAndOnlyALittleTooOld) {
  const auto [window, longest_step] = GetParam();
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::mt19937_64 random(seed);
    Trail trail(window);
    NaiveTrail model;
    MonotonicTime now = kStart;
    std::uint64_t value = 0;
    // Marks no further apart than this are merged.
    const nanoseconds spacing = window / 256;
    for (int i = 0; i < 3000; ++i) {
      now += nanoseconds(std::uniform_int_distribution<std::int64_t>(0, longest_step.count())(random));
      value += std::uniform_int_distribution<std::uint64_t>(0, 3)(random);
      trail.mark(now, value);
      model.mark(now, value);
      if (i % 3 != 0) {
        continue;
      }
      const std::uint64_t reached = trail.reached(now - window);
      ASSERT_LE(reached, model.reached(now - window)) << "a retry before its timeout";
      ASSERT_GE(reached, model.reached(now - window - spacing)) << "a retry that is too late";
    }
    ASSERT_EQ(trail.reached(now), value);
  }
}

INSTANTIATE_TEST_SUITE_P(Windows, TrailAgainstModel,
                         testing::Values(Case{500ms, 10us}, Case{500ms, 1ms}, Case{500ms, 5ms},
                                         Case{500ms, 300ms}, Case{500ms, 2s}, Case{1ms, 1ms}, Case{1ms, 1us},
                                         Case{24h, 20ms}, Case{24h, 1h}, Case{100ms, 391us},
                                         Case{100ms, 781us}));

TEST(Trail, StaysRightThroughManyWindowsWithoutBeingAsked) {
  Trail trail(100ms);
  NaiveTrail model;
  MonotonicTime now = kStart;
  for (std::uint64_t value = 1; value <= 20'000; ++value) {
    now += 100us;
    trail.mark(now, value);
    model.mark(now, value);
  }
  EXPECT_LE(trail.reached(now - 100ms), model.reached(now - 100ms));
  EXPECT_GE(trail.reached(now - 100ms), model.reached(now - 101ms));
}

}  // namespace
}  // namespace echosweep::modes

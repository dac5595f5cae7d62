#include "receiver/arrival_clock.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"

namespace echosweep::receiver {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

class ArrivalClockTest : public testing::Test {
 protected:
  /// The stamp that the kernel would give a packet now.
  WallTime stamp() const { return clock_.wall(); }

  ScriptedClock clock_;
  ArrivalClock arrival_{clock_};
};

TEST_F(ArrivalClockTest, TurnsAStampIntoTheTimeThatProbesAreMeasuredWith) {
  const WallTime stamped = stamp();
  const MonotonicTime then = clock_.now();
  clock_.advance(3ms);
  arrival_.start_batch(false);
  EXPECT_EQ(arrival_.convert(stamped), then);
  EXPECT_EQ(arrival_.convert(stamped + 1ms), then + 1ms);
}

TEST_F(ArrivalClockTest, NeverSaysThatAPacketCameAfterItWasRead) {
  arrival_.start_batch(false);
  EXPECT_EQ(arrival_.convert(stamp() + 5us), clock_.now());
}

TEST_F(ArrivalClockTest, FollowsASlowDrift) {
  arrival_.start_batch(false);
  for (int i = 0; i < 100; ++i) {  // a clock under NTP: in all 50 ms, each step below what counts as a jump
    clock_.advance(50ms);
    clock_.set_wall_forward(500us);
    const WallTime stamped = stamp();
    const MonotonicTime then = clock_.now();
    clock_.advance(1ms);
    arrival_.start_batch(false);
    ASSERT_EQ(arrival_.convert(stamped), then) << i;
  }
}

class Jump : public ArrivalClockTest, public testing::WithParamInterface<nanoseconds> {};

TEST_P(Jump, LeavesTheTimeOfReadingForWhatCameBefore) {
  arrival_.start_batch(false);
  const WallTime before_the_jump = stamp();
  clock_.advance(10ms);
  clock_.set_wall_forward(GetParam());
  clock_.advance(10ms);
  arrival_.start_batch(false);
  EXPECT_EQ(arrival_.convert(before_the_jump), clock_.now());
}

TEST_P(Jump, LastsAsLongAsThereIsABacklog) {
  arrival_.start_batch(false);
  const WallTime before_the_jump = stamp();
  clock_.set_wall_forward(GetParam());
  for (int i = 0; i < 4; ++i) {
    clock_.advance(1ms);
    arrival_.start_batch(i < 3);  // the last one is not full, and yet was there before
    EXPECT_EQ(arrival_.convert(before_the_jump), clock_.now()) << "batch " << i;
  }
  const WallTime after_the_jump = stamp();
  const MonotonicTime then = clock_.now();
  clock_.advance(1ms);
  arrival_.start_batch(false);
  EXPECT_EQ(arrival_.convert(after_the_jump), then);
}

TEST_P(Jump, IsOverOneBatchLater) {
  arrival_.start_batch(false);
  clock_.set_wall_forward(GetParam());
  arrival_.start_batch(false);
  clock_.advance(5ms);
  const WallTime stamped = stamp();
  const MonotonicTime then = clock_.now();
  clock_.advance(5ms);
  arrival_.start_batch(false);
  EXPECT_EQ(arrival_.convert(stamped), then);
}

INSTANTIATE_TEST_SUITE_P(ArrivalClock, Jump, testing::Values(2ms, 1h, -2ms, -24h), [](const auto& by) {
  return (by.param.count() < 0 ? "Backward" : "Forward") + std::to_string(std::abs(by.param.count()));
});

TEST_F(ArrivalClockTest, ReadsAgainWhenItWasPutAsideBetweenTheClocks) {
  arrival_.start_batch(false);
  const WallTime stamped = stamp();
  const MonotonicTime then = clock_.now();
  // Reading 1 opens the batch; 8 ms pass between the wall clock and reading 2, which makes that pair
  // worthless.
  clock_.pass_before_readings({1ms, 8ms, 1us});
  arrival_.start_batch(false);
  // Off by half of the microsecond between the last pair, not by 8 ms, and not taken for a jump.
  EXPECT_EQ(arrival_.convert(stamped), then + 500ns);
}

TEST_F(ArrivalClockTest, GoesByTheReadingsThatWereClosestTogether) {
  arrival_.start_batch(false);
  const WallTime stamped = stamp();
  const MonotonicTime then = clock_.now();
  clock_.pass_before_readings({1ms, 18us, 4us, 12us, 30us, 0ns});
  arrival_.start_batch(false);
  EXPECT_EQ(arrival_.convert(stamped), then + 2us);
}

TEST_F(ArrivalClockTest, GivesUpReadingAgainOnAMachineThatIsAlwaysBusy) {
  clock_.pass_before_readings({0ns, 1ms, 1ms, 1ms, 1ms, 1ms, 1ms, 1ms, 1ms});
  arrival_.start_batch(false);
  EXPECT_LE(arrival_.convert(stamp()), clock_.now());
}

}  // namespace
}  // namespace echosweep::receiver

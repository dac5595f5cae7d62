#include "core/clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>

namespace echosweep {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

nanoseconds kernel_time(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

TEST(SystemClock, ReadsTheMonotonicClock) {
  const SystemClock clock;
  const nanoseconds before = kernel_time(CLOCK_MONOTONIC);
  const nanoseconds read = clock.now().time_since_epoch();
  const nanoseconds after = kernel_time(CLOCK_MONOTONIC);
  EXPECT_LE(before, read);
  EXPECT_LE(read, after);
}

TEST(SystemClock, ReadsTheWallClock) {
  const SystemClock clock;
  // The wall clock may be set while the test runs, so it is held to the minute and not to the nanosecond.
  const nanoseconds apart = clock.wall().time_since_epoch() - kernel_time(CLOCK_REALTIME);
  EXPECT_LT(std::chrono::abs(apart), std::chrono::minutes(1));
}

TEST(SystemClock, NeverWakesBeforeItsTime) {
  SystemClock clock;
  const MonotonicTime until = clock.now() + std::chrono::microseconds(300);
  clock.sleep_until(until);
  EXPECT_GE(clock.now(), until);
}

TEST(SystemClock, DoesNotWaitForThePast) {
  SystemClock clock;
  // An absolute time of a second after boot: a sleep that took it as a duration would be seen as a timeout.
  clock.sleep_until(MonotonicTime(seconds(1)));
  EXPECT_GT(clock.now(), MonotonicTime(seconds(1)));
}

TEST(PacketRate, IsUnlimitedOnlyAtZero) {
  EXPECT_TRUE(PacketRate{0}.unlimited());
  EXPECT_FALSE(PacketRate{0.001}.unlimited());
}

TEST(Quantities, CompareByValue) {
  EXPECT_EQ(Ttl{64}, Ttl{64});
  EXPECT_FALSE(Ttl{64} == Ttl{63});
  EXPECT_FALSE(Pass{0} == Pass{1});
  EXPECT_FALSE(Sequence{1} == Sequence{256});
}

}  // namespace
}  // namespace echosweep

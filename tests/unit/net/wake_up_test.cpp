#include "net/wake_up.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <span>
#include <thread>

namespace echosweep::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Longer than any test may take: who waits so long was not woken.
constexpr auto kForever = 1h;

TEST(WakeUp, EndsTheNextWaitAndNoOther) {
  const WakeUp wake_up;
  wake_up.set();
  wake_up.set();
  ASSERT_TRUE(wake_up.wait_for({}, kForever));
  const auto start = steady_clock::now();
  ASSERT_TRUE(wake_up.wait_for({}, 20ms));
  EXPECT_GE(steady_clock::now() - start, 20ms) << "one call too many is remembered";
}

TEST(WakeUp, EndsAWaitThatIsOn) {
  const WakeUp wake_up;
  std::thread waiting([&] { EXPECT_TRUE(wake_up.wait_for({}, kForever)); });
  wake_up.set();
  waiting.join();
}

TEST(WakeUp, SaysWhatCameOnTheDescriptors) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd reads(ends[0]);
  const Fd writes(ends[1]);
  ASSERT_EQ(write(writes.get(), "x", 1), 1);
  const WakeUp wake_up;
  std::array<pollfd, 2> fds{pollfd{.fd = -1, .events = POLLIN, .revents = 0},
                            pollfd{.fd = reads.get(), .events = POLLIN, .revents = 0}};
  ASSERT_TRUE(wake_up.wait_for(fds, kForever));
  EXPECT_EQ(fds[0].revents, 0);
  EXPECT_EQ(fds[1].revents, POLLIN);
}

}  // namespace
}  // namespace echosweep::net

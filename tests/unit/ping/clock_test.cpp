#include "ping/clock.hpp"

#include <gtest/gtest.h>

namespace echosweep::ping {
namespace {

using namespace std::chrono_literals;

TEST(Clock, OffsetIsTheMeanOfBothWays) {
  EXPECT_EQ(clock_offset({.originate = 1000, .receive = 6010, .transmit = 6010}, 1020), 5000ms);
  EXPECT_EQ(clock_offset({.originate = 6000, .receive = 1010, .transmit = 1010}, 6020), -5000ms);
  EXPECT_EQ(clock_offset({.originate = 1000, .receive = 1000, .transmit = 1000}, 1000), 0ms);
}

TEST(Clock, OffsetGoesTheShorterWayRoundMidnight) {
  EXPECT_EQ(clock_offset({.originate = 86'399'000, .receive = 1000, .transmit = 1000}, 86'399'000), 2000ms);
  EXPECT_EQ(clock_offset({.originate = 1000, .receive = 86'399'000, .transmit = 86'399'000}, 1000), -2000ms);
}

TEST(Clock, OffsetIsNotKnownOfTimesThatAreNone) {
  EXPECT_FALSE(clock_offset({.originate = 0, .receive = 0x80000001, .transmit = 5}, 0));
  EXPECT_FALSE(clock_offset({.originate = 0, .receive = 5, .transmit = 0xffffffff}, 0));
  EXPECT_FALSE(clock_offset({.originate = 0, .receive = 86'400'000, .transmit = 5}, 0));
}

TEST(Clock, WordsMarkWhatIsNotStandard) {
  EXPECT_EQ(time_words(0), "00:00:00.000");
  EXPECT_EQ(time_words(86'399'999), "23:59:59.999");
  EXPECT_EQ(time_words(86'400'000), "0x05265c00 (not standard)");
  EXPECT_EQ(time_words(0x80000001), "0x80000001 (not standard)");
}

}  // namespace
}  // namespace echosweep::ping

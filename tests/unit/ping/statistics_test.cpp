#include "ping/statistics.hpp"

#include <gtest/gtest.h>

namespace echosweep::ping {
namespace {

using namespace std::chrono_literals;

TEST(Statistics, OfNothingAreNone) {
  EXPECT_FALSE(Statistics().times());
}

TEST(Statistics, AreThoseOfTheRoundTrips) {
  Statistics statistics;
  statistics.received(100us, false);
  statistics.received(300us, false);
  const auto times = statistics.times();
  ASSERT_TRUE(times);
  EXPECT_EQ(times->min, 100us);
  EXPECT_EQ(times->average, 200us);
  EXPECT_EQ(times->max, 300us);
  EXPECT_EQ(times->deviation, 100us);
  EXPECT_EQ(times->ewma, 125us) << "an eighth of the way to the new one";
}

TEST(Statistics, CutToMicroseconds) {
  Statistics statistics;
  statistics.received(1999ns, false);
  EXPECT_EQ(statistics.times()->max, 1us);
  EXPECT_EQ(statistics.times()->deviation, 0us);
}

TEST(Statistics, CountDuplicatesApartButTheirRoundTripsToo) {
  Statistics statistics;
  statistics.received(100us, false);
  statistics.received(900us, true);
  EXPECT_EQ(statistics.first_replies(), 1U);
  EXPECT_EQ(statistics.duplicates(), 1U);
  EXPECT_EQ(statistics.times()->average, 500us);
}

TEST(Statistics, OfEqualRoundTripsHaveNoDeviation) {
  Statistics statistics;
  for (int i = 0; i < 1000; ++i) {
    statistics.received(123'457us, false);
  }
  EXPECT_EQ(statistics.times()->deviation, 0us);
  EXPECT_EQ(statistics.times()->average, 123'457us);
}

TEST(Statistics, KeepTheLongestPipe) {
  Statistics statistics;
  statistics.pipe(3);
  statistics.pipe(0);
  EXPECT_EQ(statistics.longest_pipe(), 3U);
}

}  // namespace
}  // namespace echosweep::ping

#include "modes/send_times.hpp"

#include <gtest/gtest.h>

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime kSent{1000s};

TEST(SendTimes, KnowNothingThatWasNotSent) {
  SendTimes times;
  EXPECT_FALSE(times.take_answer(Sequence{1}));
  times.note(Sequence{1}, kSent);
  EXPECT_FALSE(times.take_answer(Sequence{2})) << "its neighbour in the same chunk";
  EXPECT_FALSE(times.find(Sequence{65535}));
}

TEST(SendTimes, TellAFirstAnswerFromTheOthers) {
  SendTimes times;
  times.note(Sequence{7}, kSent);
  EXPECT_FALSE(times.is_answered(Sequence{7}));
  EXPECT_TRUE(times.find(Sequence{7})->first);
  EXPECT_TRUE(times.take_answer(Sequence{7})->first);
  EXPECT_TRUE(times.is_answered(Sequence{7}));
  const auto again = times.take_answer(Sequence{7});
  EXPECT_FALSE(again->first);
  EXPECT_EQ(again->at, kSent);
}

TEST(SendTimes, BeginAnewWhereANumberIsUsedAgain) {
  SendTimes times;
  times.note(Sequence{0}, kSent);
  EXPECT_TRUE(times.take_answer(Sequence{0})->first);
  times.note(Sequence{0}, kSent + 1s);
  const auto sent = times.take_answer(Sequence{0});
  EXPECT_TRUE(sent->first);
  EXPECT_EQ(sent->at, kSent + 1s);
}

TEST(SendTimes, KeepAllNumbersApart) {
  SendTimes times;
  for (unsigned i = 0; i < 65536; ++i) {
    times.note(Sequence{static_cast<std::uint16_t>(i)}, kSent + std::chrono::nanoseconds(2 * i));
  }
  for (unsigned i = 0; i < 65536; ++i) {
    const auto sent = times.take_answer(Sequence{static_cast<std::uint16_t>(i)});
    ASSERT_TRUE(sent && sent->first) << i;
    ASSERT_EQ(sent->at, kSent + std::chrono::nanoseconds(2 * i)) << i;
  }
}

TEST(SendTimes, ForgetTheOldestWhereFewAreRemembered) {
  SendTimes times(512);
  for (std::uint16_t i = 1; i <= 513; ++i) {
    times.note(Sequence{i}, kSent + std::chrono::milliseconds(i));
  }
  EXPECT_FALSE(times.take_answer(Sequence{1})) << "513 has its place";
  EXPECT_TRUE(times.take_answer(Sequence{513})->first);
  EXPECT_EQ(times.take_answer(Sequence{2})->at, kSent + 2ms);
  EXPECT_FALSE(times.find(Sequence{514})) << "not sent yet: it shares the place of 2";
}

TEST(SendTimes, ShareTheMemory) {
  EXPECT_EQ(SendTimes::most_each(1), 65536U);
  EXPECT_EQ(SendTimes::most_each(512), 65536U);
  EXPECT_EQ(SendTimes::most_each(513), 32768U);
  EXPECT_EQ(SendTimes::most_each(65536), 512U);
}

}  // namespace
}  // namespace echosweep::modes

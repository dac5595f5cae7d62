#include "modes/notes.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace echosweep::modes {
namespace {

TEST(Notes, NoneAtFirst) {
  Notes<std::string> notes;
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(notes.of(0).count, 0U);
  EXPECT_EQ(notes.of(0).last, nullptr);
}

TEST(Notes, KeepHowManyAndTheLast) {
  Notes<std::string> notes;
  notes.add(7, "b");
  notes.add(9, "c");
  notes.add(7, "a");
  notes.add(7, "b");
  notes.add(9, "a");
  EXPECT_FALSE(notes.empty());
  EXPECT_EQ(notes.of(7).count, 3U);
  EXPECT_EQ(*notes.of(7).last, "b");
  EXPECT_EQ(notes.of(9).count, 2U);
  EXPECT_EQ(*notes.of(9).last, "a");
  EXPECT_EQ(notes.of(8).count, 0U);
  EXPECT_EQ(notes.of(8).last, nullptr);
}

TEST(Notes, SomebodyWhoNeverRepeatsAReasonGetsTheFirst) {
  constexpr int kMost = 1 << 16;
  Notes<int> notes;
  for (int i = 0; i < kMost + 10; ++i) {
    notes.add(static_cast<std::uint64_t>(i), i);
  }
  EXPECT_EQ(*notes.of(kMost - 1).last, kMost - 1);
  EXPECT_EQ(*notes.of(kMost).last, 0);
  EXPECT_EQ(*notes.of(kMost + 9).last, 0);
}

TEST(Notes, HoldTheHighestIndexThatAPayloadCan) {
  constexpr std::uint64_t kHighest = (std::uint64_t{1} << 40) - 1;
  Notes<int> notes;
  notes.add(kHighest, 5);
  notes.add(kHighest - 1, 6);
  EXPECT_EQ(*notes.of(kHighest).last, 5);
  EXPECT_EQ(*notes.of(kHighest - 1).last, 6);
}

TEST(Notes, AgreeWithAMap) {
  std::mt19937 random(3);
  Notes<int> notes;
  std::map<std::uint64_t, std::vector<int>> model;
  for (int i = 0; i < 10'000; ++i) {
    const auto index = std::uniform_int_distribution<std::uint64_t>(0, 2000)(random);
    const int reason = std::uniform_int_distribution(0, 300)(random);
    notes.add(index, reason);
    model[index].push_back(reason);
  }
  for (std::uint64_t index = 0; index <= 2000; ++index) {
    const auto found = notes.of(index);
    ASSERT_EQ(found.count, model[index].size());
    if (found.count > 0) {
      ASSERT_EQ(*found.last, model[index].back());
    }
  }
}

}  // namespace
}  // namespace echosweep::modes

#include "core/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace echosweep {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return fail("odd");
  }
  return number / 2;
}

TEST(Result, CarriesTheValueOrTheError) {
  EXPECT_EQ(half(8).value(), 4);
  ASSERT_FALSE(half(7).has_value());
  EXPECT_EQ(half(7).error().message, "odd");
  EXPECT_EQ(half(7).error().code, 0);
}

TEST(Result, KeepsTheErrnoGiven) {
  const Result<void> result = fail("cannot write to ok.txt", ENOSPC);
  EXPECT_EQ(result.error().code, ENOSPC);
  EXPECT_EQ(result.error().message, "cannot write to ok.txt");
}

TEST(Result, SaysWhatTheErrnoMeans) {
  const Result<void> result = fail_errno("cannot open a raw socket", EPERM);
  EXPECT_EQ(result.error().message, "cannot open a raw socket: Operation not permitted");
  EXPECT_EQ(result.error().code, EPERM);
}

}  // namespace
}  // namespace echosweep

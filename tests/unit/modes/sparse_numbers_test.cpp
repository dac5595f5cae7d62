#include "modes/sparse_numbers.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace echosweep::modes {
namespace {

TEST(SparseNumbers, AreZeroAtFirst) {
  SparseNumbers numbers;
  EXPECT_TRUE(numbers.empty());
  EXPECT_EQ(numbers.get(0), 0U);
  EXPECT_EQ(numbers.get(~std::uint64_t{0}), 0U);
  numbers.set(7, 0);
  EXPECT_TRUE(numbers.empty());
  numbers.set(7, 1);
  EXPECT_FALSE(numbers.empty());
}

TEST(SparseNumbers, GoUpAndDownAndFarOut) {
  SparseNumbers numbers;
  for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1} << 32, (std::uint64_t{1} << 40) - 1}) {
    for (const std::uint64_t number : {1U, 6U, 9U, 0U, 0xffffffU, 2U}) {
      numbers.set(index, number);
      EXPECT_EQ(numbers.get(index), number);
      EXPECT_EQ(numbers.get(index + 1), 0U) << "a neighbour";
    }
  }
}

TEST(SparseNumbers, AgreeWithAMap) {
  std::mt19937_64 random(66);
  SparseNumbers numbers;
  std::map<std::uint64_t, std::uint64_t> model;
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t index = random() % 20'000 << 3;
    const std::uint64_t number = random() >> 59;
    numbers.set(index, number);
    model[index] = number;
  }
  for (std::uint64_t index = 0; index < 160'100; ++index) {
    const auto known = model.find(index);
    ASSERT_EQ(numbers.get(index), known == model.end() ? 0 : known->second) << index;
  }
}

TEST(SparseNumbers, AreForgottenFromSomewhereOn) {
  SparseNumbers numbers;
  for (std::uint64_t index = 0; index < 1000; ++index) {
    numbers.set(index, index % 5);
  }
  numbers.set(std::uint64_t{1} << 40, 3);
  numbers.forget_from(700);
  for (std::uint64_t index = 0; index < 1000; ++index) {
    EXPECT_EQ(numbers.get(index), index < 700 ? index % 5 : 0) << index;
  }
  EXPECT_EQ(numbers.get(std::uint64_t{1} << 40), 0U);
  numbers.forget_from(0);
  EXPECT_EQ(numbers.get(1), 0U);
  SparseNumbers().forget_from(0);
}

}  // namespace
}  // namespace echosweep::modes

#include "modes/binomial.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace echosweep::modes {
namespace {

/// The sum that the continued fraction stands for.
double summed(std::uint64_t least, std::uint64_t trials, double chance) {
  double sum = 0;
  for (std::uint64_t k = least; k <= trials; ++k) {
    const double n = static_cast<double>(trials);
    const double hits = static_cast<double>(k);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(hits + 1) - std::lgamma(n - hits + 1) +
                    hits * std::log(chance) + (n - hits) * std::log1p(-chance));
  }
  return sum;
}

TEST(Binomial, TailIsTheSumOfItsTerms) {
  for (const std::uint64_t trials : {1U, 2U, 7U, 40U, 300U}) {
    for (const double chance : {0.001, 0.03, 0.5, 0.9, 0.999}) {
      for (std::uint64_t least = 0; least <= trials + 1; ++least) {
        ASSERT_NEAR(at_least(least, trials, chance), summed(least, trials, chance), 1e-10)
            << least << " of " << trials << " at " << chance;
      }
    }
  }
}

TEST(Binomial, LargeTailsAreNormal) {
  // 1.6449 standard deviations above the mean, with the continuity correction.
  for (const std::uint64_t trials : {1'000'000U, 100'000'000U, 2'000'000'000U}) {
    const double n = static_cast<double>(trials);
    const auto at = static_cast<std::uint64_t>(std::llround(n * 0.3 + 0.5 + 1.6448536 * std::sqrt(n * 0.21)));
    EXPECT_NEAR(at_least(at, trials, 0.3), 0.05, 3e-4) << trials;
    EXPECT_NEAR(1 - at_least(trials - at, trials, 0.7), 0.05, 3e-4) << "from the other side";
  }
}

TEST(Binomial, LimitsAreThoseOfClopperAndPearson) {
  // Nobody of n: 1 - alpha^(1/n), the rule of three.
  EXPECT_NEAR(upper_limit(0, 100, 0.05), 1 - std::pow(0.05, 0.01), 1e-9);
  EXPECT_NEAR(lower_limit(100, 100, 0.05), std::pow(0.05, 0.01), 1e-9);
  EXPECT_EQ(lower_limit(0, 100, 0.05), 0);
  EXPECT_EQ(upper_limit(100, 100, 0.05), 1);
  // The published example of 10 of 100 at 95%, two-sided.
  EXPECT_NEAR(lower_limit(10, 100, 0.025), 0.0490, 5e-5);
  EXPECT_NEAR(upper_limit(10, 100, 0.025), 0.1762, 5e-5);
}

}  // namespace
}  // namespace echosweep::modes

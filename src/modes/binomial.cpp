// P(Binomial(n, p) >= k) is the regularized incomplete beta function I_p(k, n-k+1) (NIST Digital Library of
// Mathematical Functions, 8.17.5). It is computed by the continued fraction 8.17.22, evaluated by Lentz's
// method, which converges in about sqrt(n) steps on the side of the mean that it is used for.
#include "modes/binomial.hpp"

#include <cmath>
#include <limits>

namespace echosweep::modes {

namespace {

/// log of the gamma function; std::lgamma writes a global.
double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

double fraction(double a, double b, double x) {
  constexpr int kMostSteps = 200'000;
  constexpr double kTiny = 1e-300;
  constexpr double kPrecision = 1e-13;
  const auto safe = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / safe(1 - (a + b) * x / (a + 1));
  double result = d;
  for (int i = 1; i < kMostSteps; ++i) {
    const double m = i;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    result *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    const double change = d * c;
    result *= change;
    if (std::abs(change - 1) < kPrecision) {
      break;
    }
  }
  return result;
}

double incomplete_beta(double a, double b, double x) {
  if (x <= 0 || x >= 1) {
    return x <= 0 ? 0 : 1;
  }
  const double log_front =
      log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x);
  const double front = std::exp(log_front);
  return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, 1 - x) / b;
}

}  // namespace

double at_least(std::uint64_t least, std::uint64_t trials, double chance) {
  if (least == 0) {
    return 1;
  }
  if (least > trials) {
    return 0;
  }
  return incomplete_beta(static_cast<double>(least), static_cast<double>(trials - least) + 1, chance);
}

double lower_limit(std::uint64_t successes, std::uint64_t trials, double alpha) {
  if (successes == 0) {
    return 0;
  }
  double low = 0;
  double high = 1;
  while (high - low > std::numeric_limits<double>::epsilon() * high * 8) {
    const double middle = (low + high) / 2;
    if (middle <= low || middle >= high) {
      break;
    }
    (at_least(successes, trials, middle) < alpha ? low : high) = middle;
  }
  return low;
}

double upper_limit(std::uint64_t successes, std::uint64_t trials, double alpha) {
  return 1 - lower_limit(trials - successes, trials, alpha);
}

}  // namespace echosweep::modes

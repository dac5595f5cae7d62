#include "map/rtt_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace echosweep::map {

namespace {

using std::chrono::nanoseconds;

constexpr std::array<std::int64_t, 3> kSteps = {1, 2, 5};
constexpr std::int64_t kLowest = 1'000;               // a microsecond
constexpr std::int64_t kHighest = 1'000'000'000'000;  // a quarter of an hour
constexpr std::size_t kMostTicks = 7;

/// All 1, 2, 5 times a power of ten from `from` to `to`.
std::vector<nanoseconds> round_numbers(nanoseconds from, nanoseconds to) {
  std::vector<nanoseconds> found;
  for (std::int64_t power = kLowest; power <= kHighest; power *= 10) {
    for (const std::int64_t step : kSteps) {
      if (const nanoseconds number{step * power}; number >= from && number <= to) {
        found.push_back(number);
      }
    }
  }
  return found;
}

nanoseconds round_down(nanoseconds time) {
  const auto below = round_numbers(nanoseconds{0}, time);
  return below.empty() ? nanoseconds{kLowest} : below.back();
}

nanoseconds round_up(nanoseconds time) {
  const auto above = round_numbers(time, nanoseconds{kHighest});
  return above.empty() ? nanoseconds{kHighest} : above.front();
}

}  // namespace

RttScale RttScale::of(const Grid& grid, int bits) {
  std::vector<nanoseconds> times;
  for (std::uint64_t block = 0; block < std::uint64_t{1} << bits; ++block) {
    if (const Spot spot = grid.spot(block, bits); spot.rtt) {
      times.push_back(*spot.rtt);
    }
  }
  if (times.empty()) {
    return {};
  }
  const std::size_t left_out = (times.size() - 1) / 100;
  const auto in_order = [&](std::size_t number) {
    const auto nth = times.begin() + static_cast<std::ptrdiff_t>(number);
    std::ranges::nth_element(times, nth);
    return *nth;
  };
  nanoseconds low = round_down(in_order(left_out));
  nanoseconds high = round_up(in_order(times.size() - 1 - left_out));
  while (high < 10 * low && high < nanoseconds{kHighest}) {
    high = round_up(high + nanoseconds{1});
  }
  low = std::min(low, high / 10);
  return {low, high};
}

double RttScale::position(nanoseconds rtt) const {
  const double above =
      std::log(static_cast<double>(std::max(rtt, low_).count()) / static_cast<double>(low_.count()));
  return std::min(1.0,
                  above / std::log(static_cast<double>(high_.count()) / static_cast<double>(low_.count())));
}

std::vector<nanoseconds> RttScale::ticks() const {
  std::vector<nanoseconds> all = round_numbers(low_, high_);
  if (all.size() > kMostTicks) {
    std::erase_if(all, [&](nanoseconds tick) {
      const double digits = std::log10(static_cast<double>(tick.count()));
      return tick != low_ && tick != high_ && std::abs(digits - std::round(digits)) > 1e-6;
    });
  }
  return all;
}

std::string short_time(nanoseconds time) {
  const auto count = time.count();
  if (count < 1'000'000) {
    return fmt::format("{:g} us", static_cast<double>(count) / 1e3);
  }
  if (count < 1'000'000'000) {
    return fmt::format("{:g} ms", static_cast<double>(count) / 1e6);
  }
  return fmt::format("{:g} s", static_cast<double>(count) / 1e9);
}

}  // namespace echosweep::map

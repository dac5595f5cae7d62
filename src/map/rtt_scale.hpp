#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "map/grid.hpp"

namespace echosweep::map {

/// Which round trip gets which colour: a logarithmic scale between two round numbers.
class RttScale {
 public:
  /// 1 ms to 1 s.
  RttScale() = default;
  RttScale(std::chrono::nanoseconds low, std::chrono::nanoseconds high) : low_(low), high_(high) {}

  /// The scale on which the 2^bits blocks of the grid differ most: from the fastest to the slowest, a
  /// percent at each end left out, rounded away to 1, 2 or 5 times a power of ten, and at least a factor of
  /// ten wide. One host that answers after a minute does not make all others alike.
  static RttScale of(const Grid& grid, int bits);

  std::chrono::nanoseconds low() const { return low_; }
  std::chrono::nanoseconds high() const { return high_; }
  /// 0 at low(), 1 at high(); what lies outside counts as the nearer end.
  double position(std::chrono::nanoseconds rtt) const;
  /// Both ends and the round numbers between: all 1, 2, 5 if these are not too many, else powers of ten.
  std::vector<std::chrono::nanoseconds> ticks() const;

 private:
  std::chrono::nanoseconds low_{1'000'000};
  std::chrono::nanoseconds high_{1'000'000'000};
};

/// `500 us`, `2 ms`, `1 s`: of a round number.
std::string short_time(std::chrono::nanoseconds time);

}  // namespace echosweep::map

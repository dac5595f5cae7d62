#pragma once

#include <cmath>
#include <cstdint>

namespace echosweep::modes {

/// How many of so many were lost, and what that says of the share that is lost in the long run: Wilson's
/// interval at 95% (E. B. Wilson, JASA 22, 1927), which is right for few and for none too.
struct LossCount {
  std::uint64_t lost = 0;
  std::uint64_t of = 0;

  double mean() const { return of == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(of); }
  double low() const { return of == 0 || lost == 0 ? 0 : middle() - half_width(); }
  double high() const { return of == 0 || lost == of ? 1 : middle() + half_width(); }

  LossCount& operator+=(const LossCount& other) {
    lost += other.lost;
    of += other.of;
    return *this;
  }

 private:
  static constexpr double kZ = 1.959964;  ///< of the normal distribution, for 95%

  double count() const { return static_cast<double>(of); }
  double middle() const { return (mean() + kZ * kZ / (2 * count())) / (1 + kZ * kZ / count()); }
  double half_width() const {
    const double spread = mean() * (1 - mean()) / count() + kZ * kZ / (4 * count() * count());
    return kZ * std::sqrt(spread) / (1 + kZ * kZ / count());
  }
};

}  // namespace echosweep::modes

#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace echosweep::modes {

/// A round trip in 32 bits, as a floating-point number: 30 of mantissa, and an exponent of 0, 10, 20 or 30.
/// To the nanosecond up to 1.07 s, and no coarser than a millionth beyond, where whole milliseconds are
/// printed; 36 years is the longest. Compares as the round trips do.
class CompactRtt {
 public:
  constexpr CompactRtt() = default;
  explicit constexpr CompactRtt(std::int64_t ns) {
    std::uint64_t rest = ns > 0 ? static_cast<std::uint64_t>(ns) : 0;
    std::uint32_t steps = 0;
    for (; rest > kMostMantissa && steps < kMostSteps; ++steps) {
      rest >>= kBitsOfAStep;
    }
    bits_ = steps << kMantissaBits | static_cast<std::uint32_t>(rest < kMostMantissa ? rest : kMostMantissa);
  }
  static constexpr CompactRtt longest() { return CompactRtt(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t ns() const {
    return static_cast<std::int64_t>(std::uint64_t{bits_ & kMostMantissa}
                                     << kBitsOfAStep * (bits_ >> kMantissaBits));
  }
  constexpr auto operator<=>(const CompactRtt&) const = default;

 private:
  static constexpr std::uint32_t kMantissaBits = 30;
  static constexpr std::uint32_t kMostMantissa = (std::uint32_t{1} << kMantissaBits) - 1;
  static constexpr std::uint32_t kBitsOfAStep = 10;
  static constexpr std::uint32_t kMostSteps = 3;

  std::uint32_t bits_ = 0;
};

}  // namespace echosweep::modes

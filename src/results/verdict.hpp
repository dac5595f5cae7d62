#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>

#include "report/record.hpp"

namespace echosweep::results {

/// A host's state, round trip time and reason in 32 bits, so that 16 million hosts take 128 MiB. Its order is
/// the order of preference among duplicates: the higher state first, then the quicker round trip, then any;
/// no round trip last.
///
/// The round trip is a number of 24 bits, 5 of exponent and 19 of mantissa, which order as the times do:
/// exact to the nanosecond up to 1 ms, to 2 parts in a million up to 6 days. The reason is the number of a
/// word.
class Verdict {
 public:
  static constexpr std::uint32_t kReasons = 64;  ///< reasons are numbered below this

  constexpr Verdict() = default;
  constexpr Verdict(report::State state, std::optional<std::chrono::nanoseconds> rtt, std::uint32_t reason)
      : bits_((3U - static_cast<std::uint32_t>(state)) << 30 | (rtt ? code_of(*rtt) : kNoRtt) << 6 |
              (reason & (kReasons - 1))) {}
  static constexpr Verdict from_bits(std::uint32_t bits) {
    Verdict verdict;
    verdict.bits_ = bits;
    return verdict;
  }

  constexpr std::uint32_t bits() const { return bits_; }
  constexpr report::State state() const { return static_cast<report::State>(3U - (bits_ >> 30)); }
  constexpr std::uint32_t reason() const { return bits_ & (kReasons - 1); }
  constexpr std::optional<std::chrono::nanoseconds> rtt() const {
    const std::uint32_t code = rtt_code();
    return code == kNoRtt ? std::nullopt : std::optional(rtt_of(code));
  }

  /// The 24 bits of the round trip: they order as the times do.
  constexpr std::uint32_t rtt_code() const { return bits_ >> 6 & kNoRtt; }
  static constexpr std::uint32_t kNoRtt = 0xffffff;
  static constexpr std::chrono::nanoseconds rtt_of(std::uint32_t code) {
    const std::uint32_t exponent = code >> kMantissaBits;
    const std::int64_t mantissa = code & (kHidden - 1);
    return std::chrono::nanoseconds(exponent == 0 ? mantissa : (mantissa | kHidden) << (exponent - 1));
  }

  friend constexpr bool operator==(Verdict, Verdict) = default;

 private:
  static constexpr int kMantissaBits = 19;
  static constexpr std::int64_t kHidden = std::int64_t{1} << kMantissaBits;

  /// As IEEE 754 has it: exponent 0 holds small numbers as they are, above that the highest bit is left out.
  static constexpr std::uint32_t code_of(std::chrono::nanoseconds rtt) {
    const std::int64_t value = std::clamp<std::int64_t>(rtt.count(), 0, (kHidden * 2 - 1) << 29);
    const int excess =
        static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value))) - kMantissaBits - 1;
    if (excess < 0) {
      return static_cast<std::uint32_t>(value);
    }
    return static_cast<std::uint32_t>(excess + 1) << kMantissaBits |
           static_cast<std::uint32_t>(value >> excess & (kHidden - 1));
  }

  std::uint32_t bits_ = 0;
};

}  // namespace echosweep::results

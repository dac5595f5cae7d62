#pragma once

#include <cstdint>
#include <optional>

#include "core/quantities.hpp"

namespace echosweep::modes {

/// As fast as it goes, but not faster than this machine hears: unlimited until it loses packets of its own.
/// Arithmetic on counts and times that it is told; one thread.
class MaxRate {
 public:
  explicit MaxRate(MonotonicTime now) : sampled_(now), before_(now), quiet_since_(now), stepped_(now) {}

  PacketRate rate() const { return rate_; }
  /// How often it came down.
  unsigned falls() const { return falls_; }

  /// `packets` have left so far, `dropped` were lost so far on this machine.
  void update(MonotonicTime now, std::uint64_t packets, std::uint64_t dropped);

 private:
  void sample(MonotonicTime now, std::uint64_t packets);
  void fall(MonotonicTime now);
  void rise(MonotonicTime now);

  PacketRate rate_;
  unsigned falls_ = 0;
  double measured_ = 0;  ///< packets a second, over the last one or two samples
  MonotonicTime sampled_;
  MonotonicTime before_;
  std::uint64_t packets_at_sample_ = 0;
  std::uint64_t packets_before_ = 0;
  std::uint64_t dropped_ = 0;
  double ceiling_ = 0;
  MonotonicTime hold_until_;
  MonotonicTime quiet_since_;
  MonotonicTime stepped_;
};

}  // namespace echosweep::modes

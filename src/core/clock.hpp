#pragma once

#include "core/quantities.hpp"

namespace echosweep {

/// The seam between the engine and time. One instance serves all threads; tests bring a FakeClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime now() const = 0;
  virtual WallTime wall() const = 0;
  /// Returns at `when`, or a little later; at once where it is past. A signal does not cut it short.
  virtual void sleep_until(MonotonicTime when) = 0;
};

/// CLOCK_MONOTONIC and CLOCK_REALTIME of this machine.
class SystemClock final : public Clock {
 public:
  MonotonicTime now() const override;
  WallTime wall() const override;
  void sleep_until(MonotonicTime when) override;
};

}  // namespace echosweep

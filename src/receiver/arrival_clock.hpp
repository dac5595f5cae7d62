#pragma once

#include <optional>

#include "core/clock.hpp"

namespace echosweep::receiver {

/// Turns the kernel's receive stamps (CLOCK_REALTIME) into CLOCK_MONOTONIC, which probes are stamped with, by
/// the offset between the two at each read, which is right to half a microsecond unless the machine is busy.
/// When somebody sets the system clock, stamps from before the jump no longer fit the offset: until the
/// backlog is read, packets then get the time at which they were read.
class ArrivalClock {
 public:
  explicit ArrivalClock(const Clock& clock) : clock_(clock) {}

  /// Before a batch's packets are converted. `backlog`: the batch was full, there may be older ones behind.
  void start_batch(bool backlog);
  MonotonicTime convert(WallTime stamp) const;
  /// When the batch was read.
  MonotonicTime read_at() const { return read_at_; }

 private:
  const Clock& clock_;
  MonotonicTime read_at_;
  std::optional<std::chrono::nanoseconds> offset_;  ///< real time minus monotonic time
  bool jumped_ = false;
  bool backlog_ = false;  ///< as the batch before had it
};

}  // namespace echosweep::receiver

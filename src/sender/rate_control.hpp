#pragma once

#include "core/quantities.hpp"

namespace echosweep::sender {

/// What changes the rate of a run while it lasts. Sender thread only.
class RateControl {
 public:
  virtual ~RateControl() = default;

  /// The rate to hold from `now` on. Asked every few milliseconds.
  virtual PacketRate rate(MonotonicTime now) = 0;
};

}  // namespace echosweep::sender

#pragma once

#include <poll.h>

#include <chrono>
#include <span>

#include "core/result.hpp"
#include "net/fd.hpp"

namespace echosweep::net {

/// Ends another thread's wait for descriptors, the one that is on or else the next (eventfd(2)). Where the
/// kernel has no descriptor left for it, the wait ends by itself.
class WakeUp {
 public:
  WakeUp();

  /// Any thread.
  void set() const;

  /// ppoll() of these, at most for `wait`; a signal ends it, too.
  Result<void> wait_for(std::span<pollfd> fds, std::chrono::nanoseconds wait) const;

 private:
  Fd fd_;
};

}  // namespace echosweep::net

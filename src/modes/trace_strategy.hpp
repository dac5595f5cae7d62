#pragma once

#include <cstddef>
#include <span>

#include "core/quantities.hpp"
#include "modes/trace_events.hpp"

namespace echosweep::modes {

/// Which probe of a trace comes next, and what has become of those before. Main thread only; knows no socket
/// and no clock.
class TraceStrategy {
 public:
  virtual ~TraceStrategy() = default;

  /// Writes the steps that may be taken at `now`; how many. Each is told of by sent() later.
  virtual std::size_t next(MonotonicTime now, WallTime wall, std::span<TraceStep> out) = 0;
  virtual void sent(const TraceSent& sent) = 0;
  /// May come before the word that the probe left.
  virtual void answered(const TraceEvent& event) = 0;
  /// All that came in before `time` has been told by answered().
  virtual void heard_all_before(MonotonicTime time) = 0;
  /// Asks nothing more. `at_once`: waits for nothing either.
  virtual void stop(bool at_once) = 0;
  /// Nothing more will be asked, and nothing is waited for.
  virtual bool is_over() const = 0;
};

}  // namespace echosweep::modes

#pragma once

#include <span>

#include "core/quantities.hpp"
#include "packet/probe.hpp"

namespace echosweep::sender {

/// A mode's half that says what to send. Sender thread only; one virtual call a batch.
class ProbeSource {
 public:
  virtual ~ProbeSource() = default;

  struct Next {
    std::size_t probes = 0;    ///< so many were written
    MonotonicTime wait_until;  ///< where none were: nothing will come up sooner
    bool done = false;         ///< nothing more, ever
  };
  /// Writes the next probes to `out`, which may be empty (then it only says whether the run is done). All
  /// probes of the call before have been told of by left() or failed().
  virtual Next next(MonotonicTime now, std::span<packet::Probe> out) = 0;

  /// These left, and `now` is the send time that they carry.
  virtual void left(std::span<const packet::Probe> probes, MonotonicTime now) = 0;
  /// There is no room for this one (`error`: ENOBUFS or EAGAIN), and nothing has left for `stuck`. True: try
  /// it again; false: it will be told of by failed().
  virtual bool try_again(const packet::Probe& probe, int error, std::chrono::nanoseconds stuck) = 0;
  /// This one did not leave and will not be tried again now.
  virtual void failed(const packet::Probe& probe, int error) = 0;
};

}  // namespace echosweep::sender

#pragma once

#include <cstddef>
#include <cstdint>

#include "core/quantities.hpp"

namespace echosweep::sender {

/// Decides when the next packets may leave. Sender thread only; knows no clock, is told the time.
class Pacer {
 public:
  explicit Pacer(PacketRate rate);

  struct Grant {
    std::size_t packets = 0;  ///< so many may leave now
    MonotonicTime next;       ///< where that is none: ask again then
  };
  Grant grant(MonotonicTime now);

  /// From `now` on this rate: what was due and has not left stays due, at most a batch of it, so that a
  /// change makes neither a burst nor a gap.
  void set_rate(PacketRate rate, MonotonicTime now);

  /// So many left on the last grant, at most as many as it said.
  void spent(std::size_t packets) { sent_ += packets; }
  /// There was nothing to send: the time that passes now is not made up for later.
  void idle(MonotonicTime now) { restart(now); }

  /// False: each grant is a full one, at once.
  bool has_limit() const { return !unlimited_; }
  /// Packets of a full grant.
  std::size_t batch() const { return batch_; }

 private:
  void take(PacketRate rate);
  MonotonicTime due(std::uint64_t packet) const;
  void restart(MonotonicTime now);

  double rate_ = -1;  ///< packets a second; 0: no limit
  bool unlimited_ = false;
  double interval_ns_ = 0;  ///< between two packets
  std::size_t batch_ = 1;
  bool started_ = false;
  MonotonicTime epoch_;     ///< when packet 0 of the schedule was due
  std::uint64_t sent_ = 0;  ///< packets since then
  MonotonicTime not_before_;
};

}  // namespace echosweep::sender

#pragma once

#include <queue>
#include <vector>

#include "core/clock.hpp"
#include "modes/ping_state.hpp"
#include "sender/probe_source.hpp"

namespace echosweep::modes {

/// The sending half of ping: when which target is asked again. Sender thread only, but for the constructor.
class PingSource final : public sender::ProbeSource {
 public:
  /// `clock`: for what time of day it is.
  PingSource(PingState& state, const Clock& clock);

  Next next(MonotonicTime now, std::span<packet::Probe> out) override;
  void left(std::span<const packet::Probe> probes, MonotonicTime now) override;
  bool try_again(const packet::Probe& probe, int error, std::chrono::nanoseconds stuck) override;
  void failed(const packet::Probe& probe, int error) override;

 private:
  struct Schedule {
    MonotonicTime due;   ///< no sooner, where there is an interval
    MonotonicTime last;  ///< when the latest request was made
  };
  /// When somebody must look at a target again.
  struct Turn {
    MonotonicTime when;
    std::size_t target = 0;
    friend bool operator>(const Turn& a, const Turn& b) { return a.when > b.when; }
  };
  void start(MonotonicTime now);
  bool has_sent_all(const PingProgress& progress) const;
  void note_if_all(PingProgress& progress) const;
  MonotonicTime ready_at(std::size_t target, MonotonicTime now) const;
  void write(std::size_t target, MonotonicTime now, packet::Probe& probe);
  void tell(std::size_t target, MonotonicTime when, ping::Event what);

  PingState& state_;
  const Clock& clock_;
  bool started_ = false;
  MonotonicTime end_;
  MonotonicTime now_;
  std::vector<Schedule> schedules_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
};

}  // namespace echosweep::modes

#pragma once

#include "modes/auto_rate.hpp"
#include "modes/control_probes.hpp"
#include "modes/max_rate.hpp"
#include "modes/sweep_state.hpp"
#include "sender/rate_control.hpp"

namespace echosweep::modes {

/// --rate auto: takes the receiver's news to the control probes, and their outcome to AutoRate.
class AutoRateControl final : public sender::RateControl {
 public:
  AutoRateControl(SweepState& state, ControlProbes& controls, MonotonicTime start)
      : state_(state), controls_(controls), rate_(state.options.max_loss, start) {}

  PacketRate rate(MonotonicTime now) override;

  /// Takes what came in since; to be called once more when both threads have ended.
  void take_news(MonotonicTime now);
  // When the thread has ended:
  const AutoRate& result() const { return rate_; }

 private:
  SweepState& state_;
  ControlProbes& controls_;
  AutoRate rate_;
};

/// --rate max: comes down where this machine loses packets.
class MaxRateControl final : public sender::RateControl {
 public:
  MaxRateControl(const SweepState& state, MonotonicTime start) : state_(state), rate_(start) {}

  PacketRate rate(MonotonicTime now) override;

  // When the thread has ended:
  const MaxRate& result() const { return rate_; }

 private:
  const SweepState& state_;
  MaxRate rate_;
};

}  // namespace echosweep::modes

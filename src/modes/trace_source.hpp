#pragma once

#include <chrono>
#include <span>

#include "modes/trace_state.hpp"
#include "sender/probe_source.hpp"

namespace echosweep::modes {

/// The sending half of a trace: takes the steps that the main thread wants. Sender thread only.
class TraceSource final : public sender::ProbeSource {
 public:
  explicit TraceSource(TraceState& state) : state_(state) {}

  Next next(MonotonicTime now, std::span<packet::Probe> out) override;
  void left(std::span<const packet::Probe> probes, MonotonicTime now) override;
  bool try_again(const packet::Probe& probe, int error, std::chrono::nanoseconds stuck) override;
  void failed(const packet::Probe& probe, int error) override;

 private:
  void tell(const packet::Probe& probe, MonotonicTime when, int error);

  TraceState& state_;
  std::chrono::nanoseconds pause_{0};  ///< until the steps are looked for again
};

}  // namespace echosweep::modes

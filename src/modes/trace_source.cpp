#include "modes/trace_source.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Sends that find no room for so long have failed.
constexpr nanoseconds kStuck = 1s;
/// A trace that waits for its last answers need not look often.
constexpr nanoseconds kShortestPause = 200us;
constexpr nanoseconds kLongestPause = 5ms;

}  // namespace

TraceSource::Next TraceSource::next(MonotonicTime now, std::span<packet::Probe> out) {
  Next next{
      .probes = 0, .wait_until = now, .done = state_.stop_requests.load(std::memory_order_relaxed) >= 2};
  TraceStep step;
  if (state_.stop_requests.load(std::memory_order_relaxed) >= 1) {
    while (state_.steps.pop(step)) {
      (void)state_.sent.push({.step = step, .when = {}, .error = ECANCELED});
    }
  }
  while (!next.done && next.probes < out.size() && state_.steps.pop(step)) {
    out[next.probes++] = {.index = step.index,
                          .destination = state_.targets.at(step.index),
                          .pass = Pass{step.probe},
                          .kind = packet::ProbeKind::kEcho,
                          .sequence = {},
                          .ttl = step.hop,
                          .size = 0,
                          .mac = {}};
  }
  if (next.probes > 0) {
    pause_ = nanoseconds(0);
  } else if (!out.empty()) {
    pause_ = std::clamp(2 * pause_, kShortestPause, kLongestPause);
  }
  next.wait_until = now + pause_;
  return next;
}

void TraceSource::tell(const packet::Probe& probe, MonotonicTime when, int error) {
  (void)state_.sent.push({.step = {.index = probe.index, .hop = probe.ttl, .probe = probe.pass.value},
                          .when = when,
                          .error = error});
}

void TraceSource::left(std::span<const packet::Probe> probes, MonotonicTime now) {
  for (const packet::Probe& probe : probes) {
    tell(probe, now, 0);
  }
}

bool TraceSource::try_again(const packet::Probe&, int, nanoseconds stuck) {
  return stuck < kStuck && state_.stop_requests.load(std::memory_order_relaxed) == 0;
}

void TraceSource::failed(const packet::Probe& probe, int error) {
  tell(probe, {}, error);
}

}  // namespace echosweep::modes

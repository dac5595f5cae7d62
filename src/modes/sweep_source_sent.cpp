// What became of the probes that the sender was given.
#include <algorithm>

#include "modes/sweep_source.hpp"

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Sends that find no room for so long mean that nothing will move by itself.
constexpr nanoseconds kStuck = 3s;
/// The same on our own links, where the kernel's table may stay full for so long.
constexpr nanoseconds kStuckOnLink = 10s;

}  // namespace

void SweepSource::left(std::span<const packet::Probe> probes, MonotonicTime now) {
  // The first pass leaves in the ledger's order, so its probes are raised by runs: two or three words,
  // not 64.
  std::uint64_t run_first = 0;
  std::uint64_t run_end = 0;
  for (const packet::Probe& probe : probes) {
    if (probe.pass == kControlPass) {
      controls_->left(probe, now);
      continue;
    }
    ++probes_by_pass_[probe.pass.value];
    if (!probe.mac.empty()) {  // the target has been asked already: for its MAC address
      state_.on_link->echo_is_out();
      continue;
    }
    neighbour_requests_ += probe.kind == packet::ProbeKind::kNeighbour ? 1U : 0U;
    if (probe.pass.value == 0) {
      if (probe.index != run_end) {
        state_.ledger.raise_to_silent(run_first, run_end);
        run_first = probe.index;
      }
      run_end = probe.index + 1;
      ++asked_;
      continue;
    }
    // A reply may be faster than this, so after a failed send it cannot be told whether this is the target's
    // first probe: one too many just makes the run wait for its drain.
    const State before = state_.ledger.raise(probe.index, State::kSilent);
    const bool first = before == State::kUnsent || (before != State::kSilent && !failures_.empty());
    asked_ += first ? 1U : 0U;
  }
  state_.ledger.raise_to_silent(run_first, run_end);
  state_.probes.fetch_add(probes.size(), std::memory_order_relaxed);
  last_left_ = now;
  if (!stopping_) {
    drained_at_.reset();
  }
}

bool SweepSource::try_again(const packet::Probe& probe, int error, nanoseconds stuck) {
  if (stopping_ || state_.stop_requests.load(std::memory_order_relaxed) > 0) {
    return false;
  }
  if (neighbours_full_ && advice_.explain_again(error, probe.destination).on_link_only) {
    return false;
  }
  const bool is_attached = state_.attached != nullptr && state_.attached->is_attached(probe.destination);
  if (stuck < (is_attached && !state_.on_link ? kStuckOnLink : kStuck)) {
    return true;
  }
  const Explanation& why = advice_.explain(error, probe.destination);
  if (why.on_link_only) {
    neighbours_full_ = true;
  } else {
    stop(last_left_, why.reason);
  }
  return false;
}

void SweepSource::failed(const packet::Probe& probe, int error) {
  const bool asked_to_stop = state_.stop_requests.load(std::memory_order_relaxed) > 0;
  if (!probe.mac.empty() && probe.pass != kControlPass) {
    state_.on_link->echo_is_out();
    if (!asked_to_stop) {
      advice_.explain(error, probe.destination);
    }
    return;
  }
  if (probe.kind == packet::ProbeKind::kNeighbour) {
    state_.on_link->close_question(probe.index);
  }
  if (probe.pass == kControlPass) {
    controls_->failed(probe);
    return;
  }
  if (asked_to_stop || stopping_) {  // it has not had its turn
    while (first_refused_.size() <= probe.pass.value) {
      first_refused_.push_back(state_.targets.size());
    }
    std::uint64_t& first = first_refused_[probe.pass.value];
    first = std::min(first, probe.index);
  }
  if (state_.options.tell_asides && !asked_to_stop) {
    state_.sent_asides.push({.kind = Aside::Kind::kSendFailure,
                             .pass = probe.pass,
                             .error = error,
                             .index = probe.index,
                             .from = {}});
  }
  failures_.add(probe.index, asked_to_stop
                                 ? SendFailure{}
                                 : SendFailure{error, advice_.explain(error, probe.destination).reason});
}

}  // namespace echosweep::modes

// Which probe comes next.
//
// Pass 0 asks every target, in the run's order. Pass k+1 walks the same order and asks those that have not
// answered; its cursor trails pass k's by the timeout, so the passes overlap in time, and a whole sweep takes
// as long as its packets instead of passes x timeout. A pass may run ahead over targets that have answered,
// for they take no probe, but never past the cursor of the pass before. The oldest retries go first: whoever
// has waited longest is asked next, and what must be remembered stays small.
//
// When all passes are through, the run drains: it waits for late replies, then ends. If the capture lost
// packets meanwhile, some of the silent may have answered unheard, so they get one more pass.
//
// A run that goes on until it is complete begins with two passes, without which nothing is known. When the
// last one is through and its timeout is over, the estimate (completeness.cpp) says whether another is
// needed. The drain asks it too: late replies to the last pass raise the bound.
#include "modes/sweep_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Answered targets that one call steps over: 4,096 take about 0.1 ms.
constexpr std::uint64_t kScan = 4096;
/// The kernel asks for a neighbour three times, a second apart. Where its table is full it takes back the
/// places of those that it gave up, and of those that nothing has happened to for 5 s (neigh_forced_gc()).
constexpr nanoseconds kKernelResolves = 6s;
/// Until replies have been taken from the queue, or there is something to scan again.
constexpr nanoseconds kShortWait = 1ms;

}  // namespace

SweepSource::SweepSource(SweepState& state, ExplainFailure explain, MonotonicTime start,
                         ControlProbes* controls)
    : state_(state),
      start_(start),
      controls_(controls),
      sent_(state.options.timeout),
      last_now_(start),
      last_left_(start),
      kernel_trail_(kKernelResolves),
      advice_(std::move(explain)) {
  const unsigned retries =
      state_.options.complete ? std::min(1U, state_.options.retries) : state_.options.retries;
  for (unsigned pass = 0; pass <= retries; ++pass) {
    begin_pass();
  }
}

void SweepSource::begin_pass() {
  const auto number = static_cast<std::uint8_t>(passes_.size());
  passes_.push_back({.cursor = 0, .trail = Trail(timeout_of(state_.options, Pass{number}))});
  probes_by_pass_.push_back(0);
  state_.passes.store(static_cast<unsigned>(passes_.size()), std::memory_order_release);
  complete_.reset();
}

void SweepSource::go_on_from(const SweepPosition& position) {
  lost_before_ = position.so_far.capture_drops > 0;
  extra_pass_ = !state_.options.complete && position.cursors.size() > passes_.size();
  while (passes_.size() < position.cursors.size()) {
    begin_pass();
  }
  for (std::size_t pass = 0; pass < position.cursors.size(); ++pass) {
    passes_[pass].cursor = position.cursors[pass];
    passes_[pass].trail.begin_at(position.cursors[pass]);
    state_.cursors[pass].store(position.cursors[pass], std::memory_order_relaxed);
  }
  failures_ = position.failures;
  const Ledger::Counts counts = state_.ledger.count();
  asked_ = counts.silent + counts.unreachable + counts.alive;
}

std::vector<std::uint64_t> SweepSource::settled() {
  std::vector<std::uint64_t> cursors;
  cursors.reserve(passes_.size());
  std::uint64_t before = state_.targets.size();
  for (std::size_t pass = 0; pass < passes_.size(); ++pass) {
    PassState& state = passes_[pass];
    const nanoseconds timeout = timeout_of(state_.options, Pass{static_cast<std::uint8_t>(pass)});
    before = std::min(before, state.trail.reached(last_now_ - timeout));
    if (pass < first_refused_.size()) {
      before = std::min(before, first_refused_[pass]);
    }
    cursors.push_back(before);
  }
  return cursors;
}

bool SweepSource::all_answered() const {
  return state_.ledger.alive() >= asked_ && (!state_.on_link || state_.on_link->pending() == 0);
}

bool SweepSource::passes_done() const {
  return passes_.back().cursor == state_.targets.size();
}

nanoseconds SweepSource::last_timeout() const {
  return timeout_of(state_.options, Pass{static_cast<std::uint8_t>(passes_.size() - 1)});
}

bool SweepSource::is_complete() {
  const std::uint64_t alive = state_.ledger.alive();
  if (!complete_ || complete_->first != alive) {
    const FirstAnswers first = state_.answers(passes_.size(), asked_ - std::min(asked_, alive));
    complete_ = {alive, modes::is_complete(first, *state_.options.complete)};
  }
  return complete_->second;
}

std::size_t SweepSource::whole_passes(nanoseconds longest_reply) const {
  std::size_t whole = 0;
  while (whole < passes_.size() && passes_[whole].cursor == state_.targets.size()) {
    ++whole;
  }
  const bool cut_short = ended_ - last_left_ < std::min(last_timeout(), longest_reply);
  return whole == passes_.size() && cut_short ? whole - 1 : whole;
}

void SweepSource::stop(MonotonicTime now, std::string why) {
  if (!stopping_) {
    stopping_ = true;
    ended_by_ = std::move(why);
    drained_at_ = std::max(now, last_left_ + last_timeout());
    state_.drain_until.store(drained_at_->time_since_epoch().count(), std::memory_order_release);
  }
}

const char* SweepSource::limit_reached(MonotonicTime now) const {
  const auto& [runtime, probes] = std::tie(state_.options.max_runtime, state_.options.max_probes);
  if (runtime > nanoseconds::zero() && now - start_ >= runtime) {
    return "--max-runtime";
  }
  return probes > 0 && state_.probes.load(std::memory_order_relaxed) >= probes ? "--max-packets" : nullptr;
}

std::span<packet::Probe> SweepSource::within_limit(std::span<packet::Probe> out) const {
  const std::uint64_t limit = state_.options.max_probes;
  const std::uint64_t left = limit - std::min(limit, state_.probes.load(std::memory_order_relaxed));
  return limit == 0 ? out : out.first(std::min<std::uint64_t>(out.size(), left));
}

std::optional<SweepSource::Next> SweepSource::check_end(MonotonicTime now) {
  const Next over{.probes = 0, .wait_until = now, .done = true};
  const SweepOptions& options = state_.options;
  const int requests = state_.stop_requests.load(std::memory_order_relaxed);
  if (requests >= 2) {
    stop(now, "");
    return over;
  }
  if (requests == 1) {
    stop(now, "");
  } else if (const char* const limit = limit_reached(now);
             limit != nullptr && (!passes_done() || (state_.on_link && state_.on_link->has_resolved()))) {
    stop(now, limit);
  }  // else everything is sent: the limits have nothing to stop
  if (!stopping_ && !passes_done()) {
    // Nobody is left to ask: everyone has been, and has answered.
    const bool first_pass_done = passes_.front().cursor == state_.targets.size();
    if (first_pass_done && state_.ledger.alive() == state_.targets.size() && all_answered()) {
      return over;
    }
    return std::nullopt;
  }
  if (all_answered()) {
    return over;
  }
  if (options.complete && !stopping_ && passes_.size() <= options.retries) {
    if (const MonotonicTime over_at = last_left_ + last_timeout(); now < over_at) {
      return Next{.probes = 0, .wait_until = over_at, .done = false};
    }
    if (!is_complete()) {
      drained_at_.reset();
      begin_pass();
      return std::nullopt;
    }
  }
  if (!drained_at_) {
    drained_at_ = last_left_ + (options.complete ? std::max(options.drain, last_timeout()) : options.drain);
  }
  if (now < *drained_at_) {
    return Next{.probes = 0, .wait_until = *drained_at_, .done = false};
  }
  const bool lost_some = lost_before_ || state_.capture_drops.load(std::memory_order_relaxed) > 0;
  if (lost_some && !stopping_ && !extra_pass_ && passes_.size() < kMaxPasses) {
    extra_pass_ = true;
    drained_at_.reset();
    begin_pass();
    return std::nullopt;
  }
  return over;
}

bool SweepSource::has_room_for_replies(MonotonicTime now, std::size_t probes) {
  const std::size_t free = state_.room_for_replies();
  const std::uint64_t recent =
      state_.probes.load(std::memory_order_relaxed) - sent_.reached(now - state_.options.timeout);
  return free >= recent + probes || free == state_.events.capacity();
}

SweepSource::Next SweepSource::next(MonotonicTime now, std::span<packet::Probe> out) {
  last_now_ = now;
  for (std::size_t pass = 0; pass < passes_.size(); ++pass) {
    passes_[pass].trail.mark(now, passes_[pass].cursor);
    state_.cursors[pass].store(passes_[pass].cursor, std::memory_order_relaxed);
  }
  sent_.mark(now, state_.probes.load(std::memory_order_relaxed));
  kernel_trail_.mark(now, kernel_asked_);
  out = within_limit(out);
  const bool goes_on = !stopping_ && state_.stop_requests.load(std::memory_order_relaxed) == 0;
  if (goes_on && limit_reached(now) == nullptr) {
    if (const std::size_t echoes = fill_resolved(out); echoes > 0) {
      return {.probes = echoes, .wait_until = now, .done = false};
    }
  }
  if (const auto end = check_end(now)) {
    ended_ = now;
    return *end;
  }
  Next next{.probes = 0, .wait_until = now + kShortWait, .done = false};
  if (out.empty() || !has_room_for_replies(now, out.size())) {
    return next;
  }
  const std::size_t controls = next.probes = controls_ != nullptr ? controls_->write(now, out) : 0;
  for (std::size_t pass = passes_.size(); pass-- > 0 && next.probes < out.size();) {
    next.probes += fill(pass, now, out.subspan(next.probes));
  }
  if (controls_ != nullptr) {
    controls_->mix(out.first(next.probes), controls);
  }
  return next;
}

std::size_t SweepSource::fill(std::size_t pass, MonotonicTime now, std::span<packet::Probe> out) {
  PassState& state = passes_[pass];
  const Pass number{static_cast<std::uint8_t>(pass)};
  std::uint64_t end = state_.targets.size();
  std::uint64_t due = end;
  if (pass > 0) {
    PassState& before = passes_[pass - 1];
    end = before.cursor;
    if (state.cursor == end) {
      return 0;
    }
    due = before.trail.reached(now - timeout_of(state_.options, Pass{static_cast<std::uint8_t>(pass - 1)}));
  }
  std::size_t written = 0;
  for (std::uint64_t scanned = 0; written < out.size() && state.cursor < end && scanned < kScan; ++scanned) {
    const std::uint64_t index = state.cursor;
    if (state_.ledger.state(index) != State::kAlive) {
      if (state.cursor >= due) {
        break;
      }
      if (state_.options.fail_for_good && pass > 0 && failures_.of(index).count > 0) {
        ++state.cursor;
        continue;
      }
      const Address target = state_.targets.at(index);
      const auto kind = kind_for(target);
      if (!kind) {
        break;
      }
      if (*kind == packet::ProbeKind::kNeighbour) {
        state_.on_link->open_question(index);
      } else if (state_.options.neighbours == NeighbourUse::kAlone) {
        skip_elsewhere(index, target);
        ++state.cursor;
        continue;
      }
      packet::Probe& probe = out[written++];  // member by member: see Batch::encode()
      probe.index = index;
      probe.destination = target;
      probe.pass = number;
      probe.kind = *kind;
      probe.mac = {};
    }
    ++state.cursor;
  }
  // Before they leave: an answer that does not tell its pass is counted by the cursors.
  state_.cursors[pass].store(state.cursor, std::memory_order_relaxed);
  return written;
}

std::optional<packet::ProbeKind> SweepSource::kind_for(const Address& target) {
  using packet::ProbeKind;
  if (state_.attached == nullptr || !state_.attached->is_attached(target)) {
    return ProbeKind::kEcho;
  }
  if (state_.on_link) {
    return ProbeKind::kNeighbour;
  }
  const std::uint64_t limit = state_.options.kernel_neighbours;
  if (limit > 0 && kernel_asked_ - kernel_trail_.reached(last_now_ - kKernelResolves) >= limit) {
    if (!std::exchange(told_of_table_, true)) {
      advice_.note(
          fmt::format("directly attached targets wait for the kernel's neighbour table: {} at a time, {} a "
                      "second (faster: frames, which need CAP_NET_RAW and no --tx raw; or a larger "
                      "net.ipv4.neigh.default.gc_thresh3)",
                      limit, limit * 1s / kKernelResolves));
    }
    return std::nullopt;
  }
  ++kernel_asked_;
  return ProbeKind::kEcho;
}

/// Only ARP and ND are wanted, and a target that is not on our links hears neither.
void SweepSource::skip_elsewhere(std::uint64_t index, const Address& target) {
  const std::string reason = "not on a link of ours";
  failures_.add(index, SendFailure{ENONET, reason});
  if (!told_of_elsewhere_) {
    told_of_elsewhere_ = true;
    advice_.advise(
        target,
        {.reason = reason, .advice = "--arp asks directly attached networks only", .on_link_only = false});
  }
}

/// The echoes to those who have said that they are there; before anything else, while they still are.
std::size_t SweepSource::fill_resolved(std::span<packet::Probe> out) {
  std::size_t written = 0;
  while (state_.on_link && written < out.size()) {
    const auto target = state_.on_link->next_resolved();
    if (!target) {
      break;
    }
    std::size_t pass = passes_.size() - 1;
    while (pass > 0 && passes_[pass].cursor <= target->index) {
      --pass;
    }
    out[written++] = {.index = target->index,
                      .destination = state_.targets.at(target->index),
                      .pass = Pass{static_cast<std::uint8_t>(pass)},
                      .kind = packet::ProbeKind::kEcho,
                      .mac = target->mac};
  }
  return written;
}

}  // namespace echosweep::modes

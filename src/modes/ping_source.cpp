// When which target is asked again.
//
// Where there is an interval, requests are due one interval apart, whatever the timers did. Up to `preload`
// of them may leave early: the schedule of a target begins that many intervals before its first request, and
// never lags behind by more.
//
// Without an interval (flood, or adaptive where round trips are short) the next request leaves when fewer
// than `preload` are on their way, or 10 ms after the one before. Nobody wakes this thread when a reply
// comes: it looks, without rest for as long as a round trip on a local network takes, then ever more rarely.
// A target's first request is put off by its place, so that many targets' requests do not leave in one burst.
#include "modes/ping_source.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <thread>
#include <utility>

#include "packet/icmp.hpp"

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// At least 100 requests a second leave while nobody answers.
constexpr nanoseconds kUnanswered = 10ms;
/// So long after a request to look without rest for an answer that lets the next one leave; then at
/// intervals of a share of the time that has passed.
constexpr nanoseconds kSpin = 200us;
constexpr int kShare = 8;
/// An interval that changes is looked at again so often.
constexpr nanoseconds kLookAtInterval = 1ms;
/// Between the first requests of two targets, where the interval is long enough.
constexpr nanoseconds kStagger = 1ms;
/// So late a request may be and not put off the next one.
constexpr nanoseconds kCatchUp = 20ms;
/// Requests that share a send time.
constexpr std::size_t kTogether = 8;
/// Outcomes that a batch can bring about: no answer yet, leaving, not sent; of each request.
constexpr std::size_t kOutcomes = 3 * kTogether;
constexpr nanoseconds kUntilRoom = 1ms;
/// So long there may be no room for a request: what waits for a neighbour's address is gone after as long.
constexpr nanoseconds kNoRoomFor = 3s;

}  // namespace

PingSource::PingSource(PingState& state, const Clock& clock)
    : state_(state), clock_(clock), schedules_(state.targets.size()) {}

void PingSource::start(MonotonicTime now) {
  started_ = true;
  const PingOptions& options = state_.options;
  end_ = options.deadline ? now + *options.deadline : MonotonicTime::max();
  const auto count = static_cast<std::int64_t>(state_.targets.size());
  const nanoseconds stagger = std::min(kStagger, options.interval / count);
  for (std::size_t i = 0; i < state_.targets.size(); ++i) {
    const MonotonicTime first = now + stagger * static_cast<std::int64_t>(i);
    schedules_[i] = {.due = first - options.interval * (options.preload - 1), .last = {}};
    turns_.push({.when = first, .target = i});
  }
}

bool PingSource::has_sent_all(const PingProgress& progress) const {
  const PingOptions& options = state_.options;
  if (options.deadline && progress.errors.load(std::memory_order_relaxed) > 0) {
    return true;
  }
  if (options.count == 0) {
    return false;
  }
  return progress.answers.load(std::memory_order_relaxed) >= options.count ||
         (!options.deadline && progress.made.load(std::memory_order_relaxed) >= options.count);
}

MonotonicTime PingSource::ready_at(std::size_t target, MonotonicTime now) const {
  const PingProgress& progress = state_.targets[target];
  const Schedule& schedule = schedules_[target];
  const nanoseconds interval{progress.interval_ns.load(std::memory_order_relaxed)};
  const std::uint64_t made = progress.made.load(std::memory_order_relaxed);
  if (interval > nanoseconds::zero() && !state_.options.adaptive) {
    return schedule.due;
  }
  if (made < state_.options.preload) {
    return now;
  }
  if (interval > nanoseconds::zero()) {
    const MonotonicTime due = schedule.last + interval;
    return due <= now ? now : std::min(due, now + kLookAtInterval);
  }
  const bool may = progress.in_flight() < state_.options.preload || now >= schedule.last + kUnanswered;
  const nanoseconds waited = now - schedule.last;
  if (!may && waited < kSpin) {
    std::this_thread::yield();  // to who has the answer
  }
  return may ? now : now + (waited < kSpin ? nanoseconds(1) : waited / kShare);
}

PingSource::Next PingSource::next(MonotonicTime now, std::span<packet::Probe> out) {
  now_ = now;
  if (!started_) {
    start(now);
  }
  if (state_.stop_requests.load(std::memory_order_relaxed) > 0 || now >= end_) {
    return {.probes = 0, .wait_until = now, .done = true};
  }
  if (state_.from_sender.free_slots() < kOutcomes) {
    return {.probes = 0, .wait_until = now + kUntilRoom, .done = false};
  }
  Next next{.probes = 0, .wait_until = end_, .done = false};
  const std::size_t room = std::min(out.size(), kTogether);
  while (next.probes < room && !turns_.empty() && turns_.top().when <= now) {
    const std::size_t target = turns_.top().target;
    turns_.pop();
    if (has_sent_all(state_.targets[target])) {
      state_.targets[target].all_sent.store(true, std::memory_order_release);
      continue;
    }
    MonotonicTime when = ready_at(target, now);
    if (when <= now) {
      write(target, now, out[next.probes++]);
      // Looked at again right after it has left.
      when = std::max(now + nanoseconds(1), schedules_[target].due);
    }
    turns_.push({.when = when, .target = target});
  }
  if (!turns_.empty()) {
    next.wait_until = std::min(end_, turns_.top().when);
  }
  // With all sent the thread may end, unless answers are still to decide.
  next.done = next.probes == 0 && turns_.empty();
  return next;
}

void PingSource::write(std::size_t target, MonotonicTime now, packet::Probe& probe) {
  PingProgress& progress = state_.targets[target];
  Schedule& schedule = schedules_[target];
  const nanoseconds interval{progress.interval_ns.load(std::memory_order_relaxed)};
  const Sequence before{static_cast<std::uint16_t>(progress.made.load(std::memory_order_relaxed))};
  if (state_.options.tell_unanswered && schedule.last != MonotonicTime{} &&
      !progress.times.is_answered(before)) {
    tell(target, now, ping::NoAnswerYet{before});
  }
  if (!state_.options.adaptive) {
    const nanoseconds early = interval * (state_.options.preload - 1);
    schedule.due = std::max(schedule.due, now - early - std::min(kCatchUp, interval / 2)) + interval;
  }
  schedule.last = now;
  probe = {.index = target,
           .destination = progress.target.address,
           .pass = {},
           .kind = packet::ProbeKind::kEcho,
           .sequence = Sequence{static_cast<std::uint16_t>(before.value + 1)},
           .ttl = {},
           .size = 0,
           .mac = {}};
}

void PingSource::tell(std::size_t target, MonotonicTime when, ping::Event what) {
  auto outcome = std::make_unique<ping::Outcome>(ping::Outcome{.target = target,
                                                               .when = when,
                                                               .wall = clock_.wall(),
                                                               .pipe = 0,
                                                               .packet = {},
                                                               .what = std::move(what)});
  (void)state_.from_sender.push(outcome);  // next() saw to the room
}

void PingSource::left(std::span<const packet::Probe> probes, MonotonicTime now) {
  for (const packet::Probe& probe : probes) {
    PingProgress& progress = state_.targets[probe.index];
    progress.note_left(now);
    note_if_all(progress);
  }
}

/// As soon as the last one has left: how long to wait for answers counts from there, not from a turn that
/// comes an interval later.
void PingSource::note_if_all(PingProgress& progress) const {
  if (has_sent_all(progress)) {
    progress.all_sent.store(true, std::memory_order_release);
  }
}

bool PingSource::try_again(const packet::Probe&, int, nanoseconds stuck) {
  return stuck < kNoRoomFor && state_.stop_requests.load(std::memory_order_relaxed) == 0;
}

/// As ping does: it counts as a request that was made, and what is too long for its link as an error.
void PingSource::failed(const packet::Probe& probe, int error) {
  PingProgress& progress = state_.targets[probe.index];
  tell(probe.index, now_, ping::NotSent{.sequence = probe.sequence, .error = error});
  progress.note_left(now_);
  if (error == EMSGSIZE) {
    progress.errors.fetch_add(1, std::memory_order_relaxed);
    progress.answers.fetch_add(1, std::memory_order_relaxed);
  }
  note_if_all(progress);
}

std::size_t NotingCodec::encode(const packet::Probe& probe, MonotonicTime sent_at,
                                std::span<std::uint8_t> packet, WallTime wall) const {
  PingProgress& progress = state_.targets[probe.index];
  const std::size_t size = state_.codec.encode(probe, sent_at, packet, wall);
  const std::uint64_t made = progress.made.load(std::memory_order_relaxed);
  progress.times.note(probe.sequence, sent_at);
  if (static_cast<std::uint16_t>(made) == probe.sequence.value) {
    return size;  // the same once more, after there was no room for it
  }
  progress.made.store(made + 1, std::memory_order_release);
  if (state_.options.tell_leaving) {
    auto outcome = std::make_unique<ping::Outcome>(ping::Outcome{.target = probe.index,
                                                                 .when = sent_at,
                                                                 .wall = wall,
                                                                 .pipe = 0,
                                                                 .packet = {},
                                                                 .what = ping::Leaving{probe.sequence}});
    if (state_.options.keep_packets) {
      const std::size_t room = probe.destination.is_v4() ? packet::kIpv4HeaderSize : 0;
      const auto message = packet.first(size).subspan(room);
      outcome->packet.assign(message.begin(), message.end());
    }
    (void)state_.from_sender.push(outcome);
  }
  return size;
}

}  // namespace echosweep::modes

// When which probe leaves.
//
// Every target has the same period, so no queue of times is needed: the probe of round r at position k of the
// order is due at start + r x period + k x spacing. The targets' phases are spread over the round, one
// target's probes are a period apart however late a timer was, and all that must be remembered is one number.
//
// Where probes are due closer together than a timer is worth, they leave in batches, of half a millisecond.
// A thread that was put aside catches up; whoever has been away for longer (a machine that slept, a signal
// that stopped us) finds that the schedule has waited for him, and no burst.
#include "modes/count_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// So late a probe may be and still leave at once.
constexpr nanoseconds kCatchUp = 20ms;
/// Sends that find no room for so long have failed.
constexpr nanoseconds kStuck = 1s;
constexpr nanoseconds kShortestStuck = 50ms;
/// Probes that share a send time: each has waited for those before it when it leaves, 1 to 4 us.
constexpr std::size_t kStampedTogether = 8;
/// What is due within this time leaves at once. A thread that sleeps for each probe costs more than the
/// probe; a batch as long as a sweep's would have its last replies wait behind the others, and that shows in
/// their round trips: over a veth, at 65,000 a second, 0.06 ms become 0.5 ms with batches of 5 ms.
constexpr nanoseconds kBatchTime = 500us;
/// Until the main thread has taken replies or failures.
constexpr nanoseconds kShortWait = 1ms;
constexpr nanoseconds kLongWait = 20ms;

std::size_t batch_of(nanoseconds spacing) {
  return spacing > 0ns ? static_cast<std::size_t>(std::max<std::int64_t>(1, kBatchTime / spacing))
                       : kStampedTogether;
}

}  // namespace

CountSource::CountSource(CountState& state, ExplainFailure explain)
    : state_(state),
      period_(round_time(state.options, state.targets.size())),
      batch_(batch_of(state.options.spacing)),
      sent_(state.options.timeout),
      explain_(std::move(explain)) {}

MonotonicTime CountSource::due(ProbeNumber number) const {
  const auto round = static_cast<std::int64_t>(number / state_.targets.size());
  const auto position = static_cast<std::int64_t>(number % state_.targets.size());
  return start_ + round * period_ + position * state_.options.spacing;
}

bool CountSource::has_room(MonotonicTime now, std::size_t probes) {
  const std::uint64_t recent = next_ - sent_.reached(now - state_.options.timeout);
  const std::size_t free = state_.events.free_slots();
  return state_.failures.free_slots() >= probes &&
         (free >= recent + probes || 2 * free >= state_.events.capacity());
}

void CountSource::write(ProbeNumber number, MonotonicTime now, packet::Probe& probe) {
  const std::uint64_t index = state_.rounds.index_of(number);
  probe = {.index = number & ((ProbeNumber{1} << kProbeNumberLowBits) - 1),
           .destination = state_.targets.at(index),
           .pass = Pass{static_cast<std::uint8_t>(number >> kProbeNumberLowBits)},
           .kind = packet::ProbeKind::kEcho,
           .sequence = state_.sequence(index, state_.rounds.round_of(number)),
           .mac = {}};
  note_send_time(number, now);  // before it leaves: the reply may be faster than whatever would come after
}

void CountSource::note_send_time(ProbeNumber number, MonotonicTime now) {
  state_.send_times[number & (state_.send_times.size() - 1)].store(now.time_since_epoch().count(),
                                                                   std::memory_order_release);
}

CountSource::Next CountSource::next(MonotonicTime now, std::span<packet::Probe> out) {
  now_ = now;
  if (!started_) {
    started_ = true;
    start_ = now;
  }
  push_mark();
  sent_.mark(now, next_);
  const int requests = state_.stop_requests.load(std::memory_order_relaxed);
  const ProbeNumber total = state_.total();
  if (requests > 0 || next_ == total) {
    if (!mark_) {
      state_.all_sent.store(true, std::memory_order_release);
    }
    return {.probes = 0, .wait_until = now + kLongWait, .done = requests >= 2};
  }
  if (out.empty() || !has_room(now, out.size())) {
    return {.probes = 0, .wait_until = now + kShortWait, .done = false};
  }
  start_ += std::max(nanoseconds(0), now - due(next_) - kCatchUp);
  if (next_ == batch_end_) {
    const std::uint64_t of_round = state_.targets.size() - next_ % state_.targets.size();
    const std::uint64_t batch = std::min<std::uint64_t>({batch_, of_round, total - next_});
    if (const MonotonicTime ready = due(next_ + batch - 1); now < ready) {
      return {.probes = 0, .wait_until = ready, .done = false};
    }
    batch_end_ = next_ + batch;
  }
  Next next{.probes = 0, .wait_until = now, .done = false};
  out = out.first(std::min(out.size(), kStampedTogether));
  while (next.probes < out.size() && next_ < batch_end_) {
    write(next_++, now, out[next.probes++]);
  }
  state_.made.store(next_, std::memory_order_release);
  return next;
}

void CountSource::left(std::span<const packet::Probe> probes, MonotonicTime now) {
  left_ += probes.size();
  ProbeNumber number = state_.cursor.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < probes.size(); ++i, ++number) {
    note_send_time(number, now);  // again: it may have waited for room
  }
  last_left_ = now;
  state_.last_left.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  state_.cursor.store(state_.cursor.load(std::memory_order_relaxed) + probes.size(),
                      std::memory_order_release);
  mark_ = {.when = now, .cursor = state_.cursor.load(std::memory_order_relaxed)};
  push_mark();
  if (!troubles_.empty()) {
    look_for_recovery(now);
  }
}

/// One that finds no room waits, and the next one takes its place.
void CountSource::push_mark() {
  if (mark_ && state_.marks.push(*mark_)) {
    mark_.reset();
  }
}

bool CountSource::try_again(const packet::Probe&, int, nanoseconds stuck) {
  return stuck < std::min(kStuck, std::max(period_, kShortestStuck)) &&
         state_.stop_requests.load(std::memory_order_relaxed) == 0;
}

void CountSource::failed(const packet::Probe& probe, int error) {
  const ProbeNumber number = state_.cursor.load(std::memory_order_relaxed);
  state_.failures.push({.number = number, .error = error});  // has_room() saw to the room
  state_.cursor.store(number + 1, std::memory_order_release);
  const auto [found, is_new] = troubles_.try_emplace(error);
  Trouble& trouble = found->second;
  if (is_new) {
    const Explanation why = explain_(error, probe.destination);
    trouble.target = probe.destination;
    trouble.reason = why.reason;
    trouble.since = now_;
    tell({.error = error,
          .is_over = false,
          .target = probe.destination,
          .line = SendAdvice::line_of(probe.destination, why)});
  }
  trouble.last = number;
  ++trouble.probes;
}

void CountSource::tell(SendTrouble trouble) {
  const std::lock_guard lock(told_lock_);
  told_.push_back(std::move(trouble));
}

std::vector<SendTrouble> CountSource::take_troubles() {
  const std::lock_guard lock(told_lock_);
  return std::exchange(told_, {});
}

/// Over is what has met nobody for a whole round.
void CountSource::look_for_recovery(MonotonicTime now) {
  const ProbeNumber cursor = state_.cursor.load(std::memory_order_relaxed);
  std::erase_if(troubles_, [&](const auto& entry) {
    const Trouble& trouble = entry.second;
    if (cursor - trouble.last <= state_.targets.size()) {
      return false;
    }
    tell({.error = entry.first,
          .is_over = true,
          .target = trouble.target,
          .line = fmt::format("sending works again: {} {} not sent in {:.1f} s ({})", trouble.probes,
                              trouble.probes == 1 ? "probe was" : "probes were",
                              std::chrono::duration<double>(now - trouble.since).count(), trouble.reason)});
    return true;
  });
}

}  // namespace echosweep::modes

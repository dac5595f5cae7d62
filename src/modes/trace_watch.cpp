// What belongs to which cycle.
//
// A probe carries 4 bits of its cycle's number, so an answer may be that of a cycle 15 earlier. Its send time
// tells: it must be that of the latest probe with the number. An answer that comes after its number was used
// again counts as lost.
#include "modes/trace_watch.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>

#include "trace/mark.hpp"
#include "trace/traced.hpp"

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// What two measures of a send time may differ by: the stamp's unit, and what lies between making a probe and
/// its leaving.
constexpr nanoseconds kSameProbe = 2ms;

void note_sender(trace::WatchedHop& hop, const Address& sender) {
  const auto known = std::ranges::find(hop.senders, sender);
  if (known != hop.senders.end()) {
    std::rotate(hop.senders.begin(), known, known + 1);
    return;
  }
  if (hop.senders.size() == trace::WatchedHop::kMostSenders) {
    hop.senders.pop_back();
  }
  hop.senders.insert(hop.senders.begin(), sender);
}

}  // namespace

TraceWatch::TraceWatch(const targets::TargetSet& targets, const TraceOptions& options,
                       const TraceWatchOptions& watch)
    : targets_(targets), options_(options), watch_(watch), courses_(targets.size()) {
  const auto hops = std::size_t{options.last.value} - options.first.value + 1;
  for (Course& course : courses_) {
    course.hops.resize(hops);
    course.end = hops;
  }
}

/// In the first cycle all hops; then those up to the target, or some behind the last that answers.
std::size_t TraceWatch::length(const Course& course) const {
  const bool is_first = cycle_ <= 1;
  return is_first ? course.end : std::min(course.end, course.answered + kBeyond);
}

std::size_t TraceWatch::next(MonotonicTime now, WallTime, std::span<TraceStep> out) {
  std::size_t count = 0;
  while (!stopping_ && count < out.size()) {
    if (!in_cycle_) {
      if (now < cycle_at_ || (watch_.cycles != 0 && cycle_ == watch_.cycles)) {
        break;
      }
      // A schedule, not a gap; what was missed while the machine slept is not made up for.
      cycle_at_ =
          std::max(cycle_at_ == MonotonicTime{} ? now : cycle_at_, now - watch_.interval) + watch_.interval;
      ++cycle_;
      in_cycle_ = true;
      hop_ = target_ = 0;
    }
    if (target_ == courses_.size()) {
      target_ = 0;
      ++hop_;
    }
    if (hop_ == courses_.front().hops.size()) {
      in_cycle_ = false;
      continue;
    }
    Course& course = courses_[target_];
    if (hop_ < length(course)) {
      const auto number = static_cast<std::uint8_t>((cycle_ - 1) % kNumbers);
      course.hops[hop_].probes[number] = {.sent = {}, .answered = false};
      out[count++] = {.index = target_,
                      .hop = Ttl{static_cast<std::uint8_t>(options_.first.value + hop_)},
                      .probe = number};
    }
    ++target_;
  }
  on_their_way_ += count;
  return count;
}

void TraceWatch::sent(const TraceSent& sent) {
  --on_their_way_;
  Hop& hop =
      courses_[sent.step.index].hops[static_cast<std::size_t>(sent.step.hop.value - options_.first.value)];
  Probe& probe = hop.probes[sent.step.probe];
  if (sent.error != 0) {
    probe.answered = true;
    if (sent.error != ECANCELED) {
      ++not_sent_;
      last_error_ = sent.error;
    }
    return;
  }
  probe.sent = sent.when;
  last_sent_ = std::max(last_sent_, sent.when);
  ++hop.figures.sent;
}

/// Its time is that of an earlier probe with the same number. Another time that is wrong says only that
/// somebody has rewritten the identification.
bool TraceWatch::is_of_earlier(nanoseconds told, nanoseconds own) const {
  const nanoseconds round = watch_.interval * kNumbers;
  const nanoseconds off = told - own;
  if (told < nanoseconds::zero() || off < round / 2) {
    return false;
  }
  const nanoseconds beside = off % round;
  // Cycles are on a schedule, and their probes leave one after the other.
  return std::min(beside, round - beside) <= watch_.interval / 2;
}

void TraceWatch::answered(const TraceEvent& event) {
  if (event.index >= courses_.size() || event.hop.value < options_.first.value ||
      event.hop.value > options_.last.value || event.probe >= kNumbers) {
    return;
  }
  Course& course = courses_[event.index];
  const auto at = static_cast<std::size_t>(event.hop.value - options_.first.value);
  Probe& probe = course.hops[at].probes[event.probe];
  const bool is_known = probe.sent != MonotonicTime{};
  const nanoseconds own =
      is_known ? std::max(event.received - probe.sent, nanoseconds::zero()) : nanoseconds::zero();
  const nanoseconds told(event.rtt_ns);
  const bool agrees = event.rtt_ns >= 0 && std::chrono::abs(told - own) <= kSameProbe;
  const bool proves = event.is_tagged || event.is_tcp;
  if (probe.answered || (is_known && !agrees && (proves || is_of_earlier(told, own)))) {
    return;
  }
  probe.answered = true;
  trace::WatchedHop& figures = course.hops[at].figures;
  ++figures.received;
  if (is_known || event.rtt_ns >= 0) {
    figures.rtt.add(event.rtt_ns >= 0 && (agrees || !is_known) ? told : own);
  }
  note_sender(figures, event.from);
  const trace::Answer answer{.kind = event.kind,
                             .from = event.from,
                             .error = event.error,
                             .mtu = event.mtu,
                             .rtt = {},
                             .ttl = event.ttl,
                             .quoted_ttl = {},
                             .objects = {}};
  figures.mark = trace::mark_of(answer);
  if (trace::goes_on(answer)) {
    // Somebody sends on where the path ended: it has recovered, or grown.
    course.end = at + 1 >= course.end ? course.hops.size() : course.end;
    course.answered = std::max(course.answered, at + 1);
  } else {
    course.end = std::min(course.end, at + 1);
    course.answered = std::min(std::max(course.answered, at + 1), course.end);
    course.reached = course.reached || trace::is_of_target(answer, targets_.at(event.index));
  }
  if (tell_of_router_) {
    tell_of_router_(event.from);
  }
}

void TraceWatch::heard_all_before(MonotonicTime time) {
  heard_until_ = std::max(heard_until_, time);
}

void TraceWatch::stop(bool at_once) {
  stopping_ = true;
  at_once_ = at_once_ || at_once;
}

/// How long a probe of this hop is waited for. One that is answered later still counts as answered.
nanoseconds TraceWatch::patience(const Course& course, std::size_t at) const {
  constexpr nanoseconds kLeast = std::chrono::milliseconds(1);
  for (std::size_t i = at; options_.near > 0 && i < course.hops.size(); ++i) {
    const auto& rtt = course.hops[i].figures.rtt;
    if (rtt.count() > 0) {
      const auto worst = static_cast<double>((rtt.worst() + kLeast).count());
      return std::min(options_.wait, nanoseconds(static_cast<std::int64_t>(options_.near * worst)));
    }
  }
  return options_.wait;
}

/// What left up to `given_up` has been waited for.
bool TraceWatch::is_pending(const Probe& probe, MonotonicTime given_up) {
  return !probe.answered && (probe.sent == MonotonicTime{} || probe.sent > given_up);
}

/// Who is silent behind all that answer is not waited for.
bool TraceWatch::all_settled() const {
  return std::ranges::all_of(courses_, [this](const Course& course) {
    const std::size_t count = course.answered == 0 ? course.end : std::min(course.end, course.answered);
    for (std::size_t at = 0; at < count; ++at) {
      const MonotonicTime given_up = heard_until_ - patience(course, at);
      if (std::ranges::any_of(course.hops[at].probes,
                              [&](const Probe& probe) { return is_pending(probe, given_up); })) {
        return false;
      }
    }
    return true;
  });
}

bool TraceWatch::is_over() const {
  const bool all_asked = stopping_ || (watch_.cycles != 0 && cycle_ == watch_.cycles && !in_cycle_);
  return at_once_ || (all_asked && on_their_way_ == 0 && all_settled());
}

trace::Watched TraceWatch::watched(std::size_t target) const {
  const Course& course = courses_[target];
  trace::Watched out{.target = targets_.at(target),
                     .index = target,
                     .first = options_.first,
                     .hops = {},
                     .reached = course.reached};
  // A hop more than answer shows that somebody is silent behind.
  const std::size_t shown = std::min(course.end, course.answered + 1);
  for (std::size_t at = 0; at < shown; ++at) {
    out.hops.push_back(course.hops[at].figures);
    const MonotonicTime given_up = heard_until_ - patience(course, at);
    out.hops.back().on_their_way =
        static_cast<std::uint64_t>(std::ranges::count_if(course.hops[at].probes, [&](const Probe& probe) {
          return probe.sent != MonotonicTime{} && is_pending(probe, given_up);
        }));
  }
  return out;
}

}  // namespace echosweep::modes

#include "modes/trace_course.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// What a round trip may be off by when it says how long others are waited for: it may be that of a router
/// next door.
constexpr nanoseconds kLeastPatience = 1ms;
/// What two measures of a round trip may differ by.
constexpr nanoseconds kNear = 1ms;

std::optional<nanoseconds> any_rtt(const trace::Hop& hop) {
  for (const auto& answer : hop.probes) {
    if (answer && answer->rtt) {
      return answer->rtt;
    }
  }
  return std::nullopt;
}

nanoseconds times(double factor, nanoseconds rtt) {
  return nanoseconds(static_cast<std::int64_t>(factor * static_cast<double>((rtt + kLeastPatience).count())));
}

}  // namespace

TraceCourse::TraceCourse(const TraceOptions& options, const Address& target, std::uint64_t index, Ttl start,
                         WallTime started)
    : options_(&options), up_(start.value), lowest_(start), end_(options.last) {
  traced_.target = target;
  traced_.index = index;
  traced_.first = options.first;
  traced_.started = started;
}

void TraceCourse::make_room(Ttl hop) {
  const std::size_t wanted = place(hop) + 1;
  if (traced_.hops.size() < wanted) {
    traced_.hops.resize(wanted);
    asked_.resize(wanted);
  }
}

TraceStep TraceCourse::ask(Ttl hop) {
  make_room(hop);
  Asked& asked = asked_[place(hop)];
  const std::uint8_t probe = asked.asked++;
  ++asked.unsent;
  traced_.hops[place(hop)].probes.resize(asked.asked);
  return {.index = traced_.index, .hop = hop, .probe = probe};
}

std::optional<TraceStep> TraceCourse::next_up() {
  if (stopped_ || up_ > end_.value) {
    return std::nullopt;
  }
  const TraceStep step = ask(Ttl{static_cast<std::uint8_t>(up_)});
  if (++probe_ == options_->probes) {
    probe_ = 0;
    ++up_;
  }
  return step;
}

std::optional<TraceStep> TraceCourse::next_down() {
  if (stopped_ || (down_probe_ == 0 && below_is_known())) {
    return std::nullopt;
  }
  if (down_probe_ == 0) {
    --lowest_.value;
  }
  const TraceStep step = ask(lowest_);
  down_probe_ = down_probe_ + 1 == options_->probes ? std::uint8_t{0} : std::uint8_t(down_probe_ + 1);
  return step;
}

/// The first TTL to be asked once more.
std::optional<std::size_t> TraceCourse::silent_place() const {
  if (stopped_ || goes_up() || down_probe_ != 0 || traced_.hops.empty()) {
    return std::nullopt;
  }
  std::size_t behind = std::min(traced_.hops.size(), place(end_) + 1);
  while (behind > 0 && asked_[behind - 1].answered == 0) {
    --behind;
  }
  for (std::size_t at = place(lowest_); at < behind; ++at) {
    if (asked_[at].answered == 0 && asked_[at].left != 0 && !asked_[at].again) {
      return at;
    }
  }
  return std::nullopt;
}

std::optional<TraceStep> TraceCourse::next_again() {
  const auto at = silent_place();
  if (!at) {
    return std::nullopt;
  }
  asked_[*at].again = true;
  return ask(Ttl{static_cast<std::uint8_t>(options_->first.value + *at)});
}

std::optional<MonotonicTime> TraceCourse::next_ttl_at() const {
  const bool has_begun = (goes_up() && probe_ != 0) || down_probe_ != 0 || traced_.hops.empty();
  if (has_begun) {
    return MonotonicTime{};
  }
  if (!goes_up()) {
    return settled_at(silent_place().value_or(place(lowest_)));
  }
  const std::size_t at = traced_.hops.size() - 1;
  const auto when = settled_at(at);
  return when ? std::optional(std::min(*when, asked_[at].last_sent + kStride)) : std::nullopt;
}

void TraceCourse::take_below(std::vector<trace::Hop> hops) {
  below_known_ = true;
  const std::size_t count = std::min(hops.size(), place(lowest_));
  std::move(hops.begin(), hops.begin() + static_cast<std::ptrdiff_t>(count), traced_.hops.begin());
}

void TraceCourse::stop(trace::Ending ending) {
  if (!stopped_) {
    stopped_ = ending;
  }
}

void TraceCourse::sent(const TraceSent& sent) {
  --on_their_way_;
  Asked& asked = asked_[place(sent.step.hop)];
  --asked.unsent;
  if (over) {
    return;  // and cut where it ends
  }
  if (sent.error == ECANCELED) {
    // The run was told to stop, and so were those behind it: as if they had not been asked.
    auto& probes = traced_.hops[place(sent.step.hop)].probes;
    if (sent.step.probe < probes.size() && !probes[sent.step.probe]) {
      probes.resize(sent.step.probe);
    }
    return;
  }
  if (sent.error != 0) {
    ++traced_.probes_not_sent;
    traced_.error = sent.error;
    return;
  }
  ++traced_.probes_sent;
  asked.last_sent = std::max(asked.last_sent, sent.when);
  asked.left = static_cast<std::uint16_t>(asked.left | 1U << sent.step.probe);
  asked.sent.resize(std::max<std::size_t>(asked.sent.size(), sent.step.probe + 1U));
  asked.sent[sent.step.probe] = sent.when;
}

bool TraceCourse::answered(const TraceEvent& event) {
  const bool in_range = event.hop.value >= options_->first.value && place(event.hop) < traced_.hops.size();
  if (!in_range || event.probe >= traced_.hops[place(event.hop)].probes.size() || over || is_refused(event)) {
    return false;
  }
  auto& slot = traced_.hops[place(event.hop)].probes[event.probe];
  if (slot) {
    ++traced_.duplicates;
    return false;
  }
  Asked& asked = asked_[place(event.hop)];
  asked.answered = static_cast<std::uint16_t>(asked.answered | 1U << event.probe);
  slot = trace::Answer{.kind = event.kind,
                       .from = event.from,
                       .error = event.error,
                       .mtu = event.mtu,
                       .rtt = round_trip(event),
                       .ttl = event.ttl,
                       .quoted_ttl = event.quoted_ttl,
                       .objects = {event.objects.begin(), event.objects.begin() + event.objects_size}};
  if (!trace::goes_on(*slot) && event.hop.value < end_.value) {
    end_ = event.hop;
  }
  return true;
}

/// TCP has nothing but its sequence number, and that is right or forged.
bool TraceCourse::is_refused(const TraceEvent& event) const {
  const Asked& asked = asked_[place(event.hop)];
  if (!event.is_tcp || event.probe >= asked.sent.size() || asked.sent[event.probe] == MonotonicTime{}) {
    return false;
  }
  const nanoseconds own = std::max(event.received - asked.sent[event.probe], nanoseconds(0));
  return event.rtt_ns < 0 || std::chrono::abs(nanoseconds(event.rtt_ns) - own) > kNear;
}

/// What the answer says, unless it cannot prove it and we know better: somebody may have rewritten the
/// identification that has the time, or cut the payload.
std::optional<nanoseconds> TraceCourse::round_trip(const TraceEvent& event) const {
  const auto told = event.rtt_ns < 0 ? std::nullopt : std::optional(nanoseconds(event.rtt_ns));
  const Asked& asked = asked_[place(event.hop)];
  if (event.is_tagged || event.probe >= asked.sent.size() || asked.sent[event.probe] == MonotonicTime{}) {
    return told;
  }
  const nanoseconds own = std::max(event.received - asked.sent[event.probe], nanoseconds(0));
  return told && std::chrono::abs(*told - own) <= kNear ? told : own;
}

/// How long a probe of this TTL is waited for, after it left.
nanoseconds TraceCourse::patience(std::size_t at) const {
  if (const auto rtt = any_rtt(traced_.hops[at]); rtt && options_->here > 0) {
    return std::min(options_->wait, times(options_->here, *rtt));
  }
  for (std::size_t i = at + 1; options_->near > 0 && i < traced_.hops.size(); ++i) {
    if (const auto rtt = any_rtt(traced_.hops[i])) {
      return std::min(options_->wait, times(options_->near, *rtt));
    }
  }
  return options_->wait;
}

std::optional<MonotonicTime> TraceCourse::settled_at(std::size_t at) const {
  const Asked& asked = asked_[at];
  if (asked.unsent > 0) {
    return std::nullopt;
  }
  return asked.open() ? asked.last_sent + patience(at) : MonotonicTime{};
}

bool TraceCourse::is_settled(Ttl hop, MonotonicTime heard_until) const {
  const std::size_t at = place(hop);
  if (traced_.hops[at].shared) {
    return true;
  }
  if (options_->fast && walking && !stopped_ && asked_[at].answered == 0 && !asked_[at].again) {
    return false;  // it may be asked once more
  }
  const bool all_asked = asked_[at].asked >= options_->probes || stopped_;
  const auto when = settled_at(at);
  return all_asked && when && *when <= heard_until;
}

std::optional<MonotonicTime> TraceCourse::settled_at() const {
  if (on_their_way_ > 0) {
    return std::nullopt;
  }
  MonotonicTime latest{};
  for (std::size_t at = 0; at < traced_.hops.size() && at <= place(end_); ++at) {
    const auto when = settled_at(at);
    if (!when) {
      return std::nullopt;
    }
    latest = std::max(latest, *when);
  }
  return latest;
}

std::size_t TraceCourse::settled_hops(MonotonicTime heard_until) const {
  if (!any_sent()) {
    return 0;
  }
  const std::size_t most = std::min(traced_.hops.size(), place(end_) + 1);
  std::size_t settled = 0;
  while (settled < most &&
         is_settled(Ttl{static_cast<std::uint8_t>(options_->first.value + settled)}, heard_until)) {
    ++settled;
  }
  return settled;
}

void TraceCourse::close() {
  over = true;
  if (traced_.hops.size() > place(end_) + 1) {
    traced_.hops.resize(place(end_) + 1);
  }
  while (!traced_.hops.empty() && (traced_.hops.back().probes.empty() || traced_.probes_sent == 0)) {
    traced_.hops.pop_back();  // stopped before it was asked
  }
  const bool none_left = traced_.probes_sent == 0 && traced_.probes_not_sent > 0;
  traced_.ending = stopped_.value_or(none_left ? trace::Ending::kNotSent : trace::Ending::kSilent);
  if (traced_.hops.empty() || traced_.hops.size() != place(end_) + 1) {
    return;
  }
  for (const auto& answer : traced_.hops.back().probes) {
    if (answer && !trace::goes_on(*answer)) {
      const bool reached = trace::is_of_target(*answer, traced_.target);
      if (reached || traced_.ending != trace::Ending::kReached) {
        traced_.ending = reached ? trace::Ending::kReached : trace::Ending::kUnreachable;
      }
    }
  }
}

}  // namespace echosweep::modes

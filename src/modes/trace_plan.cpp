// How a target is asked in about one round trip, and many of them without asking each too often.
//
// A target's probes leave in the order of their TTLs, half a millisecond apart, and nobody waits for the
// answers: a path of ten hops has been asked for after 15 ms. What stops it is an answer of the target, which
// says that no higher TTL is needed; until it comes, probes leave that only meet the target once more, at
// most a round trip's worth. With many targets, their probes take turns: at a thousand side by side and ten
// thousand probes a second, 100 ms lie between two for the same target, and few are needless.
//
// A fast trace starts where the last target was reached, asks upwards from there as above and downwards one
// TTL at a time, and stops where a router answers that it knows (trace_paths.hpp). Its first targets would
// all go down to the first hop, since nobody knows any router yet: so the first one goes alone.
#include "modes/trace_plan.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace echosweep::modes {

namespace {

/// No other probe for the same target would leave either.
bool is_of_destination(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == EACCES || error == EINVAL ||
         error == EMSGSIZE || error == EADDRNOTAVAIL;
}

}  // namespace

TracePlan::TracePlan(const targets::TargetSet& targets, const TraceOptions& options)
    : targets_(targets), options_(options), paths_(options.first), usual_end_(options.first) {}

bool TracePlan::may_begin() const {
  const bool waits_for_first = options_.fast && begun_ > 0 && closed_ == 0;
  return !stopping_ && !waits_for_first && begun_ < targets_.size() && walking_ < options_.side_by_side &&
         courses_.size() < kMostKept && kept_hops_ < kMostHops;
}

void TracePlan::begin(WallTime wall) {
  const std::uint64_t index = begun_++;
  courses_.emplace_back(options_, targets_.at(index), index, options_.fast ? usual_end_ : options_.first,
                        wall);
  turns_.push_front({.not_before = MonotonicTime{}, .index = index});
  ++walking_;
}

std::size_t TracePlan::next(MonotonicTime now, WallTime wall, std::span<TraceStep> out) {
  std::size_t count = 0;
  while (count < out.size()) {
    if (turns_.empty() || turns_.front().not_before > now) {
      if (!may_begin()) {
        break;
      }
      begin(wall);
    } else if (may_begin()) {
      begin(wall);
    }
    const Turn turn = turns_.front();
    turns_.pop_front();
    if (turn.index < taken_ || this->course(turn.index).over) {
      continue;  // the run was told not to wait for it
    }
    TraceCourse& course = this->course(turn.index);
    if (try_step(course, out[count])) {
      course.handed_over();
      ++count;
      turns_.push_back({.not_before = now + options_.spacing, .index = turn.index});
    }
  }
  return count;
}

/// A fast trace asks one TTL at a time. True: it is too early for the next one.
bool TracePlan::wait_for_ttl(TraceCourse& course) {
  const auto when = course.next_ttl_at();
  if (!options_.fast || course.is_stopped() || (when && *when <= heard_until_)) {
    return false;
  }
  if (!course.goes_up()) {
    join(course);
    if (course.below_is_known() && !course.asks_again()) {
      return false;
    }
  }
  course.waiting = true;
  look(course);
  return true;
}

/// False: it waits for something, or needs nothing more.
bool TracePlan::try_step(TraceCourse& course, TraceStep& out) {
  if (wait_for_ttl(course)) {
    return false;
  }
  if (const auto step = course.next_up()) {
    out = *step;
    return true;
  }
  if (options_.fast) {
    join(course);
    if (const auto step = course.next_again()) {
      out = *step;
      return true;
    }
    if (const auto step = course.next_down()) {
      out = *step;
      return true;
    }
  }
  course.walking = false;
  --walking_;
  if (options_.fast && !course.is_stopped()) {
    paths_.learn(course.traced(), course.settled_hops(heard_until_));
  }
  look(course);
  return false;
}

/// Looks whether the router at the lowest TTL that was asked is known.
void TracePlan::join(TraceCourse& course) {
  const auto at = static_cast<std::size_t>(course.lowest().value - options_.first.value);
  const auto& hops = course.traced().hops;
  if (course.below_is_known() || at >= hops.size()) {
    return;
  }
  for (const auto& answer : hops[at].probes) {
    if (answer && trace::goes_on(*answer)) {
      if (auto below = paths_.below(answer->from, course.lowest())) {
        course.take_below(std::move(*below));
        return;
      }
    }
  }
}

void TracePlan::wake(TraceCourse& course) {
  if (course.waiting) {
    course.waiting = false;
    turns_.push_front({.not_before = MonotonicTime{}, .index = course.traced().index});
  }
}

void TracePlan::sent(const TraceSent& sent) {
  if (sent.step.index < taken_) {
    return;  // the run was told not to wait for it
  }
  TraceCourse& course = this->course(sent.step.index);
  course.sent(sent);
  if (is_of_destination(sent.error) && !course.any_sent()) {
    course.stop(trace::Ending::kNotSent);
  }
  look(course);
}

void TracePlan::answered(const TraceEvent& event) {
  if (event.index < taken_ || event.index >= begun_) {
    return;
  }
  TraceCourse& course = this->course(event.index);
  if (!course.answered(event)) {
    return;
  }
  if (tell_of_router_) {
    tell_of_router_(event.from);
  }
  if (options_.fast && course.below_is_known() && !paths_.knows(event.from, event.hop)) {
    paths_.learn(course.traced(), course.settled_hops(heard_until_));
  }
  look(course);
}

/// Sees to it that it is looked at when there is something to give up.
void TracePlan::look(TraceCourse& course) {
  if (course.over) {
    return;
  }
  if (course.walking && !course.waiting) {
    return;  // its turn will come
  }
  const auto when = course.waiting ? course.next_ttl_at() : course.settled_at();
  if (when && *when <= heard_until_) {
    course.waiting ? wake(course) : close(course);
    return;
  }
  if (when && (!course.look_at || *when < *course.look_at)) {
    course.look_at = *when;
    looks_.emplace(*when, course.traced().index);
  }
}

void TracePlan::close(TraceCourse& course) {
  course.close();
  ++closed_;
  kept_hops_ += course.traced().hops.size();
  if (const trace::Traced& traced = course.traced();
      traced.probes_not_sent > 0 && traced.ending != trace::Ending::kNotSent) {
    not_sent_ += traced.probes_not_sent;
    last_error_ = traced.error;
  }
  if (!options_.fast) {
    return;
  }
  const auto& hops = course.traced().hops;
  paths_.learn(course.traced(), hops.size());
  const auto answers = [](const trace::Hop& hop) {
    return std::ranges::any_of(hop.probes, [](const auto& answer) { return answer.has_value(); });
  };
  const auto last = std::find_if(hops.rbegin(), hops.rend(), answers);
  if (last != hops.rend()) {
    usual_end_ = Ttl{static_cast<std::uint8_t>(options_.first.value + (hops.rend() - last) - 1)};
  }
}

void TracePlan::heard_all_before(MonotonicTime time) {
  heard_until_ = std::max(heard_until_, time);
  while (!looks_.empty() && looks_.top().first <= heard_until_) {
    const std::uint64_t index = looks_.top().second;
    looks_.pop();
    if (index < taken_) {
      continue;
    }
    TraceCourse& course = this->course(index);
    course.look_at.reset();
    look(course);
  }
}

void TracePlan::stop(bool at_once) {
  stopping_ = true;
  for (TraceCourse& course : courses_) {
    if (course.over) {
      continue;
    }
    course.stop(trace::Ending::kStopped);
    wake(course);
    if (at_once) {
      close(course);
    } else {
      look(course);
    }
  }
}

std::size_t TracePlan::front_settled() const {
  const TraceCourse& course = courses_.front();
  return course.over ? course.traced().hops.size() : course.settled_hops(heard_until_);
}

void TracePlan::take_front() {
  kept_hops_ -= courses_.front().traced().hops.size();
  courses_.pop_front();
  ++taken_;
}

}  // namespace echosweep::modes

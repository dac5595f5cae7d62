#include "modes/ping.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace echosweep::modes {

namespace {

using std::chrono::nanoseconds;

/// For the last answer, once there was one.
constexpr nanoseconds kShortestWait = std::chrono::milliseconds(10);

template <typename... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

}  // namespace

Ping::Ping(const Parts& parts)
    : state_(parts.targets, parts.codec, parts.options),
      clock_(parts.clock),
      start_(parts.clock.now()),
      ends_(parts.targets.size()),
      codec_(state_),
      source_(state_, parts.clock),
      handler_(state_, parts.own_identifiers),
      engine_({.clock = parts.clock,
               .tx = parts.tx,
               .rx = parts.rx,
               .codec = codec_,
               .source = source_,
               .packets = handler_,
               .rate_control = nullptr,
               .stop_requests = state_.stop_requests,
               .capture_drops = state_.capture_drops},
              sender::Pacer(PacketRate{})) {}  // no limit: the schedule is the pace

void Ping::start() {
  start_ = clock_.now();
  engine_.start();
}

/// What comes after the last answer that was wanted is not told of, as ping would have gone by then.
std::unique_ptr<ping::Outcome> Ping::next() {
  constexpr std::size_t kMostWaiting = 2 * (PingState::kSlots + 1);  // both queues, and the next of each
  for (std::size_t i = 0; i < kMostWaiting; ++i) {
    auto outcome = next_of_queues();
    if (!outcome) {
      break;
    }
    if (!has_all(outcome->target)) {
      count(*outcome);
      return outcome;
    }
  }
  return nullptr;
}

std::unique_ptr<ping::Outcome> Ping::next_of_queues() {
  // The receiver's first: whatever brought it about is in the sender's queue by then.
  if (!heard_) {
    heard_ = state_.from_receiver.pop();
  }
  if (!sent_) {
    sent_ = state_.from_sender.pop();
  }
  const bool sent_is_next = sent_ && (!heard_ || sent_->when <= heard_->when);
  return std::exchange(sent_is_next ? sent_ : heard_, nullptr);
}

void Ping::count(const ping::Outcome& outcome) {
  ping::Statistics& statistics = ends_[outcome.target].statistics;
  statistics.pipe(outcome.pipe);
  std::visit(Match{[&](const ping::Reply& reply) {
                     if (reply.bad_checksum) {
                       statistics.corrupted();
                     } else {
                       statistics.received(reply.rtt, reply.duplicate);
                     }
                   },
                   [&](const ping::Complaint& complaint) {
                     if (complaint.is_error) {
                       statistics.complained();
                     }
                   },
                   [&](const ping::NotSent& failure) {
                     if (failure.error == EMSGSIZE) {
                       statistics.complained();
                     }
                   },
                   [](const ping::NoAnswerYet&) {}, [](const ping::Leaving&) {}},
             outcome.what);
}

bool Ping::has_all(std::size_t target) const {
  const ping::Statistics& statistics = ends_[target].statistics;
  const std::uint64_t wanted = state_.options.count;
  return wanted > 0 && statistics.first_replies() + statistics.errors() >= wanted;
}

bool Ping::has_ended(std::size_t target, MonotonicTime now) {
  End& end = ends_[target];
  const PingOptions& options = state_.options;
  const ping::Statistics& statistics = end.statistics;
  if (has_all(target)) {
    return true;
  }
  if (options.deadline) {
    return statistics.errors() > 0 || now >= start_ + *options.deadline;
  }
  if (!end.at && state_.targets[target].all_sent.load(std::memory_order_acquire)) {
    // As long as the slowest two round trips, but never less than an interval, nor than a flood goes without
    // an answer.
    const auto times = statistics.times();
    const nanoseconds interval{state_.targets[target].interval_ns.load()};
    const nanoseconds wait =
        times ? std::max<nanoseconds>({2 * times->max, interval, kShortestWait}) : options.linger;
    if (wait > nanoseconds::zero()) {
      end.at = MonotonicTime(nanoseconds(state_.targets[target].last_left.load())) + wait;
    }
  }
  return end.at && now >= *end.at;
}

bool Ping::is_over() {
  if (state_.stop_requests.load(std::memory_order_relaxed) > 0) {
    return true;
  }
  const MonotonicTime now = clock_.now();
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (!ends_[i].reached && has_ended(i, now)) {
      ends_[i].reached = true;
      ++ended_;
    }
  }
  return ended_ == ends_.size() || sender_is_dead();
}

/// A sender that ends has sent all, or has come to the deadline, which ends the targets by itself; else it
/// failed, and finish() says how.
bool Ping::sender_is_dead() const {
  return engine_.sending_is_over() && !std::ranges::all_of(state_.targets, [](const PingProgress& progress) {
           return progress.all_sent.load(std::memory_order_acquire);
         });
}

Result<void> Ping::finish() {
  engine_.request_stop(2);
  (void)engine_.finish();
  return engine_.result();
}

nanoseconds Ping::sending_time(std::size_t target) const {
  const PingProgress& progress = state_.targets[target];
  return nanoseconds(progress.last_left.load() - progress.first_left.load());
}

}  // namespace echosweep::modes

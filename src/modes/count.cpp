// When a probe is given up.
//
// The timeout is the same for all, so probes are given up in the order in which they left, and one number
// says how far: all below it have had their end. It may not pass a reply that came in time and is still on
// its way through the capture's ring or our queue. Replies come in the order in which they came in: so each
// one first gives up what was due before it, and what happens is told in the order in which it happened.
// Where no replies come, the receiver says up to which moment it has handed over all that came in, and what
// was due by then is given up when the queue has been emptied.
#include "modes/count.hpp"

#include <algorithm>
#include <bit>

namespace echosweep::modes {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kEventsAtOnce = 4096;

double probes_a_second(const CountOptions& options, std::uint64_t targets) {
  return static_cast<double>(targets) / std::chrono::duration<double>(round_time(options, targets)).count();
}

/// A quarter of a second's replies: where the main thread is held up for longer, the capture's ring has room.
std::size_t queue_slots(const CountOptions& options, std::uint64_t targets) {
  constexpr double kFewest = 1 << 10;
  constexpr double kMost = 1 << 18;
  return static_cast<std::size_t>(std::clamp(probes_a_second(options, targets) / 4, kFewest, kMost));
}

/// Room for the send times of what may be on its way, and of the batch in the making. Where probes carry them
/// it is for the few whose payload comes back cut.
std::size_t send_time_slots(const CountOptions& options, std::uint64_t targets, bool tagged) {
  constexpr double kFewest = 1 << 10;
  const double most = tagged ? 1 << 12 : 1 << 22;
  const double timeout = std::chrono::duration<double>(options.timeout).count();
  const double wanted = 2 * probes_a_second(options, targets) * timeout + static_cast<double>(targets);
  return std::bit_ceil(static_cast<std::size_t>(std::clamp(wanted, kFewest, most)));
}

std::optional<report::IcmpTimestamps> timestamps_of(const CountEvent& event) {
  if (!event.timestamps) {
    return std::nullopt;
  }
  return report::IcmpTimestamps{.originate = event.timestamps->originate,
                                .receive = event.timestamps->receive,
                                .transmit = event.timestamps->transmit,
                                .local_receive = packet::milliseconds_since_midnight(event.received_wall)};
}

}  // namespace

Count::Count(const Parts& parts)
    : state_(parts.targets, parts.order, parts.codec, parts.options,
             queue_slots(parts.options, parts.targets.size())),
      clock_(parts.clock),
      start_(parts.clock.now()),
      tallies_(state_.rounds, parts.options),
      source_(state_, parts.explain),
      handler_(state_, start_),
      reader_(parts.codec, handler_),
      engine_({.clock = parts.clock,
               .tx = parts.tx,
               .rx = parts.rx,
               .codec = parts.codec,
               .source = source_,
               .packets = reader_,
               .rate_control = nullptr,
               .stop_requests = state_.stop_requests,
               .capture_drops = state_.capture_drops},
              sender::Pacer(PacketRate{})),  // no limit: the schedule is the pace
      sent_(parts.options.timeout) {
  state_.send_times = std::vector<std::atomic<std::int64_t>>(
      send_time_slots(parts.options, parts.targets.size(), parts.codec.tags_payload()));
}

report::CountHost Count::host_of(std::uint64_t index) const {
  return {.index = index, .address = state_.targets.at(index), .name = state_.targets.name_of(index)};
}

std::size_t Count::take_events(report::CountSink& out) {
  told_ = 0;
  const MonotonicTime heard_until{nanoseconds(state_.heard_until.load(std::memory_order_acquire))};
  CountEvent event;
  while (told_ < kEventsAtOnce) {
    if (!state_.events.pop(event)) {
      judge(heard_until, out);
      break;
    }
    judge(event.received, out);
    take_reply(event, out);
  }
  return told_;
}

bool Count::take_marks(report::CountSink& out) {
  bool any = false;
  CountMark mark;
  while (!sent_.full() && state_.marks.pop(mark)) {
    sent_.mark(mark.when, mark.cursor);
    any = true;
  }
  // After the marks: a probe that failed below one is told of here before it could be given up.
  CountFailure failure;
  while (state_.failures.pop(failure)) {
    take_failure(failure, out);
  }
  return any;
}

void Count::take_failure(const CountFailure& failure, report::CountSink& out) {
  const std::uint64_t index = state_.rounds.index_of(failure.number);
  const std::uint64_t round = state_.rounds.round_of(failure.number);
  ++told_;
  ++not_sent_;
  closed_ += tallies_.not_sent(index, failure.number) ? 1U : 0U;
  (void)out.send_failed({.host = host_of(index),
                         .round = round,
                         .error = failure.error,
                         .when = clock_.wall(),
                         .so_far = tallies_.tally(index)});
}

void Count::take_reply(const CountEvent& event, report::CountSink& out) {
  const std::uint64_t index = state_.rounds.index_of(event.number);
  const std::uint64_t round = state_.rounds.round_of(event.number);
  ++told_;
  if (event.is_error) {
    tallies_.complained(index);
    const IcmpError error{state_.targets.at(index).family(), event.error_type, event.error_code};
    (void)out.error({.host = host_of(index),
                     .round = round,
                     .error = error,
                     .from = event.from,
                     .received = event.received_wall,
                     .so_far = tallies_.tally(index)});
    return;
  }
  if (event.rtt_ns > state_.options.timeout.count() && event.number >= judged_) {
    give_up(event.number, out);  // it is late, though nobody has looked yet
  }
  const auto verdict = tallies_.answered(index, event.number, event.rtt_ns);
  const bool is_duplicate = verdict == CountTallies::Verdict::kDuplicate;
  closed_ += verdict == CountTallies::Verdict::kFirst ? 1U : 0U;
  late_ += verdict == CountTallies::Verdict::kLate ? 1U : 0U;
  duplicates_ += is_duplicate ? 1U : 0U;
  const auto rtt = event.rtt_ns < 0 ? std::nullopt : std::optional(nanoseconds(event.rtt_ns));
  if (rtt && !is_duplicate) {
    rtt_min_ = std::min(rtt_min_.value_or(*rtt), *rtt);
    rtt_max_ = std::max(rtt_max_.value_or(*rtt), *rtt);
    rtt_sum_ += *rtt;
    ++rtt_count_;
  }
  (void)out.reply({.host = host_of(index),
                   .round = round,
                   .from = event.from,
                   .size = event.size,
                   .rtt = rtt,
                   .ttl = event.ttl,
                   .tos = event.tos,
                   .received = event.received_wall,
                   .late = verdict == CountTallies::Verdict::kLate,
                   .duplicate = is_duplicate,
                   .timestamps = timestamps_of(event),
                   .so_far = tallies_.tally(index)});
  if (state_.options.enough_alive > 0 && tallies_.alive() >= state_.options.enough_alive) {
    request_stop(2);
  }
}

void Count::give_up(ProbeNumber number, report::CountSink& out) {
  const std::uint64_t index = state_.rounds.index_of(number);
  const std::uint64_t round = state_.rounds.round_of(number);
  if (!tallies_.timed_out(index, number)) {
    return;
  }
  ++told_;
  ++closed_;
  ++timeouts_;
  (void)out.timed_out(
      {.host = host_of(index), .round = round, .when = clock_.wall(), .so_far = tallies_.tally(index)});
}

void Count::judge(MonotonicTime now, report::CountSink& out) {
  judge_at_ = std::max(judge_at_, now - state_.options.timeout);  // replies of two sockets may cross
  while (true) {
    const bool more = take_marks(out);
    for (const ProbeNumber end = sent_.reached(judge_at_); judged_ < end; ++judged_) {
      give_up(judged_, out);
    }
    if (!more) {
      return;
    }
  }
}

MonotonicTime Count::drain_until() const {
  return MonotonicTime(nanoseconds(state_.last_left.load(std::memory_order_relaxed))) +
         state_.options.timeout;
}

bool Count::is_over() const {
  // The cursor first: once all is sent, it stays.
  const bool all_sent = state_.all_sent.load(std::memory_order_acquire);
  return engine_.sending_is_over() ||
         (all_sent && closed_ + tallies_.forgotten() >= state_.cursor.load(std::memory_order_acquire));
}

Result<void> Count::finish() {
  request_stop(2);
  if (engine_.finish()) {
    end_ = clock_.now();
  }
  return engine_.result();
}

report::CountSummary Count::interval(std::uint64_t index, bool cumulative) const {
  return {.host = host_of(index),
          .tally = cumulative ? tallies_.tally(index) : tallies_.interval(index),
          .period = source_.period(),
          .rounds = {}};
}

report::CountSummary Count::summary(std::uint64_t index) const {
  return {.host = host_of(index),
          .tally = tallies_.tally(index),
          .period = source_.period(),
          .rounds = tallies_.kept(index)};
}

report::CountTotals Count::totals() const {
  const CountHandler::Counters& heard = handler_.counters();
  report::CountTotals totals;
  report::Accounting& sum = totals.accounting;
  sum.targets = targets();
  for (std::uint64_t index = 0; index < targets(); ++index) {
    ++(tallies_.is_alive(index)        ? sum.alive
       : tallies_.has_complaint(index) ? sum.unreachable
       : tallies_.was_asked(index)     ? sum.silent
                                       : sum.unsent);
  }
  sum.probes_by_pass = {source_.probes_left()};
  sum.echo_replies = heard.echo_replies;
  sum.icmp_errors = heard.icmp_errors;
  sum.late = late_;
  sum.extra = duplicates_;
  sum.foreign = reader_.foreign() + heard.elsewhere;
  sum.forged = heard.forged;
  sum.malformed = reader_.malformed();
  sum.capture_drops = state_.capture_drops.load() + heard.no_room;
  sum.send_errors = engine_.sender().errors();
  sum.retries_of_sends = engine_.sender().repeated();
  sum.rtt_min = rtt_min_;
  sum.rtt_max = rtt_max_;
  sum.rtt_sum = rtt_sum_;
  sum.rtt_count = rtt_count_;
  sum.elapsed = end_ - start_;
  sum.sending = source_.probes_left() > 0 ? source_.last_left() - start_ : nanoseconds(0);
  totals.timeouts = timeouts_ + tallies_.forgotten();
  totals.duplicates = duplicates_;
  totals.not_sent = not_sent_;
  return totals;
}

}  // namespace echosweep::modes

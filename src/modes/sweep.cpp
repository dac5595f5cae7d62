#include "modes/sweep.hpp"

#include <algorithm>
#include <cmath>

namespace echosweep::modes {

namespace {

/// Slots for first replies that the main thread has not written yet: twice what may be on its way at this
/// rate, between 4 and 32 MiB. With --pcap as many packets of 192 bytes besides: up to 100 MiB, as they are
/// used.
std::size_t queue_slots(const SweepOptions& options, PacketRate rate, std::uint64_t targets) {
  constexpr double kFewest = 1 << 16;
  constexpr double kMost = 1 << 19;
  const double timeout = std::chrono::duration<double>(options.timeout).count();
  const double in_flight = rate.unlimited() ? kMost : 2 * rate.per_second * timeout;
  const double wanted = std::clamp(in_flight, kFewest, kMost);
  return static_cast<std::size_t>(std::min(wanted, 2 * static_cast<double>(targets) + 1024));
}

/// Where no reply told how long it took, only a whole timeout is long enough.
constexpr std::chrono::nanoseconds kUnknownReplyTime = std::chrono::nanoseconds::max();

}  // namespace

Sweep::Sweep(const Parts& parts)
    : state_(parts.targets, parts.order, parts.options,
             queue_slots(parts.options, parts.options.auto_rate ? PacketRate{} : parts.rate,
                         parts.targets.size()),
             parts.attached),
      start_(parts.clock.now()),
      clock_(parts.clock),
      controls_(parts.options.auto_rate ? std::optional<ControlProbes>(state_.targets) : std::nullopt),
      source_(state_, parts.explain, start_, controls_ ? &*controls_ : nullptr),
      handler_(state_, parts.codec, start_),
      reader_(parts.codec, handler_),
      engine_({.clock = parts.clock,
               .tx = parts.tx,
               .rx = parts.rx,
               .codec = parts.codec,
               .source = source_,
               .packets = reader_,
               .rate_control = choose_rate(parts.rate),
               .stop_requests = state_.stop_requests,
               .capture_drops = state_.capture_drops},
              sender::Pacer(parts.options.auto_rate ? PacketRate{AutoRate::kStart} : parts.rate)),
      on_found_(parts.on_found) {
  if (parts.from != nullptr) {
    go_on_from(*parts.from);
  }
}

sender::RateControl* Sweep::choose_rate(PacketRate rate) {
  if (controls_) {
    return &auto_rate_.emplace(state_, *controls_, start_);
  }
  return rate.unlimited() ? &max_rate_.emplace(state_, start_) : nullptr;
}

Result<void> Sweep::finish() {
  if (engine_.finish([this] { return source_.all_answered(); })) {
    end_ = clock_.now();
    if (state_.on_link && state_.on_link->use() == NeighbourUse::kEchoOnly) {
      state_.on_link->for_each_pending([this](const OnLink::Pending& target) { owed_.push_back(target); });
    }
    handler_.give_up_echoes();
    if (auto_rate_) {
      auto_rate_->take_news(end_);
    }
    unlisted_ = handler_.unlisted();
    std::ranges::sort(unlisted_, {}, &SweepHandler::Unlisted::index);
  }
  return engine_.result();
}

const report::Record* Sweep::next_alive() {
  ReplyEvent event;
  if (!on_found_) {
    if (!state_.events.pop(event)) {
      return nullptr;
    }
  } else {
    if (gathered_.empty()) {
      return nullptr;
    }
    event = gathered_.front();
    gathered_.pop_front();
    state_.gathered.store(gathered_.size(), std::memory_order_relaxed);
  }
  describe(event, alive_);
  return &alive_;
}

report::Record Sweep::record_of(const ReplyEvent& event) {
  report::Record record;
  describe(event, record);
  return record;
}

/// Writes in place every field that a host that is alive can have; `record` was new or came from here, so
/// that the others are still as they were made. To clear and to copy it would take as long as all the rest.
void Sweep::describe(const ReplyEvent& event, report::Record& record) {
  describe(event.index, State::kAlive, record);
  record.from = event.from;
  record.ttl = event.ttl;
  record.tos = event.tos;
  record.pass = event.pass;
  record.received = event.received;
  record.details = !event.is_neighbour;
  record.mac = {};
  record.rtt.reset();
  if (event.is_neighbour) {
    record.mac = MacAddress::from_value(static_cast<std::uint64_t>(event.rtt_ns));
  } else if (event.rtt_ns >= 0) {
    record.rtt = std::chrono::nanoseconds(event.rtt_ns);
  }
  record.timestamps.reset();
  if (state_.options.tell_asides) {
    take_asides();
    if (const auto times = times_.find(event.index); times != times_.end()) {
      record.timestamps =
          report::IcmpTimestamps{.originate = times->second.originate,
                                 .receive = times->second.receive,
                                 .transmit = times->second.transmit,
                                 .local_receive = packet::milliseconds_since_midnight(event.received)};
      times_.erase(times);
    }
  }
}

void Sweep::take_asides() {
  Aside aside;
  while (state_.sent_asides.pop(aside) || state_.heard_asides.pop(aside)) {
    if (aside.kind == Aside::Kind::kTimestamps) {
      times_[aside.index] = aside.times;
    } else {
      asides_.push_back(aside);
    }
  }
}

std::optional<Aside> Sweep::next_aside() {
  take_asides();
  if (asides_.empty()) {
    return std::nullopt;
  }
  Aside aside = asides_.front();
  asides_.pop_front();
  aside.index = state_.targets.index_of(aside.index);
  return aside;
}

void Sweep::describe(std::uint64_t index, report::State state, report::Record& record) const {
  record.address = state_.targets.at(index);
  record.name = state_.targets.name_of(index);
  record.state = state;
  record.from = record.address;
}

unsigned Sweep::probes_of(std::uint64_t index) const {
  unsigned probes = 0;
  for (unsigned pass = 0; pass < state_.passes.load(); ++pass) {
    probes += index < state_.cursors[pass].load(std::memory_order_relaxed) ? 1U : 0U;
  }
  return probes;
}

std::optional<report::Record> Sweep::other(std::uint64_t set_index,
                                           const std::function<bool(report::State)>& wanted) {
  const auto number = state_.targets.number_of(set_index);
  if (!number) {
    return std::nullopt;
  }
  const std::uint64_t index = *number;
  const State state = state_.ledger.state(index);
  if (!wanted(state)) {
    return std::nullopt;
  }
  const auto unlisted = std::ranges::lower_bound(unlisted_, index, {}, &SweepHandler::Unlisted::index);
  const bool is_unlisted = unlisted != unlisted_.end() && unlisted->index == index;
  if (state == State::kAlive && !is_unlisted) {
    return std::nullopt;
  }
  report::Record record;
  describe(index, state, record);
  const auto failures = source_.failures().of(index);
  const unsigned probes = probes_of(index);
  // Who is not unsent was asked at least once: a probe of a later pass that failed before a checkpoint, and
  // failed again after it, counts twice.
  record.probes = std::max(1U, probes - std::min(probes, static_cast<unsigned>(failures.count)));
  if (state == State::kUnsent) {
    record.probes = 0;
    record.send_errno = failures.last != nullptr ? failures.last->error : 0;
    record.send_reason = failures.last != nullptr && failures.last->error != 0
                             ? std::string_view(failures.last->reason)
                             : std::string_view(source_.ended_by());
  } else if (state == State::kAlive) {
    record.details = false;
    record.pass = unlisted->pass;
  } else if (state == State::kUnreachable) {
    if (const auto complaint = handler_.complaints().of(index); complaint.last != nullptr) {
      record.from = complaint.last->from.value_or(record.address);
      record.error = IcmpError{record.address.family(), complaint.last->type, complaint.last->code};
    }
  }
  return record;
}

report::Accounting Sweep::accounting() {
  const Ledger::Counts counts = state_.ledger.count();
  report::Accounting sum = so_far();
  sum.targets = state_.targets.size();
  sum.alive = counts.alive;
  sum.unreachable = counts.unreachable;
  sum.silent = counts.silent;
  sum.unsent = counts.unsent;
  const FirstAnswers first =
      state_.answers(source_.whole_passes(handler_.counters().rtt_max.value_or(kUnknownReplyTime)),
                     counts.silent + counts.unreachable);
  sum.alive_by_pass = first.by_pass;
  if (const auto missed = estimate_missed(first)) {
    sum.missed = {.about = missed->about, .at_most = missed->at_most, .answered = missed->answered};
  } else {
    sum.missed_unknown = explain(missed.error());
  }
  if (controls_) {
    // Each control probe has one answer; more of them are extra, like any other reply.
    const std::uint64_t more = handler_.counters().control_replies - controls_->answered();
    sum.echo_replies += more;
    sum.extra += more;
  }
  sum.elapsed += end_ - start_;
  sum.stopped_by = source_.ended_by();
  return sum;
}

report::Accounting Sweep::so_far() const {
  const SweepHandler::Counters& heard = handler_.counters();
  report::Accounting sum;
  sum.probes_by_pass = source_.probes_by_pass();
  sum.echo_replies = heard.echo_replies;
  sum.icmp_errors = heard.icmp_errors;
  sum.late = heard.late;
  sum.extra = heard.extra;
  sum.foreign = reader_.foreign() + heard.elsewhere;
  sum.forged = heard.forged;
  sum.malformed = reader_.malformed();
  sum.capture_drops = state_.capture_drops.load();
  sum.send_errors = engine_.sender().errors();
  sum.retries_of_sends = engine_.sender().repeated();
  sum.rtt_min = heard.rtt_min;
  sum.rtt_max = heard.rtt_max;
  sum.rtt_sum = heard.rtt_sum;
  sum.rtt_count = heard.rtt_count;
  sum.unsaved_packets = heard.unsaved_packets;
  sum.neighbour_requests = source_.neighbour_requests();
  if (state_.on_link) {
    sum.neighbour_answers = state_.on_link->answers();
  }
  sum.sending = source_.last_left() - start_;
  account_rate(sum);
  sum.add(before_);
  return sum;
}

std::size_t Sweep::passes_to_come(std::size_t begun, std::uint64_t asked) const {
  const SweepOptions& options = state_.options;
  if (!options.complete || asked == 0 || sending_is_over()) {
    return 0;
  }
  const auto found = [this](std::size_t pass) {
    return static_cast<double>(state_.first_answers[pass].load(std::memory_order_relaxed));
  };
  const double lost = found(0) > found(1) ? found(1) / found(0) : 0;
  const double alive = static_cast<double>(state_.ledger.alive()) / static_cast<double>(asked) *
                       static_cast<double>(state_.targets.size());
  const std::size_t expected = expected_passes(static_cast<std::uint64_t>(std::llround(alive)), lost,
                                               *options.complete, options.retries + 1U);
  return expected - std::min(begun, expected);
}

void Sweep::account_rate(report::Accounting& sum) const {
  if (max_rate_) {
    sum.rate_falls = max_rate_->result().falls();
    sum.rate_at_end = max_rate_->result().rate();
  }
  if (auto_rate_) {
    const LossCount loss = auto_rate_->result().loss();
    sum.rate_at_end = PacketRate{auto_rate_->result().rate()};
    sum.control = report::ControlAccount{.sent = controls_->sent(),
                                         .answered = controls_->answered(),
                                         .judged = loss.of,
                                         .loss = loss.mean(),
                                         .loss_low = loss.low(),
                                         .loss_high = loss.high()};
  }
}

Sweep::Progress Sweep::progress() const {
  const std::uint64_t size = state_.targets.size();
  const unsigned passes = state_.passes.load(std::memory_order_acquire);
  const std::uint64_t first = state_.cursors[0].load(std::memory_order_relaxed);
  Progress progress;
  progress.probes = state_.probes.load(std::memory_order_relaxed);
  progress.alive = state_.ledger.alive();
  progress.drops = state_.capture_drops.load(std::memory_order_relaxed);
  if (const std::uint64_t of = state_.controls_judged.load(std::memory_order_relaxed); of > 0) {
    progress.loss =
        static_cast<double>(state_.controls_lost.load(std::memory_order_relaxed)) / static_cast<double>(of);
  }
  // A retry is sent to whoever is silent: so far, that share of those asked. (Replies to the last probes are
  // still on their way, so the guess is high at first.)
  const double alive = static_cast<double>(std::min(progress.alive, first));
  const double silent_share = first == 0 ? 1 : 1 - alive / static_cast<double>(first);
  double to_go = static_cast<double>(size - first);
  for (unsigned pass = 1; pass < passes; ++pass) {
    to_go += static_cast<double>(size - state_.cursors[pass].load(std::memory_order_relaxed)) * silent_share;
  }
  to_go += static_cast<double>(passes_to_come(passes, first)) * static_cast<double>(size) * silent_share;
  progress.probes_to_go = static_cast<std::uint64_t>(to_go);
  const double sent = static_cast<double>(progress.probes);
  progress.done = sent + to_go == 0 ? 1 : sent / (sent + to_go);
  return progress;
}

}  // namespace echosweep::modes

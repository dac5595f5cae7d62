#include "modes/count_tallies.hpp"

#include <algorithm>

namespace echosweep::modes {

namespace {

using report::KeptRounds;
using std::chrono::nanoseconds;

nanoseconds to_time(CompactRtt rtt) {
  return nanoseconds(rtt.ns());
}

}  // namespace

CountTallies::CountTallies(const Rounds& rounds, const CountOptions& options)
    : rounds_(rounds),
      rounds_kept_(options.keep_rounds ? options.rounds : 0),
      recent_(options, rounds.targets()),
      targets_(rounds.targets()),
      rtts_(rounds.targets() * rounds_kept_, KeptRounds::kOpen) {}

CountTallies::Carry CountTallies::carry_of(std::uint64_t index, Figure figure) const {
  if (carries_.empty()) {
    return {};
  }
  const auto found = carries_.find({index, figure});
  return found == carries_.end() ? Carry{} : found->second;
}

bool CountTallies::reach(ProbeNumber number) {
  if (!recent_.holds(number)) {
    return false;
  }
  while (recent_.end() <= number) {
    const ProbeNumber oldest = recent_.end() - recent_.size();
    // One that is open even now has lost its chance, and is closed with that.
    if (recent_.open_next()) {
      ++forgotten_;
      const std::uint64_t index = rounds_.index_of(oldest);
      targets_[index].asked = 1;
      count(index, Figure::kClosed, targets_[index].closed);
      keep(index, oldest, KeptRounds::kNoReply);
    }
  }
  return true;
}

bool CountTallies::close(std::uint64_t index, ProbeNumber number) {
  const bool was_open = recent_.close(number);
  if (was_open) {
    count(index, Figure::kClosed, targets_[index].closed);
    keep(index, number, KeptRounds::kNoReply);
  }
  return was_open;
}

void CountTallies::keep(std::uint64_t index, ProbeNumber number, std::int64_t rtt_ns) {
  if (const std::uint64_t round = rounds_.round_of(number); round < rounds_kept_) {
    rtts_[index * rounds_kept_ + round] = rtt_ns;
  }
}

void CountTallies::add_rtt(std::uint64_t index, std::int64_t rtt_ns) {
  Target& target = targets_[index];
  if (rtt_ns < 0) {
    count(index, Figure::kUntimed, target.untimed);
    return;
  }
  const CompactRtt rtt(rtt_ns);
  constexpr std::uint64_t kSum = (std::uint64_t{1} << 61) - 1;  // what it has room for
  target.rtt_sum = (target.rtt_sum + static_cast<std::uint64_t>(rtt_ns)) & kSum;
  target.rtt_min = std::min(target.rtt_min, rtt);
  target.rtt_max = std::max(target.rtt_max, rtt);
  target.interval_rtt_min = std::min(target.interval_rtt_min, rtt);
  target.interval_rtt_max = std::max(target.interval_rtt_max, rtt);
}

CountTallies::Verdict CountTallies::answered(std::uint64_t index, ProbeNumber number, std::int64_t rtt_ns) {
  Target& target = targets_[index];
  if (!reach(number) || !recent_.answer(number)) {
    count(index, Figure::kDuplicates, target.duplicates);
    return Verdict::kDuplicate;
  }
  const bool late = !close(index, number);
  alive_ += target.alive == 0 ? 1U : 0U;
  target.alive = 1;
  target.asked = 1;
  count(index, Figure::kReceived, target.received);
  if (late) {
    count(index, Figure::kLate, target.late);
  }
  add_rtt(index, rtt_ns);
  keep(index, number, rtt_ns < 0 ? KeptRounds::kUnknownRtt : rtt_ns);
  return late ? Verdict::kLate : Verdict::kFirst;
}

bool CountTallies::not_sent(std::uint64_t index, ProbeNumber number) {
  return reach(number) && close(index, number);
}

bool CountTallies::timed_out(std::uint64_t index, ProbeNumber number) {
  const bool was_open = reach(number) && close(index, number);
  if (was_open) {
    targets_[index].asked = 1;
  }
  return was_open;
}

report::CountTally CountTallies::tally(std::uint64_t index) const {
  const Target& target = targets_[index];
  const std::uint64_t received = total(index, Figure::kReceived, target.received);
  return {.sent = total(index, Figure::kClosed, target.closed),
          .received = received,
          .late = total(index, Figure::kLate, target.late),
          .duplicates = total(index, Figure::kDuplicates, target.duplicates),
          .timed = received - total(index, Figure::kUntimed, target.untimed),
          .rtt_sum = nanoseconds(target.rtt_sum),
          .rtt_min = to_time(target.rtt_min),
          .rtt_max = to_time(target.rtt_max)};
}

report::CountTally CountTallies::interval(std::uint64_t index) const {
  const Target& target = targets_[index];
  const std::uint64_t received = since(index, Figure::kReceived, target.received);
  return {.sent = since(index, Figure::kClosed, target.closed),
          .received = received,
          .late = since(index, Figure::kLate, target.late),
          .duplicates = since(index, Figure::kDuplicates, target.duplicates),
          .timed = received - since(index, Figure::kUntimed, target.untimed),
          .rtt_sum = nanoseconds(target.rtt_sum - target.rtt_sum_then),
          .rtt_min = to_time(target.interval_rtt_min),
          .rtt_max = to_time(target.interval_rtt_max)};
}

void CountTallies::start_interval() {
  for (Target& target : targets_) {
    target.rtt_sum_then = target.rtt_sum;
    target.interval_rtt_min = CompactRtt::longest();
    target.interval_rtt_max = CompactRtt();
    for (auto* const counter : {&target.closed, &target.received, &target.untimed}) {
      counter->then = counter->now;
    }
    for (auto* const counter : {&target.late, &target.duplicates}) {
      counter->then = counter->now;
    }
  }
  for (auto& [whose, carry] : carries_) {
    carry.then = carry.now;
  }
}

report::KeptRounds CountTallies::kept(std::uint64_t index) const {
  auto rounds = std::span(rtts_).subspan(index * rounds_kept_, rounds_kept_);
  while (!rounds.empty() && rounds.back() == KeptRounds::kOpen) {
    rounds = rounds.first(rounds.size() - 1);
  }
  return {.rtts_ns = rounds};
}

}  // namespace echosweep::modes

#include "modes/count_tallies.hpp"

#include <limits>

namespace echosweep::modes {

namespace {

using std::chrono::nanoseconds;

/// So long a probe is remembered at least, after which a reply to it may count as a duplicate.
constexpr nanoseconds kRemember = std::chrono::seconds(10);
/// 63,968 rounds: Target::open holds them.
constexpr std::uint64_t kMostWords = 1999;
constexpr std::uint32_t kMostLate = (std::uint32_t{1} << 31) - 1;
constexpr std::uint64_t kClosed = 1;
constexpr std::uint64_t kAnswered = 2;

int bit_of(std::uint64_t round, std::uint64_t rounds_of_a_word) {
  return static_cast<int>(2 * (round % rounds_of_a_word));
}

std::size_t words_for(const CountOptions& options, std::uint64_t targets, std::uint64_t rounds_of_a_word) {
  const nanoseconds period = round_time(options, targets);
  const auto rounds = static_cast<std::uint64_t>(std::max(kRemember, 2 * options.timeout) / period) + 1;
  const std::uint64_t wanted = options.rounds == 0 ? rounds : std::min(rounds, options.rounds);
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>((wanted + rounds_of_a_word - 1) / rounds_of_a_word, 1, kMostWords));
}

/// Counts on, and stays at the most that there is.
void count_up(std::uint32_t& counter) {
  counter += counter < std::numeric_limits<std::uint32_t>::max() ? 1U : 0U;
}

}  // namespace

CountTallies::CountTallies(const Rounds& rounds, const CountOptions& options)
    : rounds_kept_(options.keep_rounds ? options.rounds : 0),
      words_(words_for(options, rounds.targets(), kRoundsOfAWord)),
      targets_(rounds.targets()),
      latest_(rounds.targets() * words_),
      rtts_(rounds.targets() * rounds_kept_, report::KeptRounds::kNoReply) {}

bool CountTallies::reach(std::uint64_t index, std::uint64_t round) {
  Target& target = targets_[index];
  if (round + window() < target.rounds) {
    return false;
  }
  for (; target.rounds <= round; ++target.rounds) {
    std::uint64_t& word = word_of(index, target.rounds);
    const int bit = bit_of(target.rounds, kRoundsOfAWord);
    // The place was an older round's; one that is open even now has lost its chance, and is closed with that.
    const bool was_open = target.rounds >= window() && (word >> bit & kClosed) == 0;
    if (was_open) {
      ++forgotten_;
    } else {
      ++target.open;
    }
    word &= ~((kClosed | kAnswered) << bit);
  }
  return true;
}

bool CountTallies::close(std::uint64_t index, std::uint64_t round) {
  std::uint64_t& word = word_of(index, round);
  const std::uint64_t closed = kClosed << bit_of(round, kRoundsOfAWord);
  const bool was_open = (word & closed) == 0;
  word |= closed;
  if (was_open) {
    --targets_[index].open;
  }
  return was_open;
}

void CountTallies::add_rtt(std::uint64_t index, std::int64_t rtt_ns) {
  Target& target = targets_[index];
  if (rtt_ns < 0) {
    count_up(target.untimed);
    return;
  }
  const bool first = target.timed() == 1;
  target.rtt_sum += rtt_ns;
  target.rtt_min = first ? rtt_ns : std::min(target.rtt_min, rtt_ns);
  target.rtt_max = std::max(target.rtt_max, rtt_ns);
  if (!intervals_.empty()) {
    Interval& interval = intervals_[index];
    const bool first_of_interval = target.timed() == interval.timed + 1;
    interval.rtt_min = first_of_interval ? rtt_ns : std::min(interval.rtt_min, rtt_ns);
    interval.rtt_max = first_of_interval ? rtt_ns : std::max(interval.rtt_max, rtt_ns);
  }
}

CountTallies::Verdict CountTallies::answered(std::uint64_t index, std::uint64_t round, std::int64_t rtt_ns) {
  Target& target = targets_[index];
  const std::uint64_t answered = kAnswered << bit_of(round, kRoundsOfAWord);
  if (!reach(index, round) || (word_of(index, round) & answered) != 0) {
    count_up(target.duplicates);
    return Verdict::kDuplicate;
  }
  word_of(index, round) |= answered;
  const bool late = !close(index, round);
  alive_ += target.received == 0 ? 1U : 0U;
  ++target.received;
  if (late && target.late < kMostLate) {
    ++target.late;
  }
  add_rtt(index, rtt_ns);
  if (round < rounds_kept_) {
    rtts_[index * rounds_kept_ + round] = rtt_ns < 0 ? report::KeptRounds::kUnknownRtt : rtt_ns;
  }
  return late ? Verdict::kLate : Verdict::kFirst;
}

bool CountTallies::not_sent(std::uint64_t index, std::uint64_t round) {
  const bool was_open = reach(index, round) && close(index, round);
  if (was_open) {
    count_up(targets_[index].not_sent);
  }
  return was_open;
}

bool CountTallies::timed_out(std::uint64_t index, std::uint64_t round) {
  return reach(index, round) && close(index, round);
}

report::CountTally CountTallies::tally(std::uint64_t index) const {
  const Target& target = targets_[index];
  return {.sent = target.closed(),
          .received = target.received,
          .late = target.late,
          .duplicates = target.duplicates,
          .timed = target.timed(),
          .rtt_sum = nanoseconds(target.rtt_sum),
          .rtt_min = nanoseconds(target.rtt_min),
          .rtt_max = nanoseconds(target.rtt_max)};
}

report::CountTally CountTallies::interval(std::uint64_t index) const {
  if (intervals_.empty()) {
    return tally(index);
  }
  const Target& now = targets_[index];
  const Interval& start = intervals_[index];
  return {.sent = now.closed() - start.closed,
          .received = now.received - start.received,
          .late = now.late - start.late,
          .duplicates = now.duplicates - start.duplicates,
          .timed = now.timed() - start.timed,
          .rtt_sum = nanoseconds(now.rtt_sum - start.rtt_sum),
          .rtt_min = nanoseconds(start.rtt_min),
          .rtt_max = nanoseconds(start.rtt_max)};
}

void CountTallies::start_interval() {
  intervals_.resize(targets_.size());
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const Target& now = targets_[i];
    intervals_[i] = {.received = now.received,
                     .closed = now.closed(),
                     .timed = now.timed(),
                     .rtt_sum = now.rtt_sum,
                     .rtt_min = 0,
                     .rtt_max = 0,
                     .late = now.late,
                     .duplicates = now.duplicates};
  }
}

report::KeptRounds CountTallies::kept(std::uint64_t index) const {
  const std::uint64_t ended = std::min(rounds_kept_, targets_[index].rounds);
  return {.rtts_ns = std::span(rtts_).subspan(index * rounds_kept_, ended)};
}

}  // namespace echosweep::modes

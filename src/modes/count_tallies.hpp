#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "modes/count_state.hpp"
#include "report/count_sink.hpp"

namespace echosweep::modes {

/// What is known of every target of a run of rounds, in flat arrays: 64 bytes a target, 8 more for each round
/// whose round trip is kept, 56 more from the first interval on. Main thread only.
///
/// How each round ended is kept for a target's latest ones: 32, or for short periods as many more as ten
/// seconds have. A reply to an older one cannot be told from a duplicate and is counted as one.
class CountTallies {
 public:
  CountTallies(const Rounds& rounds, const CountOptions& options);

  enum class Verdict : std::uint8_t {
    kFirst,      ///< the probe's first reply
    kLate,       ///< the same, after it was given up
    kDuplicate,  ///< it was answered before
  };
  /// A reply. `rtt_ns`: -1 where it is not known.
  Verdict answered(std::uint64_t index, std::uint64_t round, std::int64_t rtt_ns);
  /// A probe that did not leave. False: its end was known already.
  bool not_sent(std::uint64_t index, std::uint64_t round);
  /// A probe that is given up. False: its end was known already.
  bool timed_out(std::uint64_t index, std::uint64_t round);
  /// An ICMP error came for it.
  void complained(std::uint64_t index) { targets_[index].complained = 1; }

  report::CountTally tally(std::uint64_t index) const;
  /// What is new since the last interval's end.
  report::CountTally interval(std::uint64_t index) const;
  /// An interval ends: the next one begins.
  void start_interval();
  report::KeptRounds kept(std::uint64_t index) const;

  bool is_alive(std::uint64_t index) const { return targets_[index].received > 0; }
  bool has_complaint(std::uint64_t index) const { return targets_[index].complained != 0; }
  /// Whether a probe left for it and its end is known.
  bool was_asked(std::uint64_t index) const { return targets_[index].closed() > targets_[index].not_sent; }
  std::uint64_t alive() const { return alive_; }
  /// Probes that were still open when so many rounds had come after them that nothing more is kept of them.
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  static constexpr std::uint64_t kRoundsOfAWord = 32;

  struct Target {
    std::uint64_t received : 48 = 0;
    std::uint64_t open : 16 = 0;  ///< of the latest rounds, those whose end is not known
    std::uint64_t rounds = 0;     ///< the round after the latest that anything is known of
    std::int64_t rtt_sum = 0;     ///< ns
    std::int64_t rtt_min = 0;
    std::int64_t rtt_max = 0;
    std::uint32_t untimed = 0;  ///< of `received`: those whose round trip is not known
    std::uint32_t late : 31 = 0;
    std::uint32_t complained : 1 = 0;  ///< an ICMP error came
    std::uint32_t duplicates = 0;
    std::uint32_t not_sent = 0;

    std::uint64_t closed() const { return rounds - open; }
    std::uint64_t timed() const { return received - std::min<std::uint64_t>(untimed, received); }
  };
  static_assert(sizeof(Target) == 56);

  /// The state of things at an interval's start, and the extremes since.
  struct Interval {
    std::uint64_t received = 0;
    std::uint64_t closed = 0;
    std::uint64_t timed = 0;
    std::int64_t rtt_sum = 0;
    std::int64_t rtt_min = 0;
    std::int64_t rtt_max = 0;
    std::uint32_t late = 0;
    std::uint32_t duplicates = 0;
  };

  /// Makes room for this round among the latest ones. False: it is too old for that.
  bool reach(std::uint64_t index, std::uint64_t round);
  std::uint64_t window() const { return kRoundsOfAWord * words_; }
  /// Two bits of it are the round's: kClosed and kAnswered, shifted by bit_of(round).
  std::uint64_t& word_of(std::uint64_t index, std::uint64_t round) {
    return latest_[index * words_ + round / kRoundsOfAWord % words_];
  }
  /// True: it was open.
  bool close(std::uint64_t index, std::uint64_t round);
  void add_rtt(std::uint64_t index, std::int64_t rtt_ns);

  std::uint64_t rounds_kept_;  ///< 0: none
  std::size_t words_;          ///< of 32 rounds each, a target
  std::vector<Target> targets_;
  std::vector<std::uint64_t> latest_;  ///< words_ a target
  std::vector<std::int64_t> rtts_;
  std::vector<Interval> intervals_;
  std::uint64_t alive_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace echosweep::modes

#pragma once

#include <algorithm>
#include <climits>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "modes/compact_rtt.hpp"
#include "modes/count_state.hpp"
#include "modes/recent_probes.hpp"
#include "report/count_sink.hpp"

namespace echosweep::modes {

/// What is known of every target of a run of rounds, in flat arrays: 64 bytes a target, those of intervals
/// included, and 8 more for each round whose round trip is kept. Main thread only.
///
/// How each probe ended is kept for the latest ones (RecentProbes). A reply to an older one cannot be told
/// from a duplicate and is counted as one.
class CountTallies {
 public:
  CountTallies(const Rounds& rounds, const CountOptions& options);

  enum class Verdict : std::uint8_t {
    kFirst,      ///< the probe's first reply
    kLate,       ///< the same, after it was given up
    kDuplicate,  ///< it was answered before
  };
  // `number` is a probe of target `index`.

  /// A reply. `rtt_ns`: -1 where it is not known.
  Verdict answered(std::uint64_t index, ProbeNumber number, std::int64_t rtt_ns);
  /// A probe that did not leave. False: its end was known already.
  bool not_sent(std::uint64_t index, ProbeNumber number);
  /// A probe that is given up. False: its end was known already.
  bool timed_out(std::uint64_t index, ProbeNumber number);
  /// An ICMP error came for it.
  void complained(std::uint64_t index) { targets_[index].complained = 1; }

  report::CountTally tally(std::uint64_t index) const;
  /// What is new since the last interval's start; before there was any, all.
  report::CountTally interval(std::uint64_t index) const;
  /// An interval ends: the next one begins.
  void start_interval();
  report::KeptRounds kept(std::uint64_t index) const;

  bool is_alive(std::uint64_t index) const { return targets_[index].alive != 0; }
  bool has_complaint(std::uint64_t index) const { return targets_[index].complained != 0; }
  /// Whether a probe left for it and its end is known.
  bool was_asked(std::uint64_t index) const { return targets_[index].asked != 0; }
  std::uint64_t alive() const { return alive_; }
  /// Probes that were still open when so many had come after them that nothing more is kept of them.
  std::uint64_t forgotten() const { return forgotten_; }

  static constexpr std::size_t kBytesOfATarget = 64;

 private:
  /// The lower bits of a number that counts up for years, now and at the interval's start. The higher ones
  /// are in carries_, where most targets never get: 4 billion probes, 65,536 duplicates.
  template <typename Low>
  struct Counter {
    Low now = 0;
    Low then = 0;
  };
  enum class Figure : std::uint8_t { kClosed, kReceived, kUntimed, kLate, kDuplicates };

  struct Target {
    std::uint64_t rtt_sum : 61 = 0;  ///< ns: 73 years
    std::uint64_t alive : 1 = 0;
    std::uint64_t asked : 1 = 0;
    std::uint64_t complained : 1 = 0;  ///< an ICMP error came
    std::uint64_t rtt_sum_then = 0;    ///< at the interval's start
    CompactRtt rtt_min = CompactRtt::longest();
    CompactRtt rtt_max;
    CompactRtt interval_rtt_min = CompactRtt::longest();
    CompactRtt interval_rtt_max;
    Counter<std::uint32_t> closed;    ///< probes whose end is known
    Counter<std::uint32_t> received;  ///< of these
    Counter<std::uint32_t> untimed;   ///< of `received`: those whose round trip is not known
    Counter<std::uint16_t> late;      ///< of `received`
    Counter<std::uint16_t> duplicates;
  };
  static_assert(sizeof(Target) == kBytesOfATarget);

  /// How often a Counter's lower bits have come round.
  struct Carry {
    std::uint64_t now = 0;
    std::uint64_t then = 0;
  };

  template <typename Low>
  void count(std::uint64_t index, Figure figure, Counter<Low>& counter) {
    if (++counter.now == 0) {
      ++carries_[{index, figure}].now;
    }
  }
  template <typename Low>
  std::uint64_t total(std::uint64_t index, Figure figure, const Counter<Low>& counter) const {
    return (carry_of(index, figure).now << sizeof(Low) * CHAR_BIT) + counter.now;
  }
  template <typename Low>
  std::uint64_t since(std::uint64_t index, Figure figure, const Counter<Low>& counter) const {
    const Carry carry = carry_of(index, figure);
    return ((carry.now - carry.then) << sizeof(Low) * CHAR_BIT) + counter.now - counter.then;
  }
  Carry carry_of(std::uint64_t index, Figure figure) const;

  /// Makes room for this probe among the latest ones. False: it is too old for that.
  bool reach(ProbeNumber number);
  /// True: it was open.
  bool close(std::uint64_t index, ProbeNumber number);
  void add_rtt(std::uint64_t index, std::int64_t rtt_ns);
  void keep(std::uint64_t index, ProbeNumber number, std::int64_t rtt_ns);

  const Rounds& rounds_;
  std::uint64_t rounds_kept_;  ///< 0: none
  RecentProbes recent_;
  std::vector<Target> targets_;
  std::map<std::pair<std::uint64_t, Figure>, Carry> carries_;  ///< by target
  std::vector<std::int64_t> rtts_;
  std::uint64_t alive_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace echosweep::modes

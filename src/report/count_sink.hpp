#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/quantities.hpp"
#include "core/result.hpp"
#include "report/accounting.hpp"
#include "report/record.hpp"

namespace echosweep::report {

// What a run that asks each target many times tells its formats. A round is one probe to every target; the
// rounds of a target are numbered from 0. Views live for the call only.

/// Whom a line is about.
struct CountHost {
  std::uint64_t index = 0;
  Address address;
  /// The name that the user gave for it, or that reverse DNS found; empty where there is none.
  std::string_view name;
};

/// What is known of a target over some rounds: all so far, or those of an interval.
struct CountTally {
  std::uint64_t sent = 0;               ///< probes whose end is known: answered, timed out, or never left
  std::uint64_t received = 0;           ///< those that were answered, however late
  std::uint64_t late = 0;               ///< of these: after the timeout
  std::uint64_t duplicates = 0;         ///< replies to what was answered already
  std::uint64_t timed = 0;              ///< of `received`: those whose round trip is known
  std::chrono::nanoseconds rtt_sum{0};  ///< of these
  std::chrono::nanoseconds rtt_min{0};  ///< meaningless where there are none
  std::chrono::nanoseconds rtt_max{0};
};

struct CountReply {
  CountHost host;
  std::uint64_t round = 0;
  Address from;
  std::uint32_t size = 0;  ///< bytes of the ICMP message
  std::optional<std::chrono::nanoseconds> rtt;
  Ttl ttl;
  Tos tos;
  WallTime received;
  bool late = false;       ///< after its timeout, of which timeout() has told
  bool duplicate = false;  ///< the probe was answered before
  std::optional<IcmpTimestamps> timestamps;
  CountTally so_far;  ///< of the target, this reply included
};

struct CountTimeout {
  CountHost host;
  std::uint64_t round = 0;
  WallTime when;
  CountTally so_far;
};

/// An ICMP error that quotes a probe.
struct CountError {
  CountHost host;
  std::uint64_t round = 0;
  IcmpError error;
  Address from;
  WallTime received;
  CountTally so_far;
};

/// A probe that did not leave.
struct CountSendFailure {
  CountHost host;
  std::uint64_t round = 0;
  int error = 0;  ///< errno
  WallTime when;
  CountTally so_far;
};

/// What became of each round of a target, where that is kept.
struct KeptRounds {
  static constexpr std::int64_t kNoReply = -1;     ///< in place of a round trip
  static constexpr std::int64_t kUnknownRtt = -2;  ///< answered, and nobody knows how long it took
  static constexpr std::int64_t kOpen = -3;        ///< it has no end yet, and later ones have
  std::span<const std::int64_t> rtts_ns;           ///< [round], as far as rounds have ended
};

struct CountSummary {
  CountHost host;
  CountTally tally;
  std::chrono::nanoseconds period{0};  ///< of the target's probes
  KeptRounds rounds;                   ///< empty unless the run keeps them, and in intervals
};

/// What a run of rounds set out to do.
struct CountInfo {
  RunInfo run;
  std::uint64_t rounds = 0;  ///< 0: until somebody stops it
  std::chrono::nanoseconds period{0};
  std::size_t longest_host = 0;  ///< bytes of the longest host text among the targets
};

/// The whole run, when it is over.
struct CountTotals {
  Accounting accounting;       ///< alive: targets that answered at all; unsent: those that no probe left for
  std::uint64_t timeouts = 0;  ///< probes that left and were not answered in time, later or never
  std::uint64_t duplicates = 0;
  std::uint64_t not_sent = 0;  ///< probes that did not leave: no part of accounting.probes()
};

/// Where the results of a run of rounds go: one per format. Main thread only. begin() once; what happens as
/// it is known; for an interval's figures start_interval() and then a summary for each target in input order;
/// at the end start_summary(), a summary for each, and end().
class CountSink {
 public:
  virtual ~CountSink() = default;
  virtual Result<void> begin(const CountInfo&) { return {}; }
  virtual Result<void> reply(const CountReply&) = 0;
  virtual Result<void> timed_out(const CountTimeout&) = 0;
  virtual Result<void> error(const CountError&) = 0;
  virtual Result<void> send_failed(const CountSendFailure&) = 0;
  virtual Result<void> start_interval(WallTime) = 0;
  virtual Result<void> interval(const CountSummary&) = 0;
  virtual Result<void> start_summary() = 0;
  virtual Result<void> summary(const CountSummary&) = 0;
  virtual Result<void> end(const CountTotals&) { return {}; }
  /// Called when nothing more is at hand: what was written so far must now be visible to others.
  virtual Result<void> flush() = 0;
};

}  // namespace echosweep::report

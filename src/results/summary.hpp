#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/merge_table.hpp"
#include "results/snapshot.hpp"

namespace echosweep::results {

/// A row of the table by prefix, or several prefixes in a row of which nobody is alive.
struct PrefixRow {
  Address first;     ///< of the first prefix
  std::string zone;  ///< empty where there is none
  int bits = 0;
  std::uint64_t prefixes = 1;  ///< how many prefixes that the file speaks of the row stands for
  StateCounts counts{};        ///< listed hosts by state
  std::optional<std::chrono::nanoseconds> median_rtt;  ///< of those that are alive and have one

  std::uint64_t listed() const;
  std::uint64_t alive() const { return counts[static_cast<std::size_t>(State::kAlive)]; }
  double share() const {
    return listed() == 0 ? 0 : static_cast<double>(alive()) / static_cast<double>(listed());
  }
  /// `192.0.2.0/24`, the first of them.
  std::string prefix() const;
};

/// Round trips from `from` up to but without `below`.
struct RttBucket {
  std::chrono::nanoseconds from{0};
  std::chrono::nanoseconds below{0};
  std::uint64_t count = 0;
};

struct RttPercentile {
  double percent = 0;  ///< 0: the least, 100: the greatest
  std::chrono::nanoseconds rtt{0};
};

struct ReasonCount {
  State state = State::kUnsent;
  std::string reason;  ///< as in the file: not fit for a terminal
  std::uint64_t count = 0;
};

/// What the file says of its run. Texts are as in the file: not fit for a terminal.
struct RunFacts {
  std::string version;
  std::string started;
  std::vector<std::string> command;
  std::optional<std::uint64_t> targets;
  std::optional<double> elapsed_s;
  std::optional<StateCounts> sums;  ///< the accounting
};

struct SummaryOptions {
  int bits4 = 24;
  int bits6 = 64;
};

/// What a person wants to know of a run; made from a sealed snapshot, for any kind of page.
struct Summary {
  RunFacts run;
  StateCounts listed{};         ///< hosts that the file lists, by state
  std::vector<PrefixRow> rows;  ///< ascending, IPv4 first
  std::uint64_t rtts = 0;       ///< how many round trips there are
  std::vector<RttBucket>
      histogram;  ///< ascending, without gaps: 1, 2, 5, 10, ... from the least to the greatest
  std::vector<RttPercentile> percentiles;  ///< 0, 50, 90, 95, 99, 100; empty where there is no round trip
  std::vector<ReasonCount> reasons;        ///< by state, alive first; the most frequent first

  /// The run's accounting, or where there is none what is listed.
  const StateCounts& sums() const { return run.sums ? *run.sums : listed; }
  std::uint64_t targets() const;
  /// Whether each target is listed. Otherwise (an alive file, --states) nobody knows how many a prefix had.
  bool lists_all() const;
};

Summary summarise(const Snapshot& snapshot, const SummaryOptions& options);

/// The sum of all states; at most 2^64 - 1.
std::uint64_t total(const StateCounts& counts);

}  // namespace echosweep::results

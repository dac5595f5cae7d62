#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "results/finding.hpp"
#include "results/host_table.hpp"
#include "results/words.hpp"

namespace echosweep::results {

/// How many of each state, by the state's number.
using StateCounts = std::array<std::uint64_t, 4>;

/// A host with all that its line said. Texts are numbers in the table's words.
template <typename Key>
struct MergedHost {
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
  static constexpr std::uint32_t kItself = std::numeric_limits<std::uint32_t>::max();

  Key place;
  Verdict judged;
  std::uint32_t tries = 0;  ///< 0: not known
  std::uint32_t name = 0;
  std::uint32_t from = 0;  ///< kItself: the host's own address
  std::uint32_t mac = 0;
  std::int64_t rtt = kNone;       ///< nanoseconds, exact
  std::int64_t sent = kNone;      ///< nanoseconds since 1970
  std::int64_t received = kNone;  ///< the same
  std::int16_t ttl = -1;          ///< -1: not known

  const Key& key() const { return place; }
  Verdict verdict() const { return judged; }
  friend bool operator<(const MergedHost& a, const MergedHost& b) {
    return a.place < b.place || (a.place == b.place && a.judged.bits() < b.judged.bits());
  }
};

/// The hosts of several runs, each once: the higher state counts (alive, unreachable, silent, unsent), then
/// the quickest reply; its times are the earliest of all that found it in that state. Filled, sealed, then
/// written.
class MergeTable {
 public:
  void add(const Finding& finding);
  void add(const RangeFinding& finding);
  void seal();

  using TakeLine = std::function<Result<void>(std::string_view line)>;
  /// Gives each host and range as a line of our NDJSON, newline included, in the order of addresses; IPv4
  /// first.
  Result<void> write(const TakeLine& take) const;
  /// How many hosts of each state write() gives.
  StateCounts counts() const;

 private:
  template <typename Key>
  MergedHost<Key> make_host(const Finding& finding, const Key& key);
  template <typename Key>
  static void join(MergedHost<Key>& best, const MergedHost<Key>& duplicate);
  template <typename Key>
  std::string host_line(const MergedHost<Key>& host) const;
  template <typename Key>
  Result<void> write_table(const HostTable<Key, MergedHost<Key>>& table, const TakeLine& take) const;

  static constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max() - 1;

  HostTable<Key4, MergedHost<Key4>> table4_;
  HostTable<Key6, MergedHost<Key6>> table6_;
  Words reasons_{Verdict::kReasons};
  Words zones_{kMost};
  Words names_{kMost};
  Words sources_{kMost};
  Words macs_{kMost};
};

}  // namespace echosweep::results

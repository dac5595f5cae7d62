#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/finding.hpp"
#include "results/host_table.hpp"
#include "results/words.hpp"

namespace echosweep::results {

/// A host of a snapshot, 8 bytes for IPv4.
class PackedHost4 {
 public:
  PackedHost4() = default;
  PackedHost4(Key4 key, Verdict verdict) : bits_(std::uint64_t{key.value} << 32 | verdict.bits()) {}
  Key4 key() const { return {static_cast<std::uint32_t>(bits_ >> 32)}; }
  Verdict verdict() const { return Verdict::from_bits(static_cast<std::uint32_t>(bits_)); }
  friend auto operator<=>(const PackedHost4&, const PackedHost4&) = default;

 private:
  std::uint64_t bits_ = 0;
};

/// 24 bytes for IPv6.
class PackedHost6 {
 public:
  PackedHost6() = default;
  PackedHost6(const Key6& key, Verdict verdict)
      : zone_(key.zone_number),
        high_half_(static_cast<std::uint32_t>(key.high >> 32)),
        high_(static_cast<std::uint32_t>(key.high)),
        low_half_(static_cast<std::uint32_t>(key.low >> 32)),
        low_(static_cast<std::uint32_t>(key.low)),
        verdict_(verdict.bits()) {}
  Key6 key() const {
    return {zone_, 0, std::uint64_t{high_half_} << 32 | high_, std::uint64_t{low_half_} << 32 | low_};
  }
  Verdict verdict() const { return Verdict::from_bits(verdict_); }
  void set_zone(std::uint32_t zone) { zone_ = zone; }
  friend auto operator<=>(const PackedHost6&, const PackedHost6&) = default;

 private:
  std::uint32_t zone_ = 0;
  std::uint32_t high_half_ = 0;
  std::uint32_t high_ = 0;
  std::uint32_t low_half_ = 0;
  std::uint32_t low_ = 0;
  std::uint32_t verdict_ = 0;
};

/// A results file in memory: which host was in which state, why, and how far away. Of a host that the file
/// names twice the higher state counts, then the quicker reply. Filled by a reader, then sealed.
class Snapshot final : public Visitor {
 public:
  Result<void> host(const Finding& finding) override;
  Result<void> range(const RangeFinding& finding) override;
  Result<void> run(std::string_view json) override;
  Result<void> accounting(std::string_view json) override;

  /// Sorts. Call it once, after the last line.
  void seal();

  const HostTable<Key4, PackedHost4>& table4() const { return table4_; }
  const HostTable<Key6, PackedHost6>& table6() const { return table6_; }
  const std::string& reason(Verdict verdict) const { return reasons_.text(verdict.reason()); }
  /// By number, ascending; number 0 is no zone.
  const std::vector<std::string>& zones() const { return zones_; }
  /// The file's first and last line, as they stand there; empty where it has none, or several.
  const std::string& run_line() const { return run_line_; }
  const std::string& accounting_line() const { return accounting_line_; }

  /// Gives the zones of both the same numbers. Both are sealed.
  friend void align_zones(Snapshot& a, Snapshot& b);

 private:
  std::uint32_t zone_number(const HostAddress& host) { return zone_words_.number(host.zone); }
  /// From the places in `ours` to those in `all`, which is sorted and holds them. Sorted ones stay in order.
  void renumber_zones(const std::vector<std::string>& ours, const std::vector<std::string>& all);

  static constexpr std::uint32_t kMostZones = 1U << 20;

  HostTable<Key4, PackedHost4> table4_;
  HostTable<Key6, PackedHost6> table6_;
  Words reasons_{Verdict::kReasons};
  Words zone_words_{kMostZones};
  std::vector<std::string> zones_;
  std::string run_line_;
  std::string accounting_line_;
  std::uint64_t runs_ = 0;
  std::uint64_t accountings_ = 0;
};

void align_zones(Snapshot& a, Snapshot& b);

}  // namespace echosweep::results

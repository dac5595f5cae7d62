#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "report/record.hpp"

namespace echosweep::html {

/// A line of the page's table of hosts.
struct HostRow {
  Address address;   ///< without its zone
  std::string name;  ///< empty: none
  report::State state = report::State::kUnsent;
  std::string reason;  ///< `echo-reply`, `host-unreachable`, …
  std::optional<std::chrono::nanoseconds> rtt;
  std::string zone{};  ///< `eth0`; empty: none
};

/// Hosts on their way into a page, of which a browser bears only so many: all of them, or else those that are
/// alive, or else the first of these. Takes any number and keeps no more than kMost.
class HostTable {
 public:
  static constexpr std::size_t kMost = 100'000;

  void add(HostRow row);

  /// Of all that were added.
  std::uint64_t hosts() const { return hosts_; }
  std::uint64_t alive() const { return alive_count_; }
  /// Whether only those that are alive are shown.
  bool alive_only() const { return hosts_ > kMost; }
  /// What is shown, by address.
  std::vector<const HostRow*> rows() const;

 private:
  std::uint64_t hosts_ = 0;
  std::uint64_t alive_count_ = 0;
  std::vector<HostRow> alive_;
  std::vector<HostRow> others_;  ///< empty as soon as they are too many
};

}  // namespace echosweep::html

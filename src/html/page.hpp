#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "html/host_table.hpp"

namespace echosweep::html {

/// A line about the run: `Started`, `2026-03-01 09:30:00 UTC`.
struct Fact {
  std::string name;
  std::string value;
};

/// A line of the table by prefix.
struct PrefixRow {
  std::string prefix;
  std::uint64_t targets = 0;
  std::uint64_t alive = 0;
  std::optional<std::chrono::nanoseconds> median_rtt;
};

/// A bar of the distribution of round trips: hosts from `from` up to, not with, `to`.
struct RttBin {
  std::chrono::nanoseconds from{0};
  std::chrono::nanoseconds to{0};
  std::uint64_t hosts = 0;
};

/// What a page shows. What is empty is left out. All text may be hostile.
struct Page {
  std::string title;
  std::vector<Fact> facts;
  std::string map_png;  ///< a PNG file's bytes
  std::string map_alt;  ///< what it shows, for who cannot see it
  std::vector<RttBin> rtts;
  bool lists_all = true;            ///< false: nobody knows how many targets a prefix had
  std::vector<PrefixRow> prefixes;  ///< beyond kMostPrefixes only those with the most alive are shown
  HostTable hosts;
  std::uint64_t in_prefixes = 0;  ///< more hosts, which nobody has listed one by one

  static constexpr std::size_t kMostPrefixes = 1'000;
};

/// One file that needs nothing else: opens from a disk, loads nothing from anywhere (its content security
/// policy forbids it), follows the reader's choice of dark or light, can be printed, and be used with the
/// keyboard alone. The table of hosts is sorted and filtered by a script; without one the page says so and
/// shows the rest.
std::string render(const Page& page);

}  // namespace echosweep::html

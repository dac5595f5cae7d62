#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/quantities.hpp"
#include "map/grid.hpp"

namespace echosweep::map {

/// What a map says of its run in words.
struct Summary {
  std::uint64_t targets = 0;  ///< all of them, shown or not
  std::uint64_t alive = 0;
  std::uint64_t unreachable = 0;
  std::uint64_t unsent = 0;
  std::uint64_t silent = 0;
  WallTime started;
  std::chrono::nanoseconds elapsed{0};
  /// How a run that ended early ended: `interrupted`, `--max-runtime`; empty: it did not.
  std::string stopped_by;
  /// Targets of the other family, which has no place on this map.
  std::uint64_t not_shown = 0;
  /// The run goes on: who is not alive may still become so.
  bool running = false;
};

/// `2,540 targets, 2026-03-01 09:30 UTC, 12.3 s, interrupted`: what is not known or did not happen is left
/// out.
std::string circumstances(const Summary& summary);

/// An entry of the legend: what looks so, and how many targets it is.
struct LegendEntry {
  Look look;
  std::string text;
};

/// `alive 12`, `unreachable 3`, …, `not swept`: in this order, all of them. While the run goes on there are
/// `alive 12`, `no answer yet 242` and `not swept`.
std::vector<LegendEntry> legend(const Summary& summary);

/// What a spot of 2^address_bits addresses stands for: `A square is a /28: 16 addresses, shown as the first
/// of: alive (by its fastest reply), unreachable, unsent, silent.` `spot`: "square", "character".
std::string explain_spot(std::string_view spot, const Prefix& space, int address_bits);

/// `3 IPv6 targets are not shown.`; empty where all are.
std::string explain_missing(const Summary& summary, Family shown);

}  // namespace echosweep::map

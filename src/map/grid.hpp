#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "map/prefix.hpp"
#include "report/record.hpp"

namespace echosweep::map {

/// What a spot of the map looks like. Of several addresses in it the highest of these is shown: whoever is
/// alive is seen on any scale, and what was never asked does not pass for silent.
enum class Look : std::uint8_t {
  kUnswept,  ///< no target
  kSilent,   ///< or, while the run goes on: nothing heard yet
  kUnsent,
  kUnreachable,
  kAlive,
};

/// A spot: one cell, or a block of them.
struct Spot {
  Look look = Look::kUnswept;
  /// Alive only: the shortest round trip among its addresses, where one is known.
  std::optional<std::chrono::nanoseconds> rtt;
  friend bool operator==(const Spot&, const Spot&) = default;
};

/// What became of a space's targets, by cells of equally many addresses each, numbered in the order of the
/// addresses. There are at most 2^20, of 12 bytes, however large the space. One thread.
class Grid {
 public:
  static constexpr int kMostBits = 20;

  /// Nothing is a target yet.
  explicit Grid(const Prefix& space);

  /// These are targets; what is outside of the space does not matter. Disjoint from those before.
  void add_targets(const Span& span);
  /// What became of a target; nothing is what nobody tells of: a target is silent until then. Each target
  /// once.
  void record(const Address& address, report::State state, std::optional<std::chrono::nanoseconds> rtt);

  const Prefix& space() const { return space_; }
  /// log2 of the number of cells.
  int bits() const { return bits_; }
  /// log2 of the number of addresses in a cell.
  int cell_bits() const { return space_.host_bits() - bits_; }

  /// Number `index` of the 2^bits equal blocks of cells; `bits` is at most bits().
  Spot spot(std::uint64_t index, int bits) const;
  Spot spot(std::uint64_t index) const { return spot(index, bits_); }

 private:
  struct Cell {
    std::uint32_t open = 0;  ///< targets that nobody has told of; the highest number: that many or more
    float rtt_ns = 0;        ///< the shortest; 0: none. 24 bits are exact enough for a colour
    std::uint8_t looks = 0;  ///< bit 1 << Look for all but kUnswept and kSilent
  };

  Prefix space_;
  int bits_;
  std::vector<Cell> cells_;
};

}  // namespace echosweep::map

#pragma once

#include <cstdint>
#include <vector>

#include "targets/range.hpp"

namespace echosweep::targets {

// The arithmetic of ranges that TargetSetBuilder is made from. Lists here are vectors of Pieces; "tidy" means
// sorted by family, zone and number, and disjoint.

/// A range and its place in the input: the range that was named first has the lowest `place`.
struct Piece {
  Uint128 first;
  Uint128 last;
  std::uint64_t place;
  std::uint32_t zone;
  Family family;
};

/// Makes the list tidy: what several pieces cover stays with the one of the lowest place. O(n log n).
void tidy(std::vector<Piece>& pieces);

/// Which holes concern a piece: those of its own zone, or those without a zone, whatever the piece's zone.
enum class HoleZone : std::uint8_t { kSame, kNone };

/// Takes the holes out of the pieces, both tidy; what is left is tidy. Returns what was taken out, tidy too.
std::vector<Piece> carve(std::vector<Piece>& pieces, const std::vector<Piece>& holes, HoleZone which);

/// How many addresses a tidy or untidy list names, modulo 2^128.
Uint128 count_addresses(const std::vector<Piece>& pieces);

}  // namespace echosweep::targets

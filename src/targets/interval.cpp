// Sets of addresses as sorted intervals.
//
// The problem: a user names targets in ranges that overlap, a million of them perhaps, and each address must
// count once, at the place where it was named first.
//
// tidy() sweeps over the pieces in the order of their first address. The pieces that cover the current
// address wait in a heap, lowest place on top: the top owns the addresses from here up to its own end or to
// the beginning of the next piece, whichever is sooner. A piece that has ended is thrown away only when it
// comes to the top. Each piece is pushed and popped once and begins or ends a bounded number of results: O(n
// log n) time, O(n) memory, and no dependence on how many addresses a piece has. The numbers are inclusive at
// both ends, so that a range up to the last address of IPv6 needs no number beyond it; the one place that
// could step past it stops there.
//
// carve() needs no heap, as both lists are disjoint: a binary search finds the first hole that matters to a
// piece.

#include "targets/interval.hpp"

#include <algorithm>
#include <cstddef>
#include <queue>
#include <tuple>
#include <utility>

namespace echosweep::targets {

namespace {

bool same_line(const Piece& a, const Piece& b) {
  return a.family == b.family && a.zone == b.zone;
}

bool begins_before(const Piece& a, const Piece& b) {
  return std::tie(a.family, a.zone, a.first) < std::tie(b.family, b.zone, b.first);
}

bool overlaps_next(const Piece& a, const Piece& b) {
  return same_line(a, b) && b.first <= a.last;
}

/// Appends, or lets the last piece grow where `piece` goes on from it.
void append(std::vector<Piece>& pieces, const Piece& piece) {
  if (!pieces.empty()) {
    Piece& back = pieces.back();
    if (back.place == piece.place && same_line(back, piece) && back.last + 1 == piece.first) {
      back.last = piece.last;
      return;
    }
  }
  pieces.push_back(piece);
}

struct LaterPlace {
  bool operator()(const Piece& a, const Piece& b) const { return a.place > b.place; }
};

std::vector<Piece> sweep(const std::vector<Piece>& pieces) {
  std::vector<Piece> out;
  out.reserve(pieces.size());
  std::priority_queue<Piece, std::vector<Piece>, LaterPlace> covering;
  Uint128 at = 0;
  std::size_t next = 0;
  while (next < pieces.size() || !covering.empty()) {
    if (covering.empty()) {
      at = pieces[next].first;
      covering.push(pieces[next++]);
    }
    const auto upcoming = [&] { return next < pieces.size() && same_line(pieces[next], covering.top()); };
    while (upcoming() && pieces[next].first <= at) {
      covering.push(pieces[next++]);
    }
    const Piece owner = covering.top();
    if (owner.last < at) {
      covering.pop();
      continue;
    }
    Piece owned = owner;
    owned.first = at;
    if (upcoming() && pieces[next].first <= owner.last) {
      owned.last = pieces[next].first - 1;
    }
    append(out, owned);
    if (owned.last == max_value(owned.family)) {
      covering = {};  // nothing lies beyond, and `at` cannot step there
    } else {
      at = owned.last + 1;
    }
  }
  return out;
}

/// The first hole on the line (`family`, `zone`) that does not end before `value`.
std::vector<Piece>::const_iterator first_hole(const std::vector<Piece>& holes, Family family,
                                              std::uint32_t zone, Uint128 value) {
  return std::ranges::partition_point(holes, [&](const Piece& hole) {
    return std::tie(hole.family, hole.zone, hole.last) < std::tie(family, zone, value);
  });
}

}  // namespace

void tidy(std::vector<Piece>& pieces) {
  if (!std::ranges::is_sorted(pieces, begins_before)) {
    std::ranges::sort(pieces, begins_before);
  }
  if (std::ranges::adjacent_find(pieces, overlaps_next) != pieces.end()) {
    pieces = sweep(pieces);
  }
}

std::vector<Piece> carve(std::vector<Piece>& pieces, const std::vector<Piece>& holes, HoleZone which) {
  std::vector<Piece> taken;
  if (holes.empty()) {
    return taken;
  }
  std::vector<Piece> kept;
  kept.reserve(pieces.size());
  for (const Piece& piece : pieces) {
    const std::uint32_t zone = which == HoleZone::kSame ? piece.zone : 0;
    Piece rest = piece;
    bool any_left = true;
    for (auto hole = first_hole(holes, piece.family, zone, piece.first);
         any_left && hole != holes.end() && hole->family == piece.family && hole->zone == zone &&
         hole->first <= rest.last;
         ++hole) {
      if (rest.first < hole->first) {
        Piece before = rest;
        before.last = hole->first - 1;
        kept.push_back(before);
        rest.first = hole->first;
      }
      Piece cut = rest;
      cut.last = std::min(rest.last, hole->last);
      taken.push_back(cut);
      any_left = cut.last < rest.last;
      rest.first = any_left ? cut.last + 1 : rest.last;
    }
    if (any_left) {
      kept.push_back(rest);
    }
  }
  pieces = std::move(kept);
  return taken;
}

Uint128 count_addresses(const std::vector<Piece>& pieces) {
  Uint128 sum = 0;
  for (const Piece& piece : pieces) {
    sum += piece.last - piece.first + 1;
  }
  return sum;
}

}  // namespace echosweep::targets

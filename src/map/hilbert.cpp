// Addresses on a Hilbert curve.
//
// A map of an address space should keep together what belongs together: a network, of any size, should be one
// spot. Lines of text (row after row) tear a /16 of a /8 into a stripe of one row. The Hilbert curve (D.
// Hilbert, 1891) does what is wanted: it goes through the four quadrants of a square one after the other,
// through each of them in the same manner, and never jumps:
//
//      0 -> 1        top left, top right, bottom right, bottom left
//           |
//      3 <- 2
//
// So the two highest bits of a cell's number choose a quadrant, the next two a quadrant of that, and so on.
// Every CIDR block whose length differs from the map's by an even number is a square, by an odd number two
// squares side by side; and cells with neighbouring numbers are neighbours.
//
// For the curve not to jump, the quadrants are turned: the first is mirrored at its main diagonal, the last
// at the other one, the middle two are as the whole. Both functions below go through the digits and keep
// account of these mirrorings: from the lowest digit upwards, where a place is built (each step turns all
// that was built so far), and from the highest downwards, where a place is taken apart.
//
// The highest digit is never turned, so a block lies at the same spot however fine the cells are; place_of(i,
// k) says where the i-th of 2^k blocks of cells lies as well. An odd number of bits makes the first half of
// the next larger square: its upper half.
#include "map/hilbert.hpp"

#include <utility>

namespace echosweep::map {

namespace {

/// What the curve does in quadrant `digit` to the places within, of which `side` cells make a side.
void turn(Place& place, std::uint64_t digit, std::uint32_t side) {
  if (digit == 0) {
    std::swap(place.column, place.row);
  } else if (digit == 3) {
    place = {.column = side - 1 - place.row, .row = side - 1 - place.column};
  }
}

}  // namespace

Place place_of(std::uint64_t index, int bits) {
  const std::uint32_t whole = columns_of(bits);
  Place place;
  for (std::uint32_t side = 1; side < whole; side *= 2, index /= 4) {
    const std::uint64_t digit = index % 4;
    turn(place, digit, side);
    place.column += digit == 1 || digit == 2 ? side : 0;
    place.row += digit >= 2 ? side : 0;
  }
  return place;
}

std::uint64_t index_of(Place place, int bits) {
  std::uint64_t index = 0;
  for (std::uint32_t side = columns_of(bits) / 2; side > 0; side /= 2) {
    const bool right = place.column >= side;
    const bool below = place.row >= side;
    const std::uint64_t digit = below ? (right ? 2 : 3) : (right ? 1 : 0);
    place.column -= right ? side : 0;
    place.row -= below ? side : 0;
    turn(place, digit, side);  // each mirroring undoes itself
    index = index * 4 + digit;
  }
  return index;
}

}  // namespace echosweep::map

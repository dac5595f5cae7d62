#pragma once

#include <cstdint>

namespace echosweep::map {

/// A place on the map, in cells from its top left corner.
struct Place {
  std::uint32_t column = 0;
  std::uint32_t row = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

/// How wide and high a curve through 2^bits cells is: a square where `bits` is even, twice as wide as high
/// where it is odd. `bits` is at most 62.
constexpr std::uint32_t columns_of(int bits) {
  return std::uint32_t{1} << ((bits + 1) / 2);
}
constexpr std::uint32_t rows_of(int bits) {
  return std::uint32_t{1} << (bits / 2);
}

/// Where cell number `index` of a Hilbert curve through 2^bits cells lies.
Place place_of(std::uint64_t index, int bits);

/// The number of the cell there: the inverse.
std::uint64_t index_of(Place place, int bits);

}  // namespace echosweep::map

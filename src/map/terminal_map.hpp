#pragma once

#include <cstddef>
#include <string>

#include "map/grid.hpp"
#include "map/summary.hpp"

namespace echosweep::map {

/// What a terminal can show.
struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 0;  ///< 0: as many as it takes
  /// 256 colours and half blocks, two spots a character; otherwise shades, two characters a spot.
  bool colour = false;
};

/// The size of the window that `descriptor` is; where it is none, or does not know, COLUMNS or 80 columns.
/// Colour where it is a terminal, TERM is not `dumb`, and NO_COLOR is unset or empty (no-color.org).
TerminalSize terminal_size(int descriptor);

/// The map with title and legend, as large as fits: lines that end in a newline. What does not fit even at
/// its smallest is as wide as that.
std::string draw_terminal(const Grid& grid, const Summary& summary, const TerminalSize& size);

}  // namespace echosweep::map

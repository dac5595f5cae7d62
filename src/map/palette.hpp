#pragma once

#include <cstdint>

#include "map/grid.hpp"
#include "map/rtt_scale.hpp"

namespace echosweep::map {

struct Rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  friend bool operator==(Rgb, Rgb) = default;
};

// Warm is alive, and the brighter the faster; blue is unreachable, greys are what nothing was heard of, the
// darker the less was tried. Who cannot tell red from green sees yellow, blue and grey, and everybody the
// brightness: tests/unit/map/palette_test.cpp holds that down.

inline constexpr Rgb kPaper{0x12, 0x15, 0x1a};    ///< around the map
inline constexpr Rgb kInk{0xe6, 0xe9, 0xee};      ///< text
inline constexpr Rgb kPaleInk{0x9a, 0xa3, 0xb0};  ///< text of less weight
inline constexpr Rgb kUnsweptColour{0x05, 0x06, 0x08};
inline constexpr Rgb kSilentColour{0x30, 0x38, 0x43};
inline constexpr Rgb kUnsentColour{0x86, 0x8b, 0x93};
inline constexpr Rgb kUnreachableColour{0x2f, 0x6f, 0xe4};
inline constexpr Rgb kUntimedColour{0xff, 0xff, 0xff};  ///< alive, without a round trip time

/// The colour of an alive spot: `position` 0 is the fastest of the scale, 1 the slowest.
Rgb rtt_colour(double position);

/// What a spot is painted with.
Rgb colour_of(const Spot& spot, const RttScale& scale);

/// Black or white, whichever is easier to read on `ground`.
Rgb ink_on(Rgb ground);

/// Relative luminance (WCAG 2.1), 0 to 1.
double luminance(Rgb colour);

/// The same of xterm's 256 colours, where the scale has eight steps of its own: those that are nearest to
/// rtt_colour() jump between hues.
std::uint8_t rtt_colour_number(double position);
std::uint8_t colour_number_of(const Spot& spot, const RttScale& scale);

/// The nearest of xterm's 256 colours, of its cube and its greys (16 to 255): the first 16 are the user's
/// own.
std::uint8_t nearest_of_256(Rgb colour);

}  // namespace echosweep::map

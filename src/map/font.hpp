#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace echosweep::map {

// Text in the picture, drawn by hand: letters five pixels wide and seven high, with two more rows for what
// hangs below the line. It says addresses, numbers and a legend; a font library would bring font files, their
// licences and an X server's worth of packages for that.

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 9;
/// From the left edge of one glyph to that of the next.
inline constexpr int kGlyphAdvance = 6;
/// Rows above the line that letters stand on.
inline constexpr int kCapHeight = 7;

/// Row by row from the top; the leftmost pixel is bit 4.
using Glyph = std::array<std::uint8_t, kGlyphHeight>;

/// ASCII's printable characters; any other is a question mark.
const Glyph& glyph_of(char character);

/// How wide a text of one line is at this scale, without the gap behind its last letter.
constexpr int text_width(std::string_view text, int scale) {
  return text.empty() ? 0 : (static_cast<int>(text.size()) * kGlyphAdvance - 1) * scale;
}

}  // namespace echosweep::map

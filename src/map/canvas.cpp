#include "map/canvas.hpp"

#include <algorithm>

#include "map/font.hpp"

namespace echosweep::map {

Canvas::Canvas(int width, int height, Rgb ground)
    : width_(width),
      height_(height),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), ground) {}

void Canvas::set(int x, int y, Rgb colour) {
  if (x >= 0 && x < width_ && y >= 0 && y < height_) {
    pixels_[offset(x, y)] = colour;
  }
}

void Canvas::fill(const Box& box, Rgb colour) {
  const int left = std::clamp(box.x, 0, width_);
  const int right = std::clamp(box.x + box.width, left, width_);
  for (int y = std::max(box.y, 0); y < std::min(box.y + box.height, height_); ++y) {
    std::fill_n(pixels_.begin() + static_cast<std::ptrdiff_t>(offset(left, y)), right - left, colour);
  }
}

void Canvas::write(int x, int y, std::string_view text, int scale, Rgb colour) {
  for (const char character : text) {
    const Glyph& glyph = glyph_of(character);
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if ((glyph.at(static_cast<std::size_t>(row)) >> (kGlyphWidth - 1 - column) & 1) != 0) {
          fill({.x = x + column * scale, .y = y + row * scale, .width = scale, .height = scale}, colour);
        }
      }
    }
    x += kGlyphAdvance * scale;
  }
}

}  // namespace echosweep::map

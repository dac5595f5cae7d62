#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "map/palette.hpp"

namespace echosweep::map {

/// A rectangle of pixels; x and y from the top left corner.
struct Box {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

/// A picture in memory, three bytes a pixel. What is drawn beyond its edges is lost.
class Canvas {
 public:
  Canvas(int width, int height, Rgb ground);

  int width() const { return width_; }
  int height() const { return height_; }
  Rgb at(int x, int y) const { return pixels_[offset(x, y)]; }
  /// Row by row from the top.
  std::span<const Rgb> pixels() const { return pixels_; }

  void set(int x, int y, Rgb colour);
  void fill(const Box& box, Rgb colour);
  /// One line of text, with the top left corner of its capitals at (x, y).
  void write(int x, int y, std::string_view text, int scale, Rgb colour);

 private:
  std::size_t offset(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }

  int width_;
  int height_;
  std::vector<Rgb> pixels_;
};

}  // namespace echosweep::map

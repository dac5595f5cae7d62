#pragma once

#include <png.h>

#include <string>
#include <vector>

#include "map/palette.hpp"

namespace echosweep::map {

/// A PNG as libpng reads it back; no width: it could not.
struct DecodedPng {
  int width = 0;
  int height = 0;
  std::vector<Rgb> pixels;

  Rgb at(int x, int y) const {
    return pixels.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(x));
  }
};

inline DecodedPng decode_png(const std::string& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
    return {};
  }
  image.format = PNG_FORMAT_RGB;
  DecodedPng decoded{.width = static_cast<int>(image.width),
                     .height = static_cast<int>(image.height),
                     .pixels = std::vector<Rgb>(std::size_t{image.width} * image.height)};
  if (png_image_finish_read(&image, nullptr, decoded.pixels.data(), 0, nullptr) == 0) {
    return {};
  }
  return decoded;
}

}  // namespace echosweep::map

#include "map/png_writer.hpp"

#include <png.h>

namespace echosweep::map {

Result<std::string> encode_png(const Canvas& canvas) {
  static_assert(sizeof(Rgb) == 3, "libpng reads the pixels as they lie");
  // The simplified interface: the other one reports errors by longjmp(), over the heads of our destructors.
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(canvas.width());
  image.height = static_cast<png_uint_32>(canvas.height());
  image.format = PNG_FORMAT_RGB;
  std::string bytes;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  bytes.resize(size);
  const int written =
      png_image_write_to_memory(&image, bytes.data(), &size, 0, canvas.pixels().data(), 0, nullptr);
  const std::string message(static_cast<const char*>(image.message));
  png_image_free(&image);
  if (written == 0) {
    return fail("cannot make a PNG of the map: " + message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace echosweep::map

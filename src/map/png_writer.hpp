#pragma once

#include <string>

#include "core/result.hpp"
#include "map/canvas.hpp"

namespace echosweep::map {

/// The picture as the bytes of a PNG file (RGB, 8 bits a channel), at most a few megabytes.
Result<std::string> encode_png(const Canvas& canvas);

}  // namespace echosweep::map

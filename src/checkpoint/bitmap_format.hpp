#pragma once

#include <string_view>

namespace echosweep::checkpoint {

/// Whether `bytes` are one set of numbers in RoaringFormatSpec's 64-bit form and nothing else.
bool is_bitmap(std::string_view bytes);

}  // namespace echosweep::checkpoint

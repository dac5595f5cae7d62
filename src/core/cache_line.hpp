#pragma once

#include <cstddef>

namespace echosweep {

/// Bytes that two processors can only have one after the other. What different threads write, or one writes
/// and another reads all the time, is kept so far apart.
inline constexpr std::size_t kCacheLine = 64;

}  // namespace echosweep

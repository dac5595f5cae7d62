#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace echosweep::checkpoint {

// The numbers of the file that checkpoint.hpp describes, for those who write and read it. Beyond these bounds
// nothing is written, so whatever is beyond them was not written by us.

/// The version and a newline follow.
inline constexpr std::string_view kMagic = "echosweep checkpoint ";
/// 16 GiB: thirty-two bitmaps, without any compression, of all IPv4 addresses.
inline constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 34;
/// 16 MiB. It holds a command line, of 2 MiB at most, and a few numbers for each pass.
inline constexpr std::uint64_t kLargestHead = std::uint64_t{1} << 24;
inline constexpr std::uint32_t kMostSets = 4096;
inline constexpr std::size_t kLongestName = 255;

}  // namespace echosweep::checkpoint

#pragma once

#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "targets/range.hpp"

namespace echosweep::targets {

/// More ranges than this from one word are refused: at 64 bytes each they already take 64 MiB.
inline constexpr std::size_t kMaxOctetRanges = std::size_t{1} << 20;

/// Reads nmap's octet form, `198.18.3-5,7.1-254`: four octets, each a list of numbers and ranges; `*` and `-`
/// are all of 0-255, and a range may lack either end (`10-`, `-9`). Ranges come out ascending, disjoint and
/// as few as the form allows: full octets at its end make one range of each prefix before them.
Result<std::vector<Range>> parse_octets(std::string_view text);

}  // namespace echosweep::targets

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/quantities.hpp"

namespace echosweep::results {

/// Reads `2023-11-14T22:13:20Z` with up to nine decimals of the second (RFC 3339, UTC alone, without leap
/// seconds).
std::optional<WallTime> parse_utc(std::string_view text);

/// The same with six decimals, or nine where six do not hold it.
std::string format_utc(WallTime time);

}  // namespace echosweep::results

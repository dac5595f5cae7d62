#pragma once

#include <cstddef>
#include <string_view>

namespace echosweep::cli {

/// Levenshtein's distance: how many letters to change, add or leave out.
std::size_t distance(std::string_view a, std::string_view b);

}  // namespace echosweep::cli

#pragma once

#include <cstddef>
#include <string>

#include "results/summary.hpp"

namespace echosweep::results {

/// The summary for a screen of `width` columns: 80 hold all of it; where there are fewer, columns of the
/// table are left out. Nothing from the file reaches the terminal but printable ASCII.
std::string summary_text(const Summary& summary, std::size_t width);

/// `text` with every byte that is not printable ASCII as \xNN.
std::string printable(std::string_view text);

}  // namespace echosweep::results

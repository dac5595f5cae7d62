#pragma once

#include <string>
#include <vector>

#include "html/page.hpp"

namespace echosweep::html {

/// The bars as an <svg> element, with a title on each; at least one bin.
std::string histogram(const std::vector<RttBin>& bins);

/// `1.23 ms`, with three digits or so.
std::string time_text(std::chrono::nanoseconds time);

}  // namespace echosweep::html

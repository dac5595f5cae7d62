#pragma once

#include <string_view>

namespace echosweep::cli {

/// One line on standard error: `echosweep: MESSAGE`.
void complain(std::string_view message);

/// Writes results to standard output; what fails is complained of, but for a reader who has gone. False: it
/// failed.
bool print(std::string_view text);

}  // namespace echosweep::cli

#pragma once

#include <string_view>

namespace echosweep::cli {

/// One line on standard error: `echosweep: MESSAGE`.
void complain(std::string_view message);

}  // namespace echosweep::cli

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace echosweep::cli {

/// Hands on a file, or standard input (`-`), in pieces of whole lines; by read(2), so that pipes and fifos
/// will do. `take` says whether to go on. An Error has the errno of what failed, or 0: no line ends.
Result<void> read_pieces(const std::string& path, const std::function<bool(std::string_view)>& take);

}  // namespace echosweep::cli

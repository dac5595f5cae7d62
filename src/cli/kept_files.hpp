#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace echosweep::cli {

/// How much of a result file an earlier part of the run wrote for good.
struct KeptFile {
  std::uint64_t size = 0;   ///< bytes
  std::uint64_t hosts = 0;  ///< the alive ones in it, in the order in which they were found
};

/// By their names on the command line (`-`: standard output, where it is a file). Formats that appear whole
/// at the end are never among them.
using KeptFiles = std::map<std::string, KeptFile>;

}  // namespace echosweep::cli

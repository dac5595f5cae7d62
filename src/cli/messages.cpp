#include "cli/messages.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace echosweep::cli {

void complain(std::string_view message) {
  const std::string line = fmt::format("echosweep: {}\n", message);
  // Whoever closed standard error does not want to know.
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace echosweep::cli

#include "cli/messages.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "report/output.hpp"

namespace echosweep::cli {

void complain(std::string_view message) {
  const std::string line = fmt::format("echosweep: {}\n", message);
  // Whoever closed standard error does not want to know.
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

bool print(std::string_view text) {
  auto out = report::Output::standard_output();
  auto done = out.append(text);
  if (done) {
    done = out.close();
  }
  if (!done && done.error().code != EPIPE) {
    complain(done.error().message);
  }
  return done.has_value();
}

}  // namespace echosweep::cli

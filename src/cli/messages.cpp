#include "cli/messages.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "report/output.hpp"

namespace echosweep::cli {

namespace {

std::string& name_of_program() {
  static std::string name = "echosweep";
  return name;
}

}  // namespace

void set_program_name(std::string_view name) {
  name_of_program() = name;
}

const std::string& program_name() {
  return name_of_program();
}

void complain(std::string_view message) {
  print_to_stderr(fmt::format("{}: {}\n", program_name(), message));
}

void print_to_stderr(std::string_view text) {
  // Whoever closed standard error does not want to know.
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
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

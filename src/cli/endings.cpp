#include "cli/endings.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"

namespace echosweep::cli {

int fail_with(const Error& error) {
  complain(error.message);
  return kSystemFailure;
}

std::optional<int> exit_code_of_failure(const std::optional<Error>& failure) {
  if (!failure) {
    return std::nullopt;
  }
  if (failure->code == EPIPE) {
    return 128 + SIGPIPE;  // as if the signal had ended us: quietly
  }
  return fail_with(*failure);
}

std::optional<int> print_reachable(const SweepCommand& command, std::uint64_t alive, bool as_result) {
  const auto required = command.fast_reachable ? command.fast_reachable : command.reachable;
  if (!required) {
    return std::nullopt;
  }
  const bool enough = alive >= *required;
  const std::string text = fmt::format("{} hosts reachable (required: {}, reachable: {})\n",
                                       enough ? "Enough" : "Not enough", *required, alive);
  if (!as_result) {
    print_to_stderr(text);
  } else if (!print(text)) {
    return kSystemFailure;
  }
  return enough ? kAllAlive : kSomeNotAlive;
}

}  // namespace echosweep::cli

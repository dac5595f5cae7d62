#pragma once

#include <cstdint>
#include <optional>

#include "cli/sweep_command.hpp"
#include "core/result.hpp"

namespace echosweep::cli {

// How runs end: what is said last, and the exit code.

/// Says why there was no run.
int fail_with(const Error& error);

/// Where results could not be written: says so, unless their reader has gone. Nothing: they could.
std::optional<int> exit_code_of_failure(const std::optional<Error>& failure);

/// -x and -X: fping's sentence, on standard output unless results of another form go there. Nothing: neither
/// was given.
std::optional<int> print_reachable(const SweepCommand& command, std::uint64_t alive, bool as_result);

}  // namespace echosweep::cli

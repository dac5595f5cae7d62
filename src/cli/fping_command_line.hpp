#pragma once

#include <expected>

#include "cli/sweep_command.hpp"

namespace echosweep::cli {

/// Whether the program was called by the name `fping`, or `fping6` (then IPv6 alone is meant), whatever
/// folder it stands in.
bool is_called_fping(const char* name);

/// Reads the command line as fping 5.5 reads its own: from left to right, options and targets mixed, the
/// first mistake ends it. Unexpected: there is nothing to run, all is said, and this is the exit code.
std::expected<SweepCommand, int> parse_fping(int argc, char** argv);

}  // namespace echosweep::cli

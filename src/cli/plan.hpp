#pragma once

#include "cli/read_targets.hpp"
#include "targets/permutation.hpp"

namespace echosweep::cli {

/// --list-targets: every target on a line, in the order of asking. The result is the exit code.
int list_targets(const ReadTargets& read, const targets::Order& order);

/// --dry-run: what the run would do, and how long it would take.
int print_plan(const SweepCommand& command, const ReadTargets& read, std::uint64_t seed);

}  // namespace echosweep::cli

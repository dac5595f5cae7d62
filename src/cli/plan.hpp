#pragma once

#include "cli/read_targets.hpp"

namespace echosweep::cli {

/// --dry-run: what the run would do, and how long it would take. `count`: how many of the targets it asks.
int print_plan(const SweepCommand& command, const ReadTargets& read, std::uint64_t count, std::uint64_t seed);

}  // namespace echosweep::cli

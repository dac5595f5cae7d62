#pragma once

#include "cli/read_targets.hpp"
#include "report/accounting.hpp"

namespace echosweep::cli {

/// The user's, or a random one.
std::uint64_t choose_seed(const SweepCommand& command);

/// What the formats say of a run before it begins.
report::RunInfo run_info(const SweepCommand& command, const ReadTargets& read, std::uint64_t seed,
                         WallTime now);

}  // namespace echosweep::cli

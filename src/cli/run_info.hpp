#pragma once

#include "cli/read_targets.hpp"
#include "report/accounting.hpp"

namespace echosweep::cli {

/// What the formats say of a run before it begins.
report::RunInfo run_info(const SweepCommand& command, const ReadTargets& read, std::uint64_t seed,
                         WallTime now);

}  // namespace echosweep::cli

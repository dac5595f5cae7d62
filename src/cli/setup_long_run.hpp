#pragma once

#include "cli/sweep_command.hpp"

namespace echosweep::cli {

/// The options of sweeps that take hours or many machines: shards and checkpoints.
void setup_long_run(CLI::App& app, SweepCommand& command);

/// The part of complete() that is about them: finds the shard, and takes its part of the rate.
Result<void> complete_long_run(const CLI::App& app, SweepCommand& command);

}  // namespace echosweep::cli

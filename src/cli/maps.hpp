#pragma once

#include <memory>

#include "cli/sweep_command.hpp"
#include "map/map_sinks.hpp"
#include "targets/walk.hpp"

namespace CLI {
class App;
}

namespace echosweep::cli {

/// Lays --map and --watch on `app`, in the group of outputs.
void setup_maps(CLI::App& app, SweepCommand& command);

/// What no single option of these can see. `app` has parsed.
Result<void> complete_maps(SweepCommand& command);

/// What the maps are drawn from; null where none is wanted. A shard's own targets are gone through one by
/// one.
std::shared_ptr<map::Survey> survey_for(const SweepCommand& command, const targets::Walk& targets);

}  // namespace echosweep::cli

#pragma once

#include <string>

#include "cli/sweep_command.hpp"
#include "report/accounting.hpp"

namespace echosweep::cli {

/// The user's, or a random one.
std::uint64_t choose_seed(const SweepCommand& command);

/// 32 random bits: short enough to be typed again.
std::uint64_t new_seed();

/// What the formats say of a run before it begins. `targets`: how many the run asks. `set`: RunInfo::set.
report::RunInfo run_info(const SweepCommand& command, std::uint64_t targets, std::uint64_t seed, WallTime now,
                         std::string set = {});

}  // namespace echosweep::cli

#pragma once

#include "cli/sweep_command.hpp"

namespace echosweep::cli {

/// The options of asking each target many times, as setup_sweep() lays its own.
void setup_count(CLI::App& app, SweepCommand& command);

/// What no single one of them can see; the first part of complete().
Result<void> complete_count(const CLI::App& app, SweepCommand& command);

/// What a probe of -c, -C and -l may take where the user does not say: the period, but not for ever.
std::chrono::nanoseconds default_count_timeout(std::chrono::nanoseconds period);

/// Between two probes of a round. Who says how fast it may go at most gets it that fast; else a round's
/// probes are spread over the whole period. 0: as fast as it goes.
std::chrono::nanoseconds count_spacing(const SweepCommand& command, std::uint64_t targets);

}  // namespace echosweep::cli

#pragma once

#include "cli/read_targets.hpp"

namespace echosweep::cli {

/// What fping makes of the same words: each is an address in any form that inet_aton(3) knows, or a name, and
/// what is neither is a name that does not resolve. In files and on standard input the first word of a line
/// counts. Every mention is kept. The words of complaints are fping's.
std::expected<ReadTargets, TargetFailure> read_fping_targets(const SweepCommand& command);

}  // namespace echosweep::cli

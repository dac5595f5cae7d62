#pragma once

#include "cli/read_targets.hpp"
#include "targets/permutation.hpp"

namespace echosweep::cli {

/// --list-targets: every target on a line, in the order of asking. The result is the exit code.
int list_targets(const ReadTargets& read, const targets::Order& order);

}  // namespace echosweep::cli

#pragma once

#include <string>

#include "cli/sweep_command.hpp"
#include "report/json_lines.hpp"
#include "targets/target_set.hpp"

namespace echosweep::cli {

// What must be the same in all parts of a run that goes on.

/// The options that decide what is asked, what an answer means and what the results look like, by their
/// names, as texts; an empty one: it was not given.
report::Json options_that_matter(const SweepCommand& command);
/// Of the targets in their order.
std::string digest_of(const targets::TargetSet& set);
/// Of each file of targets or exclusions that can be read twice, by its path.
report::Json digests_of_inputs(const SweepCommand& command);

}  // namespace echosweep::cli

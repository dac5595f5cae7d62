#pragma once

#include <vector>

#include "report/json_lines.hpp"

namespace echosweep::results {

/// Adds up the accounting lines of several runs: numbers, lists of numbers and objects of numbers element by
/// element; the least of the least and the greatest of the greatest round trip; texts one behind the other.
/// What holds for one run alone (the estimate of what was missed, the rate at the end) is left out. One line
/// stays as it is.
report::Json sum_accountings(const std::vector<report::Json>& lines);

/// The first lines of several runs as one: what is the same in all of them, and the earliest start.
report::Json join_runs(const std::vector<report::Json>& lines);

}  // namespace echosweep::results

#pragma once

#include <cstdint>

namespace echosweep::modes {

// The binomial distribution's tails, exact for any size. Pure arithmetic; any thread.

/// The chance of `least` or more successes in `trials`, each with chance `chance`.
double at_least(std::uint64_t least, std::uint64_t trials, double chance);

/// Clopper and Pearson's limits: the chances at which as many successes as were seen, or more (fewer), would
/// come with probability `alpha`.
double lower_limit(std::uint64_t successes, std::uint64_t trials, double alpha);
double upper_limit(std::uint64_t successes, std::uint64_t trials, double alpha);

}  // namespace echosweep::modes

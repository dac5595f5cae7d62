#include "cli/run_info.hpp"

#include <random>

#include "cli/version.hpp"

namespace echosweep::cli {

std::uint64_t choose_seed(const SweepCommand& command) {
  if (command.seed) {
    return *command.seed;
  }
  // 32 bits: short enough to be typed again.
  return std::random_device{}();
}

report::RunInfo run_info(const SweepCommand& command, const ReadTargets& read, std::uint64_t seed,
                         WallTime now) {
  return {.version = kVersion,
          .command = command.arguments,
          .started = now,
          .targets = read.set.size(),
          .order = command.input_order ? "input" : "random",
          .seed = seed,
          .rate = command.rate,
          .max_loss = command.sweep.auto_rate ? std::optional(command.sweep.max_loss) : std::nullopt,
          .retries = command.sweep.retries,
          .complete = command.sweep.complete,
          .timeout = command.sweep.timeout};
}

}  // namespace echosweep::cli

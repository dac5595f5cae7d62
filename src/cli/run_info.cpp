#include "cli/run_info.hpp"

#include <random>
#include <utility>

#include "cli/version.hpp"

namespace echosweep::cli {

std::uint64_t new_seed() {
  return std::random_device{}();
}

std::uint64_t choose_seed(const SweepCommand& command) {
  return command.seed ? *command.seed : new_seed();
}

report::RunInfo run_info(const SweepCommand& command, std::uint64_t targets, std::uint64_t seed, WallTime now,
                         std::string set) {
  return {.version = kVersion,
          .command = command.arguments,
          .started = now,
          .targets = targets,
          .order = command.input_order ? "input" : "random",
          .seed = seed,
          .shard = command.shard,
          .set = std::move(set),
          .rate = command.rate,
          .max_loss = command.sweep.auto_rate ? std::optional(command.sweep.max_loss) : std::nullopt,
          .retries = command.sweep.retries,
          .complete = command.sweep.complete,
          .timeout = command.sweep.timeout};
}

}  // namespace echosweep::cli

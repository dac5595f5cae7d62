#pragma once

#include <chrono>
#include <cstdint>

#include "cli/sweep_command.hpp"

namespace echosweep::cli {

/// What the command line of `echosweep mtu` says.
struct MtuCommand {
  /// Targets, families, exclusions, interface, source addresses and rate, which mean what they do in a sweep.
  SweepCommand common;
  std::uint16_t largest = 65535;  ///< --max
  unsigned retries = 2;
  std::chrono::nanoseconds wait = std::chrono::seconds(1);
  bool router_names = true;
  bool steps = false;
  bool json = false;
};

/// Searches for the path MTU of each target; the result is the exit code.
int run_mtu_search(const MtuCommand& command);

}  // namespace echosweep::cli

#pragma once

#include <string>

#include "cli/sweep_command.hpp"
#include "modes/sweep_state.hpp"

namespace echosweep::cli {

/// What fping writes on standard error of something that happens to `host` besides its first reply, newline
/// included; empty where it says nothing, as with -q. `target`: the address that was asked.
std::string fping_line(const modes::Aside& aside, const SweepCommand& command, const Address& target,
                       const std::string& host);

}  // namespace echosweep::cli

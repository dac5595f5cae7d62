#pragma once

#include <cstdint>
#include <vector>

#include "cli/ping_command.hpp"
#include "cli/ping_report.hpp"

namespace echosweep::cli {

/// The packet that an outcome brings along, whole, from its IP header on: of a request with the header that
/// the kernel writes, as far as that can be known (not its identification).
std::vector<std::uint8_t> whole_packet(const PingCommand& command, const PingedHost& host,
                                       const ping::Outcome& outcome);

}  // namespace echosweep::cli

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "cli/sweep_command.hpp"
#include "core/quantities.hpp"
#include "modes/trace_options.hpp"
#include "modes/trace_watch.hpp"
#include "packet/trace_codec.hpp"

namespace echosweep::cli {

/// What the command line of `echosweep trace` says.
struct TraceCommand {
  /// Which targets, by what interface, source and TOS, -4 and -6: as the sweep has them.
  SweepCommand sweep;
  packet::TraceProtocol protocol = packet::TraceProtocol::kIcmp;
  std::uint16_t port = 0;  ///< of UDP and TCP; 0: traceroute's, 33434 and 80
  std::size_t size = packet::TraceCodec::kSmallest;
  bool multipath = false;
  modes::TraceOptions options;
  PacketRate rate{1000};
  bool numeric = false;
  bool extensions = false;
  bool json = false;
  std::string pcap_file;                          ///< of the packets that answered; empty: none
  std::optional<modes::TraceWatchOptions> watch;  ///< --watch

  std::size_t size_of(Family family) const {
    return family == Family::kIpv4 ? size : std::max(size, packet::TraceCodec::kSmallest6);
  }
};

/// Opens sockets and capture, drops privileges, traces, prints; the result is the exit code.
int run_tracing(TraceCommand& command);

}  // namespace echosweep::cli

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "listen/type_names.hpp"
#include "packet/icmp_message.hpp"
#include "targets/range.hpp"

namespace echosweep::cli {

/// What the command line of `echosweep listen` says.
struct ListenCommand {
  std::string interface;  ///< empty: all
  std::optional<listen::TypeSet> types;
  std::vector<targets::Range> hosts;
  std::vector<std::string> filter;  ///< words of a pcap filter
  std::uint64_t count = 0;          ///< packets; 0: no limit
  std::string write_file;
  std::string read_file;
  bool json = false;
  bool quiet = false;
  bool details = false;

  bool prints() const { return !quiet && write_file != "-"; }
};

/// Whether somebody wants to see this packet: --type and --host. A host is that of a packet from or to it, or
/// of an error about such a packet.
bool is_wanted(const ListenCommand& command, const packet::IcmpPacket& packet);

/// Opens the capture, drops privileges, and prints and writes what passes until it ends; the result is the
/// exit code.
int run_listening(const ListenCommand& command);

}  // namespace echosweep::cli

#pragma once

#include <string>
#include <vector>

#include "cli/ping_command.hpp"
#include "core/address.hpp"

namespace echosweep::cli {

/// A word of the command line, and what it stands for.
struct NamedTarget {
  std::string word;
  bool is_name = false;            ///< and no address
  std::vector<Address> addresses;  ///< of a name in the order of preference; none: `failure` says why
  std::string failure;
};

/// Addresses are read as inet_aton(3) does (127.1), names looked up, all at once. The kernel's own word for
/// what failed: no names at all.
Result<std::vector<NamedTarget>> find_ping_targets(const PingCommand& command);

}  // namespace echosweep::cli

#pragma once

#include <string>
#include <string_view>

#include "report/accounting.hpp"
#include "report/record.hpp"

namespace echosweep::report {

// What nmap's two forms share.

/// nmap's word for why a target is in its state: `host-unreach` where ours is `host-unreachable`.
std::string_view nmap_reason(const Record& record);

/// When the run was over, and how it went, in nmap's words.
struct NmapEnd {
  WallTime finished;
  std::string time;     ///< `Tue Nov 14 22:13:20 2023`, local time
  std::string counts;   ///< `256 IP addresses (5 hosts up)`
  std::string elapsed;  ///< seconds with two decimals
  std::uint64_t down = 0;
  std::uint64_t total = 0;  ///< up and down, those who were asked
};
NmapEnd nmap_end(WallTime started, const Accounting& accounting);

/// The command line as one text.
std::string joined_command(const RunInfo& run);

}  // namespace echosweep::report

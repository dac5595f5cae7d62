#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "ping/statistics.hpp"
#include "report/escape.hpp"

namespace echosweep::ping {

/// What a summary tells besides the statistics.
struct Totals {
  std::uint64_t transmitted = 0;
  std::chrono::nanoseconds time{0};  ///< from the start to the last request
  bool shows_gaps = false;           ///< the interval followed the replies: -f, -A, -i 0
  /// Packets that were lost before they were read, in the whole run.
  std::uint64_t receive_drops = 0;
};

/// The lines at the end, an empty one in front:
///   --- NAME ping statistics ---
///   3 packets transmitted, 2 received, +1 errors, 33.3333% packet loss, time 2003ms
///   rtt min/avg/max/mdev = 0.031/0.040/0.052/0.008 ms, pipe 2
void append_summary(report::Line& line, std::string_view name, const Statistics& statistics,
                    const Totals& totals);

/// What SIGQUIT asks for: `2/3 packets, 33% loss, min/avg/ewma/max = 0.031/0.040/0.035/0.052 ms`.
void append_status(report::Line& line, const Statistics& statistics, std::uint64_t transmitted);

}  // namespace echosweep::ping

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace echosweep::report {

/// Where a run stands at one moment.
struct ProgressSnapshot {
  double done = 0;           ///< 0 to 1
  std::uint64_t probes = 0;  ///< sent so far
  double rate = 0;           ///< packets a second, of late
  std::uint64_t alive = 0;
  std::optional<std::chrono::nanoseconds> eta = std::nullopt;  ///< until the end; empty while nobody knows
  std::uint64_t drops = 0;                                     ///< packets that the capture lost
  std::optional<double> loss = std::nullopt;                   ///< of the path, 0 to 1; empty: not measured
};

/// One line without a newline, never wider than `columns` - 1 (a terminal wraps after its last column):
/// ` 42.1%  27,530 probes  10.0k/s  0.4% loss  3,021 alive  eta 5 s  12 dropped`. Where that is too wide it
/// loses, in this order: probes, loss, rate, eta, alive, dropped, percent. `colour` makes the alive part bold
/// green; the escape sequences take no columns.
std::string format_progress(const ProgressSnapshot& snapshot, std::size_t columns, bool colour);

}  // namespace echosweep::report

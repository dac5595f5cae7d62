#pragma once

#include <memory>
#include <optional>

#include "cli/sweep_command.hpp"
#include "map/live_map.hpp"
#include "modes/sweep.hpp"
#include "report/progress_line.hpp"

namespace echosweep::cli {

/// The progress line of a sweep: shown where the user wants it, out of the way where results are printed.
class ProgressDisplay {
 public:
  /// `survey`: what to draw above the line with --watch, else null.
  ProgressDisplay(const SweepCommand& command, std::shared_ptr<const map::Survey> survey);

  /// The run begins: rates count from here.
  void start(MonotonicTime now) { measured_ = now; }
  void draw(const modes::Sweep& sweep, const Clock& clock);
  /// One plain line now, whatever is shown otherwise: somebody asked.
  void tell(const modes::Sweep& sweep, MonotonicTime now);
  void clear();
  /// Around results that may go to the same terminal.
  void make_way();
  void come_back();
  /// The run is over and every record known: with --watch the map stays as it is then.
  void finish();

 private:
  report::ProgressSnapshot measure(const modes::Sweep& sweep, MonotonicTime now);

  const bool wanted_;  ///< the line
  std::optional<report::ProgressLine> line_;
  std::optional<map::LiveMap> map_;
  bool results_on_terminal_;
  std::optional<MonotonicTime> measured_;
  std::uint64_t probes_ = 0;
  double rate_ = 0;
};

}  // namespace echosweep::cli

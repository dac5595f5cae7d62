#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/trace_command.hpp"
#include "cli/trace_names.hpp"
#include "cli/trace_screen.hpp"
#include "core/quantities.hpp"
#include "core/result.hpp"
#include "modes/trace_watch.hpp"
#include "report/output.hpp"
#include "targets/target_set.hpp"
#include "trace/text.hpp"

namespace echosweep::cli {

/// Shows a watch: on a terminal while it goes on, elsewhere when it is over.
class TraceWatching {
 public:
  /// More targets than this nobody can look at.
  static constexpr std::uint64_t kMostTargets = 100;

  TraceWatching(const TraceCommand& command, const targets::TargetSet& targets, TraceNames* names);

  /// Draws the tables again, a few times a second at most.
  Result<void> look(const modes::TraceWatch& watch, MonotonicTime now);
  /// The last word.
  Result<void> finish(const modes::TraceWatch& watch);

 private:
  std::vector<std::string> tables(const modes::TraceWatch& watch, std::size_t width) const;

  const TraceCommand& command_;
  const targets::TargetSet& targets_;
  trace::NameOf name_of_;
  report::Output out_;
  TraceScreen screen_;
  MonotonicTime next_;
};

}  // namespace echosweep::cli

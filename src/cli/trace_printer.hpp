#pragma once

#include <cstddef>
#include <cstdint>

#include "cli/trace_command.hpp"
#include "cli/trace_names.hpp"
#include "core/result.hpp"
#include "modes/trace_plan.hpp"
#include "net/routes.hpp"
#include "report/output.hpp"
#include "targets/target_set.hpp"
#include "trace/json.hpp"
#include "trace/text.hpp"

namespace echosweep::cli {

/// Prints paths in their order: as text each hop as soon as it is known, as JSON each path when it is.
class TracePrinter {
 public:
  /// `names`: null where none are wanted.
  TracePrinter(const TraceCommand& command, const targets::TargetSet& targets, TraceNames* names);

  /// Takes from the plan what can be printed; an Error: it could not be written.
  Result<void> print(modes::TracePlan& plan);
  /// The same, and from now on nobody waits for names.
  Result<void> finish(modes::TracePlan& plan);
  Result<void> close() { return out_.close(); }

  std::uint64_t reached() const { return reached_; }

 private:
  bool names_are_known(const trace::Hop& hop);
  bool append_text(const modes::TracePlan& plan);
  bool append_json(const modes::TracePlan& plan);
  void tell_of_failure(const trace::Traced& traced);

  const TraceCommand& command_;
  const targets::TargetSet& targets_;
  TraceNames* names_;
  net::RouteQuery query_;
  trace::TextOptions text_;
  report::Output out_;
  report::Line line_;
  bool began_ = false;    ///< the first target's header is printed
  std::size_t hops_ = 0;  ///< and so many of its hops
  std::uint64_t reached_ = 0;
  int told_error_ = 0;  ///< the errno that the user was told of last
};

}  // namespace echosweep::cli

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/checkpoints.hpp"
#include "cli/drain_notice.hpp"
#include "cli/host_names.hpp"
#include "cli/progress_display.hpp"
#include "cli/read_targets.hpp"
#include "cli/reporter.hpp"
#include "cli/sweep_command.hpp"
#include "cli/wire.hpp"
#include "core/clock.hpp"
#include "modes/sweep.hpp"

namespace echosweep::cli {

/// The main thread's part of a running sweep.
class SweepRun {
 public:
  /// `names`: null, or what fping's lines call the targets. `checkpoints`: null, or where the run is kept,
  /// and what it goes on from.
  SweepRun(const SweepCommand& command, const Wire& wire, modes::Sweep& sweep, Reporter& reporter,
           const HostNames* names, const ReadTargets& read, Clock& clock,
           std::shared_ptr<const map::Survey> survey, Checkpoints* checkpoints = nullptr,
           std::uint64_t streamed = 0)
      : command_(command),
        wire_(wire),
        sweep_(sweep),
        reporter_(reporter),
        names_(names),
        read_(read),
        clock_(clock),
        checkpoints_(checkpoints),
        streamed_(streamed),
        progress_(command, std::move(survey)) {}

  /// Until both threads have ended and every record is written. An Error: the capture failed.
  Result<report::Accounting> run(const report::RunInfo& info);

 private:
  /// What earlier parts of the run found, to those outputs that have lost it.
  Result<void> replay();
  Result<void> write_checkpoint(Checkpoints::State state);
  /// The same; a failure is told, and the run goes on.
  void try_checkpoint(Checkpoints::State state);
  bool take_results();
  void take_asides();
  bool take_packets();
  void look_around();
  void tell_failures();
  void tell(const std::string& advice);
  void wait_for_names();
  void write_others();

  const SweepCommand& command_;
  const Wire& wire_;
  modes::Sweep& sweep_;
  Reporter& reporter_;
  const HostNames* names_;
  const ReadTargets& read_;
  Clock& clock_;
  Checkpoints* checkpoints_;
  std::uint64_t streamed_;  ///< how many hosts of earlier parts had gone to what is no file
  std::string told_;        ///< the last failure to write a checkpoint
  ProgressDisplay progress_;
  DrainNotice drain_;
  bool stopped_unwanted_ = false;  ///< nobody takes results any more
  int reports_told_ = 0;           ///< of those that SIGQUIT asked for
  std::vector<std::string> hints_;
};

}  // namespace echosweep::cli

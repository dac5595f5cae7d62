#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/journal.hpp"
#include "cli/kept_files.hpp"
#include "cli/read_targets.hpp"
#include "cli/reporter.hpp"
#include "cli/resumption.hpp"
#include "cli/sweep_command.hpp"
#include "modes/sweep_position.hpp"
#include "modes/sweep_state.hpp"
#include "report/accounting.hpp"

namespace echosweep::cli {

/// --checkpoint and --resume in a running sweep: keeps what another run needs to go on with this one. Every
/// host is in the journal before any output has it, so whatever an output has beyond the checkpoint can be
/// cut off and written again. Main thread only.
class Checkpoints {
 public:
  /// `resumed`: null where the run begins. `count`: targets of this shard.
  static Result<Checkpoints> open(const SweepCommand& command, const ReadTargets& read, std::uint64_t count,
                                  std::uint64_t seed, WallTime started, const Resumption* resumed);

  /// Where the run goes on from; null: it begins.
  const modes::SweepPosition* from() const { return from_ ? &*from_ : nullptr; }
  /// Calls `use(place, event)` for each host that the run has found so far, from this place on.
  Result<void> for_each_found(std::uint64_t place,
                              const std::function<void(std::uint64_t, const modes::ReplyEvent&)>& use) const;
  /// The first place that Reporter::record_again() was called with: from it on the reporter counts.
  void replayed_from(std::uint64_t place) { replayed_from_ = place; }

  void add(const modes::ReplyEvent& event);
  /// Before what add() got goes to any output.
  void flush();
  bool is_due(MonotonicTime now) const { return now >= due_; }

  enum class State : std::uint8_t { kRunning, kStopped };
  /// Everything that was handed out has been flushed. An Error is told once for each kind, by the caller, and
  /// the run goes on: the checkpoint before is as good as it was.
  Result<void> write(const modes::SweepPosition& position, Reporter& reporter, State state,
                     MonotonicTime now);
  /// The run is over and its results are where they belong: there is nothing to go on with.
  Result<void> write_finished(const report::Accounting& accounting, Reporter& reporter, int exit_code);
  /// The last write(), or the journal, has failed.
  bool has_failed() const { return has_failed_; }

 private:
  Checkpoints(const SweepCommand& command, std::string path, checkpoint::Journal journal)
      : command_(command),
        path_(std::move(path)),
        id_(journal.id()),
        synced_(journal.entries()),
        journal_(std::move(journal)) {}
  Result<void> sync_journal();
  Result<void> keep_files(Reporter& reporter);
  Result<void> remember(Result<void> done);

  const SweepCommand& command_;
  std::string path_;
  std::string id_;                              ///< of the journal
  std::uint64_t synced_;                        ///< how many hosts it is known to have on the disk
  std::vector<checkpoint::Entry> since_sync_;   ///< those behind them
  std::optional<checkpoint::Journal> journal_;  ///< nothing: it could not be opened again
  report::Json head_;                           ///< what does not change
  std::optional<modes::SweepPosition> from_;
  std::uint64_t replayed_from_ = 0;
  KeptFiles files_;
  MonotonicTime due_;
  bool has_failed_ = false;
};

}  // namespace echosweep::cli

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "cli/kept_files.hpp"
#include "cli/read_targets.hpp"
#include "cli/sweep_command.hpp"
#include "core/quantities.hpp"
#include "core/result.hpp"

namespace echosweep::cli {

/// What --resume FILE says before anything else is read: the head of the checkpoint, and where the run stood.
class Resumption {
 public:
  static Result<Resumption> read(const std::string& path);

  const std::string& path() const { return path_; }
  /// The command line that began the run.
  std::vector<std::string> arguments() const;
  std::uint64_t seed() const;
  WallTime started() const;
  /// The exit code of a run that is finished; nothing: there is something left to do.
  std::optional<int> exit_code() const;
  /// An Error where the run that this command line asks for is another one, which says what differs.
  Result<void> fits(const SweepCommand& command, const ReadTargets& read, std::uint64_t count) const;
  /// What it kept of the result files.
  KeptFiles files() const;
  /// Whether all of them are still there, as far as it counts on them.
  Result<void> has_its_files() const;
  /// One of options_that_matter(); empty: it was not given.
  std::string option(const std::string& name) const;
  /// Where the run was begun: what paths that are not absolute are relative to.
  std::string folder() const;
  /// How many hosts had gone to what is no file.
  std::uint64_t streamed() const;

  const checkpoint::Checkpoint& file() const { return file_; }

 private:
  Resumption(std::string path, checkpoint::Checkpoint file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  checkpoint::Checkpoint file_;
};

/// The journal beside a checkpoint.
std::string journal_path(const std::string& checkpoint);
/// Where a checkpoint's errors come from: `--resume PATH: WHAT`.
Error about_resuming(const std::string& path, std::string_view what);

}  // namespace echosweep::cli

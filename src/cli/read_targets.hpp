#pragma once

#include <string>
#include <vector>

#include "cli/sweep_command.hpp"
#include "targets/target_set.hpp"

namespace echosweep::cli {

/// A name without an address, and why.
struct UnresolvedName {
  std::string name;
  std::string why;
};

/// What the command line, the files and the name server made of the user's words.
struct ReadTargets {
  targets::TargetSet set;
  std::vector<UnresolvedName>
      unresolved_names;  ///< each was told of on standard error, unless fping is quiet
  std::uint64_t unresolved() const { return unresolved_names.size(); }
};

/// Why there is nothing to sweep. The words are on standard error already.
struct TargetFailure {
  int exit_code;
};

/// Reads arguments, files or standard input, resolves names, leaves out what is excluded. Bad lines are told
/// of on standard error, up to ten.
std::expected<ReadTargets, TargetFailure> read_targets(const SweepCommand& command);

}  // namespace echosweep::cli

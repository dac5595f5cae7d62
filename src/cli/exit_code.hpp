#pragma once

namespace echosweep::cli {

/// fping's exit codes. After SIGINT and SIGTERM it is 128 + the signal's number, as in a shell.
enum ExitCode : int {
  kAllAlive = 0,
  kSomeNotAlive = 1,
  kBadTarget = 2,
  kBadOption = 3,
  kSystemFailure = 4,
};

}  // namespace echosweep::cli

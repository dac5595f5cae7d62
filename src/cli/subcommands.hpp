#pragma once

#include <string>
#include <string_view>

namespace echosweep::cli {

/// What `echosweep NAME ...` does instead of a sweep. Only the first argument is looked at, so a target of
/// that name is still swept by `echosweep -- NAME`.
struct Subcommand {
  std::string_view name;
  std::string_view does;
  /// argv[0] is the subcommand's name. The result is the exit code.
  int (*run)(int argc, char** argv);
  /// It uses what setcap gave the program, and drops that itself.
  bool captures = false;
};

/// Null where `word` is none.
const Subcommand* find_subcommand(std::string_view word);
/// The one from which `word` is a letter away; null where it is from none.
const Subcommand* similar_subcommand(std::string_view word);
/// All of them for --help.
std::string subcommand_list();

// Each reads its own command line, in a file of its own.
int run_diff(int argc, char** argv);
int run_listen(int argc, char** argv);
int run_merge(int argc, char** argv);
int run_mtu(int argc, char** argv);
int run_ping_command(int argc, char** argv);
int run_report(int argc, char** argv);
int run_status(int argc, char** argv);
int run_trace(int argc, char** argv);

}  // namespace echosweep::cli

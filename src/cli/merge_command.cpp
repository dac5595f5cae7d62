#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>
#include <vector>

#include "cli/messages.hpp"
#include "cli/option_value.hpp"
#include "cli/parse.hpp"
#include "cli/same_file.hpp"
#include "cli/subcommands.hpp"
#include "cli/version.hpp"
#include "report/whole_file.hpp"
#include "results/merge.hpp"

namespace echosweep::cli {

namespace {

enum MergeExit : int { kWhole = 0, kFlawed = 1, kMergeTrouble = 2 };

struct MergeCommand {
  std::vector<std::string> arguments;  ///< argv, for the merged file's first line
  std::vector<std::string> files;
  std::string output = "-";
};

void setup_merge(CLI::App& app, MergeCommand& command) {
  app.add_option("FILE", command.files, "JSON lines of a run, or of several; -: standard input")
      ->type_name("")
      ->required();
  add_text(app, "-o,--output", "FILE", "Write here, whole or not at all [standard output]", command.output)
      ->group("Output");
  app.footer(
      "Exit code: 0 whole, 1 something is missing or does not add up, 2 trouble. The manual: man "
      "echosweep-merge");
}

Result<void> write(const MergeCommand& command, const results::Merge& merge) {
  auto file = report::WholeFile::create(command.output);
  if (!file) {
    return std::unexpected(file.error());
  }
  auto written = merge.write(command.arguments, kVersion,
                             [&](std::string_view line) { return file->out().append(line); });
  return written ? file->put_in_place() : written;
}

int run_parsed(const MergeCommand& command) {
  if (std::ranges::count(command.files, "-") > 1) {
    complain("merge: standard input can be read only once");
    return kMergeTrouble;
  }
  if (command.output != "-") {
    for (const std::string& file : command.files) {
      if (file != "-" && same_file(file, command.output)) {
        complain(fmt::format("merge: {} is read: name another file for -o", file));
        return kMergeTrouble;
      }
    }
  }
  results::Merge merge;
  for (const std::string& file : command.files) {
    if (auto added = merge.add(file); !added) {
      complain(added.error().message);
      return kMergeTrouble;
    }
  }
  merge.seal();
  const auto flaws = merge.flaws();
  std::ranges::for_each(flaws, complain);
  std::ranges::for_each(merge.remarks(), complain);
  if (auto written = write(command, merge); !written && written.error().code != EPIPE) {
    complain(written.error().message);
    return kMergeTrouble;
  }
  return flaws.empty() ? kWhole : kFlawed;
}

}  // namespace

int run_merge(int argc, char** argv) {
  CLI::App app("Puts several runs, or the shards of one, together: each host once, the accounting added up.",
               "echosweep merge");
  MergeCommand command;
  command.arguments = {"echosweep"};
  command.arguments.insert(command.arguments.end(), argv, argv + argc);
  setup_merge(app, command);
  setup_help(app);
  if (const auto ended = parse(app, argc, argv, kMergeTrouble)) {
    return *ended == kWhole ? kWhole : kMergeTrouble;
  }
  try {
    return run_parsed(command);
  } catch (const std::bad_alloc&) {
    complain("merge: more hosts than there is memory for (see 'ulimit -v'): merge fewer files at once");
    return kMergeTrouble;
  }
}

}  // namespace echosweep::cli

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <new>
#include <string>
#include <system_error>
#include <thread>

#include "cli/messages.hpp"
#include "cli/option_value.hpp"
#include "cli/parse.hpp"
#include "cli/subcommands.hpp"
#include "report/output.hpp"
#include "results/change_lines.hpp"
#include "results/difference.hpp"
#include "results/read_results.hpp"

namespace echosweep::cli {

namespace {

/// As diff(1) and cmp(1) have them.
enum DiffExit : int { kSame = 0, kDifferent = 1, kDiffTrouble = 2 };

struct DiffCommand {
  std::string old_file;
  std::string new_file;
  bool json = false;
  bool quiet = false;
  results::RttRule rtt;
};

void setup_diff(CLI::App& app, DiffCommand& command) {
  app.add_option("OLD", command.old_file,
                 "JSON lines, XML (nmap's too) or a list of who is alive; -: standard input")
      ->type_name("")
      ->required();
  app.add_option("NEW", command.new_file, "The same")->type_name("")->required();
  const std::string group = "Output";
  auto* factor = add_value(
                     app, "--rtt-factor", "F", "Tell round trips that changed by more [2, and 1 ms]",
                     [](const std::string& text) { return parse_decimal(text, 1, 1e9); },
                     [&](double value) {
                       command.rtt.factor = value;
                       command.rtt.least = std::chrono::nanoseconds(0);
                     })
                     ->group(group);
  app.add_flag_callback(
         "--no-rtt", [&] { command.rtt.told = false; }, "Tell none")
      ->group(group)
      ->excludes(factor);
  auto* json = app.add_flag("--json", command.json, "A JSON object a change")->group(group);
  app.add_flag("-q,--quiet", command.quiet, "Say it by the exit code alone")->group(group)->excludes(json);
  app.footer("Exit code: 0 the same, 1 different, 2 trouble. The manual: man echosweep-diff");
}

/// One side, read by a thread of its own.
struct Reading {
  results::Snapshot snapshot;
  Result<results::ReadEnd> end;
  std::string name;

  void read(const std::string& path) {
    name = path == "-" ? "standard input" : path;
    try {
      end = results::read_results(path, snapshot);
      snapshot.seal();
    } catch (const std::bad_alloc&) {
      end = fail(fmt::format("{}: more hosts than there is memory for (see 'ulimit -v')", name));
    }
  }
};

int compare_both(const DiffCommand& command, const Reading& before, const Reading& now) {
  auto out = report::Output::standard_output();
  bool different = false;
  constexpr int kEnough = -1;
  auto done = results::compare(before.snapshot, now.snapshot, command.rtt,
                               [&](const results::Change& change) -> Result<void> {
                                 different = true;
                                 if (command.quiet) {
                                   return fail("", kEnough);
                                 }
                                 return out.append(command.json ? json_line(change) : text_line(change));
                               });
  if (done || done.error().code == kEnough) {
    done = out.close();
  }
  // A reader who has seen enough (| head) is no trouble.
  if (!done && done.error().code != EPIPE) {
    complain(done.error().message);
    return kDiffTrouble;
  }
  return different ? kDifferent : kSame;
}

int run_parsed(const DiffCommand& command) {
  if (command.old_file == "-" && command.new_file == "-") {
    complain("diff: standard input can be read only once: name a file for OLD or NEW");
    return kDiffTrouble;
  }
  Reading before;
  Reading now;
  {
    const std::jthread beside([&] { before.read(command.old_file); });
    now.read(command.new_file);
  }
  bool readable = true;
  for (const Reading* side : {&before, &now}) {
    if (!side->end) {
      complain(side->end.error().message);
      readable = false;
    } else if (const std::string remark = results::incompleteness(side->name, *side->end); !remark.empty()) {
      complain(remark);
    }
  }
  if (!readable) {
    return kDiffTrouble;
  }
  align_zones(before.snapshot, now.snapshot);
  return compare_both(command, before, now);
}

}  // namespace

int run_diff(int argc, char** argv) {
  CLI::App app("Tells which hosts came, went, changed their state or their round trip time from OLD to NEW.",
               "echosweep diff");
  DiffCommand command;
  setup_diff(app, command);
  setup_help(app);
  if (const auto ended = parse(app, argc, argv, kDiffTrouble)) {
    return *ended == 0 ? *ended : kDiffTrouble;
  }
  try {
    return run_parsed(command);
  } catch (const std::system_error& error) {  // std::thread
    complain(fmt::format("diff: cannot start: {} (see 'ulimit -a')", error.what()));
  } catch (const std::bad_alloc&) {
    complain("diff: out of memory (see 'ulimit -v')");
  }
  return kDiffTrouble;
}

}  // namespace echosweep::cli

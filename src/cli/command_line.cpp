#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <new>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "cli/checkpoints.hpp"
#include "cli/exit_code.hpp"
#include "cli/fping_command_line.hpp"
#include "cli/messages.hpp"
#include "cli/parse.hpp"
#include "cli/ping_command.hpp"
#include "cli/subcommands.hpp"
#include "cli/sweep_command.hpp"
#include "cli/version.hpp"
#include "cli/wire.hpp"
#include "privilege/privilege.hpp"

namespace echosweep::cli {

namespace {

/// 0, 1 and 2 must not be what a socket gets: a program started without them would write results into it.
void keep_standard_descriptors() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  close(fd);
}

/// What is only planned is planned alike.
int run_command(const SweepCommand& command) {
  const bool plans = command.dry_run || command.list_targets;
  return command.counts() && !plans ? run_count(command) : run_sweep(command);
}

/// Subcommands read files that others wrote, and send nothing: what setcap gave the program they give up
/// first, but for those that capture. Root keeps what it may read.
int run_subcommand(const Subcommand& subcommand, int argc, char** argv) {
  constexpr int kTrouble = 2;
  if (!subcommand.captures && getuid() != 0) {
    if (auto done = privilege::drop_all_capabilities(); !done) {
      complain(done.error().message);
      return kTrouble;
    }
  }
  return subcommand.run(argc, argv);
}

/// Fills in `command`; a result: the exit code, for there is nothing to run. `resume`: of the run that these
/// words began.
std::optional<int> parse_sweep(const std::vector<std::string>& arguments, SweepCommand& command,
                               const Resumption* resumed = nullptr) {
  CLI::App app("Asks every address of whole networks by ICMP echo, and says exactly who answers.",
               "echosweep");
  command.arguments = arguments;
  setup_sweep(app, command);
  setup_help(app);
  app.set_version_flag(
         "-v,--version",
         [] {
           return fmt::format("echosweep {}\n--tx auto: {}", kVersion, expected_transmit(SweepCommand{}));
         },
         "Print the version and exit")
      ->group("Help");
  app.footer(subcommand_list() +
             "\n\nScan only what you may. The manual: man echosweep, man echosweep-diff and so on");
  std::vector<std::string> texts = arguments;
  std::vector<char*> words;
  std::ranges::transform(texts, std::back_inserter(words), [](std::string& text) { return text.data(); });
  if (const auto ended = parse(app, static_cast<int>(words.size()), words.data(), kBadOption)) {
    return ended;
  }
  if (resumed != nullptr) {
    command.checkpoint_file.clear();
    command.resume_file = resumed->path();
    if (const auto shard = parse_shard(resumed->option("--shard")); command.shard_choice && shard) {
      command.shard_choice = *shard;  // what `auto` found
    }
  }
  if (!command.resume_file.empty() && command.says_nothing_else()) {
    return std::nullopt;
  }
  if (auto done = complete(app, command); !done) {
    complain(done.error().message);
    return kBadOption;
  }
  return std::nullopt;
}

/// Files that are others in another folder.
bool names_relative_files(const SweepCommand& command) {
  std::vector<std::string> paths = command.files;
  paths.insert(paths.end(), command.exclude_files.begin(), command.exclude_files.end());
  paths.insert(paths.end(), command.maps.begin(), command.maps.end());
  for (const auto& [name, path] : command.result_files()) {
    paths.push_back(*path);
  }
  return std::ranges::any_of(
      paths, [](const std::string& path) { return !path.empty() && path != "-" && !path.starts_with('/'); });
}

int parse_and_run(int argc, char** argv) {
  if (is_called_fping(argv[0])) {
    const auto command = parse_fping(argc, argv);
    return command ? run_command(*command) : command.error();
  }
  if (is_called_ping(argv[0])) {
    return run_ping_command(argc, argv);
  }
  if (const Subcommand* const subcommand = find_subcommand(argc > 1 ? argv[1] : "")) {
    return run_subcommand(*subcommand, argc - 1, argv + 1);
  }
  SweepCommand command;
  if (const auto ended = parse_sweep({argv, argv + argc}, command)) {
    return *ended;
  }
  if (command.resume_file.empty() || !command.says_nothing_else()) {
    return run_command(command);
  }
  const auto resumed = Resumption::read(command.resume_file);
  if (!resumed) {
    complain(resumed.error().message);
    return kSystemFailure;
  }
  SweepCommand begun;
  if (const auto ended = parse_sweep(resumed->arguments(), begun, &*resumed)) {
    return *ended;
  }
  if (std::error_code error;
      names_relative_files(begun) && std::filesystem::current_path(error) != resumed->folder()) {
    complain(fmt::format("--resume {}: the run names files from {}: go there, or give its whole command line",
                         command.resume_file, resumed->folder()));
    return kBadOption;
  }
  return run_command(begun);
}

}  // namespace

int run(int argc, char** argv) {
  keep_standard_descriptors();
  (void)std::signal(SIGXFSZ, SIG_IGN);  // then write() says EFBIG, about the one file that is too large
  if (getuid() != geteuid()) {
    complain("does not run set-user-ID: sudo chmod u-s, then sudo setcap cap_net_raw+ep $(which echosweep)");
    return kSystemFailure;
  }
  try {
    return parse_and_run(argc, argv);
  } catch (const std::bad_alloc&) {
    complain("out of memory: sweep fewer targets at once, or see 'ulimit -v'");
  } catch (const std::length_error&) {
    complain("out of memory: more was asked for than any machine holds");
  } catch (const std::system_error& error) {  // std::thread
    complain(fmt::format("cannot start: {} (see 'ulimit -a')", error.what()));
  }
  return kSystemFailure;
}

}  // namespace echosweep::cli

#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/fping_command_line.hpp"
#include "cli/messages.hpp"
#include "cli/sweep_command.hpp"
#include "cli/version.hpp"
#include "cli/wire.hpp"

namespace echosweep::cli {

namespace {

/// CLI11's help without its remarks on which options exclude which.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kColumn); }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() ? "" : " " + type;
  }

 private:
  static constexpr std::size_t kColumn = 30;
};

/// Levenshtein's distance: how many letters to change, add or leave out.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

/// The long option that somebody who typed `word` most likely meant.
std::string similar_option(const CLI::App& app, std::string_view word) {
  constexpr std::size_t kFar = 3;
  std::size_t nearest = kFar;
  std::string found;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const std::size_t far = distance(word, "--" + name);
      if (far < nearest) {
        nearest = far;
        found = "--" + name;
      }
    }
  }
  return found;
}

/// CLI11's words in our form: one line, what is wrong and what would be right.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto extras = app.remaining();
    const auto unknown =
        std::ranges::find_if(extras, [](const std::string& word) { return word.starts_with('-'); });
    if (unknown != extras.end()) {
      const std::string word = unknown->substr(0, unknown->find('='));
      const std::string similar = similar_option(app, word);
      return fmt::format(
          "unknown option {}{}", word,
          similar.empty() ? " (see echosweep --help)" : fmt::format(" (did you mean {}?)", similar));
    }
  }
  std::string words = error.what();
  std::ranges::replace(words, '\n', ' ');
  return fmt::format("{} (see echosweep --help)", words);
}

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

int parse_and_run(int argc, char** argv) {
  if (is_called_fping(argv[0])) {
    const auto command = parse_fping(argc, argv);
    return command ? run_command(*command) : command.error();
  }
  CLI::App app("Asks every address of whole networks by ICMP echo, and says exactly who answers.",
               "echosweep");
  SweepCommand command;
  command.arguments.assign(argv, argv + argc);
  app.formatter(std::make_shared<HelpFormatter>());
  setup_sweep(app, command);
  app.set_help_flag("-h,--help", "Print this and exit")->group("Help");
  app.set_version_flag(
         "-v,--version",
         [] {
           return fmt::format("echosweep {}\n--tx auto: {}", kVersion, expected_transmit(SweepCommand{}));
         },
         "Print the version and exit")
      ->group("Help");
  app.footer("Scan only what you may. The manual: man echosweep");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print(app.help()) ? kAllAlive : kSystemFailure;
  } catch (const CLI::CallForVersion& version) {
    return print(fmt::format("{}\n", version.what())) ? kAllAlive : kSystemFailure;
  } catch (const CLI::ParseError& error) {
    complain(explain(app, error));
    return kBadOption;
  }
  if (auto done = complete(app, command); !done) {
    complain(done.error().message);
    return kBadOption;
  }
  return run_command(command);
}

}  // namespace

int run(int argc, char** argv) {
  keep_standard_descriptors();
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

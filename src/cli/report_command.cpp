#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <string>

#include "cli/messages.hpp"
#include "cli/option_value.hpp"
#include "cli/parse.hpp"
#include "cli/report_page.hpp"
#include "cli/same_file.hpp"
#include "cli/subcommands.hpp"
#include "report/whole_file.hpp"
#include "results/read_results.hpp"
#include "results/summary_text.hpp"

namespace echosweep::cli {

namespace {

enum ReportExit : int { kDone = 0, kReportTrouble = 2 };

struct ReportCommand {
  std::string file;
  std::string html_file;
  results::SummaryOptions summary;
};

void setup_report(CLI::App& app, ReportCommand& command) {
  app.add_option("FILE", command.file,
                 "JSON lines, XML (nmap's too) or a list of who is alive; -: standard input")
      ->type_name("")
      ->required();
  const std::string group = "Output";
  add_number(app, "--by", "BITS", "Prefixes of the table, IPv4 [24]", 0, 32, [&](std::uint64_t bits) {
    command.summary.bits4 = static_cast<int>(bits);
  })->group(group);
  add_number(app, "--by6", "BITS", "The same, IPv6 [64]", 0, 128, [&](std::uint64_t bits) {
    command.summary.bits6 = static_cast<int>(bits);
  })->group(group);
  add_text(app, "--html", "FILE", "Write a page with a map, for a browser, instead (-: standard output)",
           command.html_file)
      ->group(group);
  app.footer("Exit code: 0, or 2 for trouble. The manual: man echosweep-report");
}

/// $COLUMNS where it is set, the terminal's where there is one, else 80.
std::size_t screen_width() {
  constexpr std::size_t kUsual = 80;
  if (const char* const columns = std::getenv("COLUMNS"); columns != nullptr) {
    if (const auto width = parse_number(columns, 1, 10'000)) {
      return *width;
    }
  }
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

int write_page(const std::string& path, const std::string& name, const NamedSnapshot& named,
               const results::Summary& summary) {
  const auto page = report_page(name, named, summary);
  auto written = page ? Result<void>{} : std::unexpected(page.error());
  if (page) {
    auto file = report::WholeFile::create(path);
    written = file ? file->out().append(*page) : std::unexpected(file.error());
    written = written ? file->put_in_place() : written;
  }
  if (!written && written.error().code != EPIPE) {
    complain(written.error().message);
  }
  return written || written.error().code == EPIPE ? kDone : kReportTrouble;
}

int run_parsed(const ReportCommand& command) {
  if (!command.html_file.empty() && same_file(command.file, command.html_file)) {
    complain(fmt::format("report: {} is read: name another file for --html", command.file));
    return kReportTrouble;
  }
  NamedSnapshot named;
  const results::Snapshot& snapshot = named.snapshot();
  const auto end = command.html_file.empty() ? results::read_results(command.file, named.without_names())
                                             : results::read_results(command.file, named);
  if (!end) {
    complain(end.error().message);
    return kReportTrouble;
  }
  named.seal();
  const std::string name = command.file == "-" ? "standard input" : command.file;
  if (const std::string remark = results::incompleteness(name, *end); !remark.empty()) {
    complain(remark);
  }
  const auto summary = results::summarise(snapshot, command.summary);
  if (!command.html_file.empty()) {
    return write_page(command.html_file, name, named, summary);
  }
  return print(results::summary_text(summary, screen_width())) ? kDone : kReportTrouble;
}

}  // namespace

int run_report(int argc, char** argv) {
  CLI::App app("Sums a run up: by prefix, by round trip time, by reason.", "echosweep report");
  ReportCommand command;
  setup_report(app, command);
  setup_help(app);
  if (const auto ended = parse(app, argc, argv, kReportTrouble)) {
    return *ended == kDone ? kDone : kReportTrouble;
  }
  try {
    return run_parsed(command);
  } catch (const std::bad_alloc&) {
    complain("report: more hosts than there is memory for (see 'ulimit -v')");
    return kReportTrouble;
  }
}

}  // namespace echosweep::cli

#include "cli/setup_count.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/messages.hpp"
#include "cli/option_value.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;
using Mode = CountCommand::Mode;

constexpr std::chrono::nanoseconds kShortestPeriod = 1us;
/// fping's, where echo requests are asked for one by one.
constexpr std::size_t kCountPayload = 56;

Result<std::chrono::nanoseconds> parse_period(const std::string& text) {
  auto period = parse_time(text);
  if (period && *period < kShortestPeriod) {
    return fail(fmt::format("'{}' is less than 1 us", text));
  }
  return period;
}

struct ReportInterval {
  std::chrono::nanoseconds every{0};
  bool cumulative = false;
};

/// `SECS[,cumulative]`
Result<ReportInterval> parse_report_interval(const std::string& text) {
  constexpr double kMostSeconds = 1e9;
  const std::size_t comma = text.find(',');
  const auto seconds = parse_decimal(std::string_view(text).substr(0, comma), 0.001, kMostSeconds);
  if (!seconds || (comma != std::string::npos && text.substr(comma) != ",cumulative")) {
    return fail(fmt::format("'{}' is not a number of seconds (10, 0.5; 10,cumulative)", text));
  }
  return ReportInterval{.every = std::chrono::nanoseconds(static_cast<std::int64_t>(*seconds * 1e9)),
                        .cumulative = comma != std::string::npos};
}

/// Options that say something about a sweep and nothing about a count.
constexpr std::array kSweepsAlone = {"--complete", "--max-loss",  "--drain",    "--arp",      "--no-arp",
                                     "--alive",    "--unreach",   "--reason",   "--progress", "--alive-file",
                                     "--csv",      "--dead-file", "--grepable", "--pcap",     "--ranges",
                                     "--states",   "--xml",       "--map",      "--watch"};
/// And the other way round.
constexpr std::array kCountsAlone = {"--period", "--squiet", "--outage", "--netdata", "-J"};

Result<void> complete_mode(const CLI::App& app, const SweepCommand& command) {
  const auto given = [&](const char* name) { return app.count(name) > 0; };
  if (!command.counts()) {
    const auto* const odd = std::ranges::find_if(kCountsAlone, given);
    return odd == kCountsAlone.end() ? Result<void>{}
                                     : fail(fmt::format("{} goes with -c, -C or -l only", *odd));
  }
  if (given("--loop") && (given("--count") || given("--vcount"))) {
    return fail("can't specify both -l and -c or -C");
  }
  const auto* const odd = std::ranges::find_if(kSweepsAlone, given);
  if (odd != kSweepsAlone.end()) {
    return fail(fmt::format("{} is for sweeps: not with -c, -C or -l", *odd));
  }
  if (command.sweep.auto_rate) {
    return fail("--rate auto is for sweeps: not with -c, -C or -l");
  }
  if (command.count.netdata && !command.count.report_every) {
    return fail("-N needs an interval: add -Q SECS");
  }
  if (command.count.json + command.count.netdata + (command.json_file == "-") > 1) {
    return fail("-J, -N and --json - each want standard output for themselves");
  }
  return {};
}

}  // namespace

void setup_count(CLI::App& app, SweepCommand& command) {
  const std::string group = "Counts";
  CountCommand& count = command.count;
  // As they come: the last number holds, and -C's form of the summary stays.
  add_number(app, "-c,--count", "N", "Ask each target N times", 1, kAnyNumber,
             [&](std::uint64_t rounds) {
               count.mode = count.mode == Mode::kValues ? Mode::kValues : Mode::kCount;
               count.rounds = rounds;
             })
      ->group(group)
      ->trigger_on_parse();
  add_number(app, "-C,--vcount", "N", "The same, all round trips in the summary", 1, kAnyNumber,
             [&](std::uint64_t rounds) {
               count.mode = Mode::kValues;
               count.rounds = rounds;
             })
      ->group(group)
      ->trigger_on_parse();
  app.add_flag_callback(
         "-l,--loop", [&] { count.mode = Mode::kLoop; }, "Ask until interrupted")
      ->group(group);
  add_value(app, "-p,--period", "TIME", "From one probe of a target to its next [1s]", parse_period,
            [&](std::chrono::nanoseconds period) { count.period = period; })
      ->group(group);
  add_value(app, "-Q,--squiet", "SECS[,cumulative]", "Figures every SECS, no line per reply",
            parse_report_interval,
            [&](const ReportInterval& interval) {
              count.report_every = interval.every;
              count.cumulative = interval.cumulative;
            })
      ->group(group);
  app.add_flag("-o,--outage", count.outage, "Print how long targets were away")->group(group);
  app.add_flag("-N,--netdata", count.netdata, "Print -Q's figures for netdata")->group(group);
  app.add_flag("-J", count.json, "Print fping's JSON, an object a line")->group(group);
  add_value(app, "--seqmap-timeout", "MS", "For fping's sake: we have no such limit", parse_time,
            [](std::chrono::nanoseconds) {
              complain("--seqmap-timeout: sequence numbers need no timeout here, there is no such limit");
            })
      ->group(group);
  // fping's old option without a meaning; hidden.
  add_value(
      app, "-T", "N", "", [](const std::string& text) -> Result<std::string> { return text; },
      [](const std::string&) {})
      ->group("");
}

Result<void> complete_count(const CLI::App& app, SweepCommand& command) {
  if (auto done = complete_mode(app, command); !done || !command.counts()) {
    return done;
  }
  if (app.count("--timeout") == 0) {
    command.sweep.timeout = default_count_timeout(command.count.period);
  }
  if (app.count("--size") == 0) {
    command.payload_size = kCountPayload;
  }
  if (app.count("--order") == 0) {
    command.input_order = true;
  }
  return {};
}

std::chrono::nanoseconds count_spacing(const SweepCommand& command, std::uint64_t targets) {
  using std::chrono::nanoseconds;
  constexpr nanoseconds kLongestRound = std::chrono::years(100);
  const auto count = static_cast<std::int64_t>(std::max<std::uint64_t>(targets, 1));
  const nanoseconds most = kLongestRound / count;
  const double asked = command.rate.unlimited() ? 0 : 1e9 / command.rate.per_second;
  const nanoseconds fastest =
      asked < static_cast<double>(most.count()) ? nanoseconds(static_cast<std::int64_t>(asked)) : most;
  const nanoseconds spread = command.count.period / count;
  return command.rate_given || command.as_fping ? fastest : std::max(fastest, spread);
}

std::chrono::nanoseconds default_count_timeout(std::chrono::nanoseconds period) {
  return std::min<std::chrono::nanoseconds>(period, 2s);
}

}  // namespace echosweep::cli

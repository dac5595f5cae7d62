// A run of rounds from the command line's side: read, open, drop privileges, run, report.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <vector>

#include "cli/count_news.hpp"
#include "cli/count_reporter.hpp"
#include "cli/drain_notice.hpp"
#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/read_targets.hpp"
#include "cli/run_info.hpp"
#include "cli/setup_count.hpp"
#include "cli/signals.hpp"
#include "cli/values.hpp"
#include "cli/wire.hpp"
#include "modes/count.hpp"
#include "net/send_failure.hpp"
#include "privilege/privilege.hpp"
#include "report/summary.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// As in a sweep: how long the first result after a silence may wait to be written.
constexpr nanoseconds kShortestIdle = 5ms;
constexpr nanoseconds kLongestIdle = 40ms;

modes::CountOptions options_of(const SweepCommand& command, std::uint64_t targets) {
  return {.rounds = command.count.rounds,
          .period = command.count.period,
          .spacing = count_spacing(command, targets),
          .timeout = command.sweep.timeout,
          .keep_rounds = command.count.mode == CountCommand::Mode::kValues,
          .check_source = command.check_source,
          .max_probes = command.sweep.max_probes,
          .enough_alive = command.fast_reachable.value_or(0)};
}

void tell_of_long_rounds(const modes::CountOptions& options, std::uint64_t targets) {
  const nanoseconds round = options.spacing * static_cast<std::int64_t>(targets);
  if (round > options.period) {
    const auto ms = [](nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); };
    complain(fmt::format(
        "{} {} at this rate {} {:g} ms a round, longer than the period of {:g} ms (-p): see --rate",
        format_count(targets), targets == 1 ? "target" : "targets", targets == 1 ? "takes" : "take",
        ms(round), ms(options.period)));
  }
}

/// Round trips that are kept take at most half of this machine's memory.
std::optional<std::string> too_many_rounds(const modes::CountOptions& options, std::uint64_t targets) {
  constexpr double kGigabyte = 1e9;
  const double needed =
      options.keep_rounds ? 8.0 * static_cast<double>(options.rounds) * static_cast<double>(targets) : 0;
  const double there =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (needed <= there / 2) {
    return std::nullopt;
  }
  return fmt::format(
      "-C keeps 8 bytes for each probe, {:.1f} GB in all, and this machine has {:.1f} GB: -c keeps none",
      needed / kGigabyte, there / kGigabyte);
}

/// The main thread's part of a running count.
class CountRun {
 public:
  CountRun(const SweepCommand& command, modes::Count& count, CountReporter& reporter, CountNews& news,
           Clock& clock)
      : command_(command), count_(count), reporter_(reporter), news_(news), clock_(clock) {}

  /// Until both threads have ended and everything is told. An Error: the capture failed.
  Result<void> run();

 private:
  void look_around();
  void report();
  void tell_news();
  void tell(const std::string& line);
  void tell(const std::vector<std::string>& news);

  const SweepCommand& command_;
  modes::Count& count_;
  CountReporter& reporter_;
  CountNews& news_;
  Clock& clock_;
  DrainNotice drain_;
  MonotonicTime start_;
  std::optional<MonotonicTime> report_at_;
  int reports_wanted_ = 0;  ///< by SIGQUIT, so far
};

Result<void> CountRun::run() {
  start_ = clock_.now();
  if (const auto every = command_.count.report_every; every && *every > nanoseconds::zero()) {
    report_at_ = start_ + *every;
  }
  count_.start();
  nanoseconds idle = kShortestIdle;
  while (!count_.is_over()) {
    const bool took_some = count_.take_events(reporter_) > 0;
    look_around();
    if (took_some) {
      idle = kShortestIdle;
      continue;
    }
    (void)reporter_.flush();
    const MonotonicTime wake = clock_.now() + idle;
    clock_.sleep_until(report_at_ ? std::min(wake, *report_at_) : wake);
    idle = std::min(2 * idle, kLongestIdle);
  }
  auto heard = count_.finish();
  while (count_.take_events(reporter_) > 0) {
  }
  tell_news();
  tell(news_.rest());
  return heard;
}

void CountRun::look_around() {
  tell_news();
  const MonotonicTime now = clock_.now();
  if (report_at_ && now >= *report_at_ && !count_.is_over()) {
    report();
    while (*report_at_ <= now) {  // a machine that slept missed some
      *report_at_ += *command_.count.report_every;
    }
  }
  if (const int wanted = requested_reports(); wanted != reports_wanted_) {
    reports_wanted_ = wanted;
    report();
  }
  // fping does not wait for what is on its way.
  if (reporter_.failure() || (command_.as_fping && received_signal() != 0)) {
    count_.request_stop(2);
  } else if (received_signal() != 0 && !count_.is_over()) {
    if (const auto line = drain_.look(now, count_.drain_until())) {
      tell(*line);
    }
  }
  const nanoseconds longest = command_.sweep.max_runtime;
  if (longest > nanoseconds::zero() && now - start_ >= longest) {
    count_.request_stop(1);
  }
}

void CountRun::report() {
  const bool cumulative = command_.count.cumulative;
  (void)reporter_.start_interval(clock_.wall());
  reporter_.names().for_each_mention([&](std::uint64_t index, std::string_view name) {
    report::CountSummary summary = count_.interval(index, cumulative);
    summary.host.name = name;
    (void)reporter_.interval(summary);
  });
  if (!cumulative) {
    count_.start_interval();
  }
  (void)reporter_.flush();
}

void CountRun::tell(const std::string& line) {
  (void)reporter_.flush();
  complain(line);
}

/// What the network does, and what keeps probes from leaving. fping counts them as lost and says nothing; in
/// a loop that is too little.
void CountRun::tell_news() {
  tell(news_.take(count_.take_troubles(), clock_.now()));
}

void CountRun::tell(const std::vector<std::string>& news) {
  for (const std::string& line : news) {
    if (!command_.as_fping || command_.count.mode == CountCommand::Mode::kLoop) {
      tell(line);
    }
  }
}

/// fping tells nobody of changes, and its readers do not expect to hear of them.
std::optional<net::RouteWatch> watch_routes(const SweepCommand& command, const targets::TargetSet& targets) {
  if (command.as_fping) {
    return std::nullopt;
  }
  const std::uint64_t watched = std::min<std::uint64_t>(targets.size(), net::RouteWatch::kMostTargets);
  std::vector<Address> addresses;
  addresses.reserve(watched);
  for (std::uint64_t i = 0; i < watched; ++i) {
    addresses.push_back(targets.at(i * targets.size() / watched));
  }
  auto watch = net::RouteWatch::open(route_query(command), addresses, watched == targets.size());
  if (!watch) {
    complain(watch.error().message);
    return std::nullopt;
  }
  return std::move(*watch);
}

void print_statistics(const SweepCommand& command, const report::CountTotals& totals) {
  std::string text = report::format_fping_stats(totals);
  if (!command.as_fping) {
    text += report::format_accounting(totals);
  }
  print_to_stderr(text);
}

int exit_code(const SweepCommand& command, const report::Accounting& sums, const CountReporter& reporter) {
  if (const auto failed = exit_code_of_failure(reporter.failure())) {
    return *failed;
  }
  const bool as_result = !command.count.json && !command.count.netdata && command.json_file != "-";
  if (const auto code = print_reachable(command, sums.alive, as_result)) {
    return *code;
  }
  if (sums.signal == SIGTERM || sums.signal == SIGHUP) {  // SIGINT is the way to end a loop
    return 128 + sums.signal;
  }
  if (sums.unresolved_names > 0) {
    return kBadTarget;
  }
  return sums.alive == sums.targets ? kAllAlive : kSomeNotAlive;
}

}  // namespace

int run_count(const SweepCommand& command) {
  const auto read = read_targets(command);
  if (!read) {
    return read.error().exit_code;
  }
  const std::uint64_t seed = choose_seed(command);
  const std::uint64_t targets = read->set.size();
  const auto order =
      command.input_order ? targets::Order::input(targets) : targets::Order::random(targets, seed);
  const modes::CountOptions options = options_of(command, targets);
  if (const auto why = too_many_rounds(options, targets)) {
    complain(*why);
    return kSystemFailure;
  }
  if (!command.as_fping) {
    tell_of_long_rounds(options, targets);
  }
  SystemClock clock;
  auto wire = open_wire(command, read->set, clock);
  if (!wire) {
    return fail_with(wire.error());
  }
  if (auto done = privilege::become_invoking_user(); !done) {
    return fail_with(done.error());
  }
  auto reporter = CountReporter::open(command, *read);
  if (!reporter) {
    return fail_with(reporter.error());
  }
  if (auto done = privilege::drop_all_capabilities(); !done) {
    return fail_with(done.error());
  }
  const net::RouteQuery query = route_query(command);
  modes::Count count({.clock = clock,
                      .tx = wire->tx,
                      .rx = *wire->rx,
                      .codec = wire->codec,
                      .targets = read->set,
                      .order = order,
                      .options = options,
                      .explain = [query](int error, const Address& target) -> modes::Explanation {
                        auto failure = net::explain_send_failure(error, target, query, true);
                        return {.reason = std::move(failure.reason),
                                .advice = std::move(failure.advice),
                                .on_link_only = failure.on_link_only};
                      }});
  for (const std::string& remark : wire->remarks) {
    complain(remark);
  }
  CountNews news(watch_routes(command, read->set), modes::round_time(options, targets));
  const SignalWatch signals(count.stop_requests(), true);
  (void)reporter->begin({.run = run_info(command, read->set.size(), seed, clock.wall()),
                         .rounds = options.rounds,
                         .period = options.period});
  if (const auto heard = CountRun(command, count, *reporter, news, clock).run(); !heard) {
    return fail_with(heard.error());
  }
  (void)reporter->start_summary();
  reporter->names().for_each_mention([&](std::uint64_t index, std::string_view name) {
    report::CountSummary summary = count.summary(index);
    summary.host.name = name;
    (void)reporter->summary(summary);
  });
  report::CountTotals totals = count.totals();
  totals.accounting.transmitted = wire->transmitted();
  totals.accounting.unresolved_names = read->unresolved();
  totals.accounting.signal = received_signal();
  (void)reporter->end(totals);
  if (command.stats && !command.count.json) {
    print_statistics(command, totals);
  }
  return exit_code(command, totals.accounting, *reporter);
}

}  // namespace echosweep::cli

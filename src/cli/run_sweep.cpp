// The sweep from the command line's side: read, open, drop privileges, run, report.
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include "cli/drain_notice.hpp"
#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/fping_asides.hpp"
#include "cli/host_names.hpp"
#include "cli/list_targets.hpp"
#include "cli/maps.hpp"
#include "cli/messages.hpp"
#include "cli/plan.hpp"
#include "cli/progress_display.hpp"
#include "cli/read_targets.hpp"
#include "cli/reporter.hpp"
#include "cli/run_info.hpp"
#include "cli/signals.hpp"
#include "cli/values.hpp"
#include "cli/wire.hpp"
#include "modes/sweep.hpp"
#include "net/send_failure.hpp"
#include "privilege/privilege.hpp"
#include "report/summary.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;

/// How long the first result after a silence may wait to be written. Each look that finds nothing doubles the
/// time to the next, up to the longest: waking 200 times a second costs as much as a fifth of sending 10,000
/// packets.
constexpr std::chrono::milliseconds kShortestIdle = 5ms;
constexpr std::chrono::milliseconds kLongestIdle = 40ms;
/// A wait for names, after which signals are looked at.
constexpr std::chrono::milliseconds kNameWait = 100ms;
constexpr std::array kStates = {report::State::kUnsent, report::State::kSilent, report::State::kUnreachable,
                                report::State::kAlive};
/// Results that are taken before output is flushed and signals are looked at.
constexpr int kResultsAtOnce = 1024;
/// Targets that are walked over before output is flushed: some milliseconds' worth.
constexpr std::uint64_t kTargetsAtOnce = 1 << 16;

std::string proxy_remark(const modes::OnLink::Proxy& proxy) {
  std::array<char, IF_NAMESIZE> name{};
  const char* const link = if_indextoname(proxy.interface, name.data());
  return fmt::format(
      "{} on {} answered for {} addresses: a router that answers for others (proxy ARP)? "
      "--no-arp believes echo replies alone",
      to_string(proxy.mac), link != nullptr ? link : "a link that is gone", format_count(proxy.answers));
}

/// The main thread's part of a running sweep.
class SweepRun {
 public:
  /// `names`: null, or what fping's lines call the targets.
  SweepRun(const SweepCommand& command, const Wire& wire, modes::Sweep& sweep, Reporter& reporter,
           const HostNames* names, const ReadTargets& read, Clock& clock,
           std::shared_ptr<const map::Survey> survey)
      : command_(command),
        wire_(wire),
        sweep_(sweep),
        reporter_(reporter),
        names_(names),
        read_(read),
        clock_(clock),
        progress_(command, std::move(survey)) {}

  /// Until both threads have ended and every record is written. An Error: the capture failed.
  Result<report::Accounting> run(const report::RunInfo& info);

 private:
  bool take_results();
  void take_asides();
  bool take_packets();
  void look_around();
  void tell_failures();
  void tell(const std::string& advice);
  void wait_for_names();
  void write_others();

  const SweepCommand& command_;
  const Wire& wire_;
  modes::Sweep& sweep_;
  Reporter& reporter_;
  const HostNames* names_;
  const ReadTargets& read_;
  Clock& clock_;
  ProgressDisplay progress_;
  DrainNotice drain_;
  bool stopped_unwanted_ = false;  ///< nobody takes results any more
  int reports_told_ = 0;           ///< of those that SIGQUIT asked for
  std::vector<std::string> hints_;
};

Result<report::Accounting> SweepRun::run(const report::RunInfo& info) {
  reporter_.begin(info);
  progress_.start(clock_.now());
  sweep_.start();
  std::chrono::milliseconds idle = kShortestIdle;
  while (!sweep_.sending_is_over()) {
    const bool took_some = take_results();
    look_around();
    if (took_some) {
      idle = kShortestIdle;
    } else if (!reporter_.pump(kShortestIdle)) {
      clock_.sleep_until(clock_.now() + idle);
      idle = std::min(2 * idle, kLongestIdle);
    }
  }
  const auto captured = sweep_.finish();
  while (take_results() || reporter_.is_full()) {
    wait_for_names();
  }
  look_around();
  progress_.clear();
  if (const auto proxy = sweep_.proxy()) {
    tell(proxy_remark(*proxy));
  }
  write_others();
  while (reporter_.is_waiting()) {
    wait_for_names();
  }
  report::Accounting accounting = sweep_.accounting();
  accounting.transmitted = wire_.transmitted();
  accounting.unresolved_names = read_.unresolved();
  accounting.signal = received_signal();
  accounting.hints = hints_;
  if (const auto& failure = reporter_.failure(); stopped_unwanted_ && accounting.stopped_by.empty()) {
    accounting.stopped_by = failure->message;
  }
  reporter_.end(accounting);
  tell_failures();
  progress_.finish();
  if (!captured) {
    return std::unexpected(captured.error());
  }
  return accounting;
}

void SweepRun::tell(const std::string& advice) {
  complain(advice);
  hints_.push_back(advice);
}

bool SweepRun::take_results() {
  bool any = false;
  for (int i = 0; i < kResultsAtOnce && !reporter_.is_full(); ++i) {
    const auto record = sweep_.next_alive();
    if (!record) {
      break;
    }
    if (!any) {
      progress_.make_way();
    }
    any = true;
    reporter_.record(*record);
  }
  any = take_packets() || any;
  reporter_.pump(0ms);
  progress_.come_back();
  return any;
}

bool SweepRun::take_packets() {
  net::CapturedPacket packet;
  int taken = 0;
  for (; taken < kResultsAtOnce && sweep_.next_packet(packet); ++taken) {
    reporter_.packet(packet);
  }
  return taken > 0;
}

/// As soon as they are known: what else is asked for goes on, and may take hours.
void SweepRun::tell_failures() {
  for (const Error& failure : reporter_.take_failures()) {
    progress_.clear();
    complain(failure.message);
  }
}

void SweepRun::look_around() {
  take_asides();
  for (const std::string& advice : sweep_.take_advice()) {
    if (!command_.as_fping) {  // which tells of each target by itself
      progress_.clear();
      tell(advice);
    }
  }
  if (command_.as_fping && received_signal() != 0) {
    sweep_.request_stop(2);
  } else if (const auto until = sweep_.drain_until(); until && !sweep_.sending_is_over()) {
    if (const auto line = drain_.look(clock_.now(), *until)) {
      progress_.clear();
      complain(*line);
    }
  }
  tell_failures();
  if (reporter_.is_abandoned()) {
    stopped_unwanted_ = true;
    sweep_.request_stop(2);
  }
  if (command_.fast_reachable && sweep_.progress().alive >= *command_.fast_reachable) {
    // Who is wanted among the dead must have had its time.
    sweep_.request_stop(reporter_.wants(report::State::kSilent) ? 1 : 2);
  }
  if (const int wanted = requested_reports(); wanted != reports_told_) {
    reports_told_ = wanted;
    progress_.tell(sweep_, clock_.now());
  }
  progress_.draw(sweep_, clock_);
}

void SweepRun::wait_for_names() {
  if (sweep_.stop_requests() >= 2) {
    reporter_.abandon_names();
  }
  reporter_.pump(kNameWait);
}

void SweepRun::write_others() {
  const auto wanted = [this](report::State state) { return reporter_.wants(state); };
  if (names_ != nullptr) {
    names_->for_each_mention([&](std::uint64_t index, std::string_view name) {
      if (const auto record = sweep_.other(index, wanted)) {
        reporter_.record_as(*record, name);
      }
    });
    return;
  }
  if (!std::ranges::any_of(kStates, wanted)) {
    return;  // the walk over the targets is spared
  }
  for (std::uint64_t index = 0; index < sweep_.targets(); ++index) {
    if (index % kTargetsAtOnce == 0) {
      reporter_.pump(0ms);
    }
    if (const auto record = sweep_.other(index, wanted)) {
      reporter_.record(*record);
    }
    while (reporter_.is_full()) {
      wait_for_names();
    }
  }
}

void SweepRun::take_asides() {
  const report::HostStyle style = host_style(command_);
  while (const auto aside = sweep_.next_aside()) {
    if (names_ == nullptr) {
      continue;  // only fping tells of them
    }
    const Address target = read_.set.at(aside->index);
    names_->for_each_name(aside->index, [&](std::string_view name) {
      print_to_stderr(fping_line(*aside, command_, target, report::format_host(target, name, style)));
    });
  }
}

void print_statistics(const SweepCommand& command, const report::Accounting& sums) {
  report::FpingStats stats = report::fping_stats(sums);
  if (command.as_fping) {  // which takes what could not be sent for sent
    for (const auto& [error, times] : sums.send_errors) {
      stats.sent += times;
    }
    stats.sent -= std::min(sums.retries_of_sends, stats.sent);
  }
  print_to_stderr(report::format_fping_stats(stats));
  print_to_stderr(command.as_fping ? "" : report::format_accounting(sums));
}

int exit_code(const SweepCommand& command, const report::Accounting& accounting, const Reporter& reporter) {
  if (reporter.has_lost_results()) {
    return kSystemFailure;
  }
  if (reporter.is_abandoned()) {
    return 128 + SIGPIPE;  // as if the signal had ended us: quietly
  }
  const bool by_interrupt = accounting.signal == SIGINT;
  if (accounting.signal != 0 && (!command.as_fping || !by_interrupt)) {
    return 128 + accounting.signal;
  }
  if (const auto code = print_reachable(command, accounting.alive, !command.stdout_is_taken())) {
    return *code;
  }
  if (accounting.unresolved_names > 0) {
    return kBadTarget;
  }
  return accounting.alive == accounting.targets ? kAllAlive : kSomeNotAlive;
}

/// --complete that --max-passes ended.
void complain_if_incomplete(const SweepCommand& command, const report::Accounting& sums) {
  const double percent = command.sweep.complete.value_or(0);
  const bool met = sums.missed && sums.missed->at_most <= modes::allowed_misses(sums.alive, percent);
  if (met || sums.probes_by_pass.size() < command.max_passes) {
    return;
  }
  complain(fmt::format("not known to be {:g}% complete after {} passes: missed {} (see --max-passes)",
                       percent, sums.probes_by_pass.size(),
                       sums.missed ? fmt::format("at most {} of {} alive", format_count(sums.missed->at_most),
                                                 format_count(sums.alive))
                                   : fmt::format("unknown, {}", sums.missed_unknown)));
}

}  // namespace

int run_sweep(const SweepCommand& command) {
  const auto read = read_targets(command);
  if (!read) {
    return read.error().exit_code;
  }
  const std::uint64_t seed = choose_seed(command);
  const std::uint64_t count = read->set.size();
  const auto order = command.input_order ? targets::Order::input(count) : targets::Order::random(count, seed);
  if (command.list_targets) {
    return list_targets(*read, order);
  }
  if (count > targets::kMaxSweep) {
    complain(targets::too_many_targets(count));
    return kBadTarget;
  }
  if (command.dry_run) {
    return print_plan(command, *read, seed);
  }
  SystemClock clock;
  auto wire = open_wire(command, read->set, clock);
  if (!wire) {
    return fail_with(wire.error());
  }
  if (auto done = privilege::become_invoking_user(); !done) {
    return fail_with(done.error());
  }
  std::optional<HostNames> names;
  if (command.as_fping) {
    auto found = HostNames::find(command, *read);
    if (!found) {
      return fail_with(found.error());
    }
    names = std::move(*found);
  }
  const auto survey = survey_for(command, read->set);
  auto reporter = Reporter::open(command, clock, names ? &*names : nullptr, survey);
  if (!reporter) {
    return fail_with(reporter.error());
  }
  if (auto done = privilege::drop_all_capabilities(); !done) {
    return fail_with(done.error());
  }
  const net::RouteQuery query = route_query(command);
  modes::SweepOptions options = command.sweep;
  options.check_source = command.check_source;
  options.keep_packets = reporter->wants_packets();
  options.neighbours = wire->neighbours;
  options.kernel_neighbours = wire->kernel_neighbours;
  const bool by_kernel = wire->neighbours == modes::NeighbourUse::kByKernel;
  modes::Sweep sweep({.clock = clock,
                      .tx = wire->tx,
                      .rx = *wire->rx,
                      .codec = wire->codec,
                      .targets = read->set,
                      .order = order,
                      .options = options,
                      .rate = command.rate,
                      .explain = [query, by_kernel](int error, const Address& target) -> modes::Explanation {
                        auto failure = net::explain_send_failure(error, target, query, by_kernel);
                        return {.reason = std::move(failure.reason),
                                .advice = std::move(failure.advice),
                                .on_link_only = failure.on_link_only};
                      },
                      .attached = wire->paths.get()});
  for (const std::string& remark : wire->remarks) {
    complain(remark);
  }
  const SignalWatch signals(sweep.stop_requests());
  auto accounting =
      SweepRun(command, *wire, sweep, *reporter, names ? &*names : nullptr, *read, clock, survey)
          .run(run_info(command, *read, seed, clock.wall()));
  if (!accounting) {
    return fail_with(accounting.error());
  }
  if (!accounting->stopped_by.empty() && !reporter->is_abandoned() && !command.as_fping) {
    complain(fmt::format("stopped early ({}): {} of {} targets are unsent", accounting->stopped_by,
                         format_count(accounting->unsent), format_count(accounting->targets)));
  }
  if (command.sweep.complete && accounting->stopped_by.empty() && accounting->signal == 0) {
    complain_if_incomplete(command, *accounting);
  }
  if (command.stats) {
    print_statistics(command, *accounting);
  }
  return exit_code(command, *accounting, *reporter);
}

}  // namespace echosweep::cli

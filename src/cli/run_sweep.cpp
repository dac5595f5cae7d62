// The sweep from the command line's side: read, open, drop privileges, run, report.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <optional>

#include "cli/checkpoints.hpp"
#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/host_names.hpp"
#include "cli/list_targets.hpp"
#include "cli/maps.hpp"
#include "cli/messages.hpp"
#include "cli/plan.hpp"
#include "cli/read_targets.hpp"
#include "cli/reporter.hpp"
#include "cli/run_identity.hpp"
#include "cli/run_info.hpp"
#include "cli/signals.hpp"
#include "cli/sweep_run.hpp"
#include "cli/values.hpp"
#include "cli/wire.hpp"
#include "modes/sweep.hpp"
#include "net/send_failure.hpp"
#include "privilege/privilege.hpp"
#include "report/summary.hpp"

namespace echosweep::cli {

namespace {

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

/// The exit code. A run that was stopped, or has lost results, can be gone on with as it is.
int end_checkpoints(Checkpoints& checkpoints, const report::Accounting& sums, Reporter& reporter, int code) {
  const bool is_finished =
      sums.signal == 0 && sums.stopped_by.empty() && !reporter.is_abandoned() && !reporter.has_lost_results();
  if (is_finished) {
    if (auto done = checkpoints.write_finished(sums, reporter, code); !done) {
      complain(done.error().message);
    }
  }
  return checkpoints.has_failed() ? kSystemFailure : code;
}

}  // namespace

int run_sweep(const SweepCommand& command) {
  std::optional<Resumption> resumed;
  if (!command.resume_file.empty()) {
    auto found = Resumption::read(command.resume_file);
    if (!found) {
      return fail_with(found.error());
    }
    if (const auto code = found->exit_code()) {
      complain(fmt::format("{}: this run is finished, and its results are where they belong",
                           command.resume_file));
      return *code;
    }
    resumed = std::move(*found);
  }
  const auto read = read_targets(command);
  if (!read) {
    return read.error().exit_code;
  }
  const std::uint64_t seed = resumed ? resumed->seed() : choose_seed(command);
  const std::uint64_t all = read->set.size();
  const auto order = command.input_order ? targets::Order::input(all)
                                         : targets::Order::random(all, seed).part(command.shard);
  if (!command.shard_source.empty()) {
    complain(
        fmt::format("shard {} of {} ({})", command.shard.index, command.shard.count, command.shard_source));
  }
  if (command.list_targets) {
    return list_targets(*read, order);
  }
  if (order.size() > targets::kMaxSweep) {
    complain(targets::too_many_targets(order.size()));
    return kBadTarget;
  }
  if (command.dry_run) {
    return print_plan(command, *read, order.size(), seed);
  }
  if (resumed) {
    if (auto done = resumed->fits(command, *read, order.size()); !done) {
      complain(done.error().message);
      return kBadOption;
    }
    if (auto done = resumed->has_its_files(); !done) {
      return fail_with(done.error());
    }
  }
  const auto survey = survey_for(command, targets::Walk(read->set, order));
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
  const WallTime started = resumed ? resumed->started() : clock.wall();
  std::optional<Checkpoints> checkpoints;
  if (resumed || !command.checkpoint_file.empty()) {
    auto opened =
        Checkpoints::open(command, *read, order.size(), seed, started, resumed ? &*resumed : nullptr);
    if (!opened) {
      return fail_with(opened.error());
    }
    checkpoints.emplace(std::move(*opened));
  }
  auto reporter = Reporter::open(command, clock, names ? &*names : nullptr, survey,
                                 resumed ? resumed->files() : KeptFiles());
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
  std::function<void(const modes::ReplyEvent&)> found;
  if (checkpoints) {
    found = [&](const modes::ReplyEvent& event) { checkpoints->add(event); };
  }
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
                      .attached = wire->paths.get(),
                      .from = checkpoints ? checkpoints->from() : nullptr,
                      .on_found = found});
  for (const std::string& remark : wire->remarks) {
    complain(remark);
  }
  const SignalWatch signals(sweep.stop_requests());
  auto accounting = SweepRun(command, *wire, sweep, *reporter, names ? &*names : nullptr, *read, clock,
                             survey, checkpoints ? &*checkpoints : nullptr, resumed ? resumed->streamed() : 0)
                        .run(run_info(command, order.size(), seed, started,
                                      command.shard.count > 1 ? digest_of(read->set) : ""));
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
  const int code = exit_code(command, *accounting, *reporter);
  return checkpoints ? end_checkpoints(*checkpoints, *accounting, *reporter, code) : code;
}

}  // namespace echosweep::cli
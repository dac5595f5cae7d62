// A trace from the command line's side: read, open, drop privileges, trace, print.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/packet_evidence.hpp"
#include "cli/read_targets.hpp"
#include "cli/signals.hpp"
#include "cli/trace_command.hpp"
#include "cli/trace_names.hpp"
#include "cli/trace_printer.hpp"
#include "cli/trace_watching.hpp"
#include "cli/trace_wire.hpp"
#include "cli/values.hpp"
#include "modes/trace.hpp"
#include "modes/trace_plan.hpp"
#include "modes/trace_watch.hpp"
#include "privilege/privilege.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// How long the main thread sleeps when there is nothing to do: a step may be due every half a millisecond.
constexpr nanoseconds kShortNap = 250us;
constexpr nanoseconds kLongNap = 5ms;

/// A tenth of a second's worth of targets: then most answers come before the next probe leaves.
std::size_t side_by_side(PacketRate rate) {
  constexpr double kSeconds = 0.1;
  constexpr double kMost = 1 << 14;
  return static_cast<std::size_t>(rate.unlimited() ? kMost
                                                   : std::clamp(rate.per_second * kSeconds, 1.0, kMost));
}

void rest(TraceNames* names, Clock& clock, nanoseconds idle) {
  if (names != nullptr && names->is_busy()) {
    names->process(1ms);
  } else {
    clock.sleep_until(clock.now() + idle);
  }
}

/// What a run has besides its strategy.
struct Session {
  const TraceCommand& command;
  const ReadTargets& read;
  TraceWire& wire;
  TraceNames* names;  ///< null: none are wanted
  PacketRate rate;
  PacketEvidence& evidence;
  SystemClock clock{};

  modes::Trace trace(modes::TraceStrategy& strategy) {
    return modes::Trace({.clock = clock,
                         .tx = *wire.tx,
                         .rx = *wire.rx,
                         .codec = *wire.codec,
                         .targets = read.set,
                         .strategy = strategy,
                         .rate = rate,
                         .keeps_packets = !command.pcap_file.empty()});
  }
};

void take_packets(modes::Trace& trace, PacketEvidence& evidence) {
  net::CapturedPacket packet;
  while (trace.next_packet(packet)) {
    evidence.take(as_written(packet));
  }
}

/// Calls `show()` again and again until it says that all is shown, or fails, or a thread has.
template <typename Show>
Result<void> run(modes::Trace& trace, const modes::TraceStrategy& strategy, Session& session, Show show) {
  trace.start();
  nanoseconds idle = kShortNap;
  Result<bool> all_shown = false;
  while (all_shown && !*all_shown) {
    const bool worked = trace.work() > 0;
    take_packets(trace, session.evidence);
    all_shown = show();
    if (all_shown && !*all_shown && trace.is_over() && !strategy.is_over()) {
      // A thread has failed, and finish() says why; or it was told to end at once, and the strategy was not
      // yet.
      (void)trace.work();
      all_shown = show();
      break;
    }
    idle = worked ? kShortNap : std::min(2 * idle, kLongNap);
    if (!worked) {
      session.evidence.flush();
    }
    rest(session.names, session.clock, idle);
  }
  const auto heard = trace.finish();
  take_packets(trace, session.evidence);
  if (const std::uint64_t lost = trace.capture_drops(); lost > 0) {
    complain(
        fmt::format("the capture lost {} packets: answers may be missing (see --rate)", format_count(lost)));
  }
  return all_shown ? heard : std::unexpected(all_shown.error());
}

int exit_code(const Result<void>& result, const Session& session, std::uint64_t reached,
              bool ends_by_interrupt) {
  if (const auto failed = exit_code_of_failure(result ? std::nullopt : std::optional(result.error()))) {
    return *failed;
  }
  if (const int signal = received_signal(); signal != 0 && (signal != SIGINT || !ends_by_interrupt)) {
    return 128 + signal;
  }
  if (session.read.unresolved() > 0) {
    return kBadTarget;
  }
  return reached == session.read.set.size() ? kAllAlive : kSomeNotAlive;
}

void tell_of_unsent(std::uint64_t count, int error) {
  if (count > 0) {
    complain(fmt::format("{} probes could not be sent: {}", format_count(count), std::strerror(error)));
  }
}

void tell_of_rest(std::uint64_t targets, std::uint64_t shown) {
  if (received_signal() != 0 && shown < targets) {
    complain(fmt::format("ended by a signal: {} of {} targets were not begun", format_count(targets - shown),
                         format_count(targets)));
  }
}

int trace_all(Session& session) {
  modes::TracePlan plan(session.read.set, session.command.options);
  if (session.names != nullptr) {
    plan.tell_of_routers([&session](const Address& router) { session.names->look_up(router); });
  }
  modes::Trace trace = session.trace(plan);
  TracePrinter printer(session.command, session.read.set, session.names);
  const SignalWatch signals(trace.stop_requests());
  const auto result = run(trace, plan, session, [&]() -> Result<bool> {
    // Who is told twice waits for no names.
    const bool in_haste = trace.stop_requests().load() >= 2 && plan.is_over();
    auto done = in_haste ? printer.finish(plan) : printer.print(plan);
    return done ? Result<bool>(plan.is_over() && !plan.has_front()) : std::unexpected(done.error());
  });
  const auto closed = printer.close();
  tell_of_unsent(plan.not_sent(), plan.last_error());
  tell_of_rest(session.read.set.size(), plan.taken());
  return exit_code(result ? closed : result, session, printer.reached(), false);
}

int watch_all(Session& session) {
  modes::TraceWatch watch(session.read.set, session.command.options, *session.command.watch);
  if (session.names != nullptr) {
    watch.tell_of_routers([&session](const Address& router) { session.names->look_up(router); });
  }
  modes::Trace trace = session.trace(watch);
  TraceWatching watching(session.command, session.read.set, session.names);
  const SignalWatch signals(trace.stop_requests(), true);
  auto result = run(trace, watch, session, [&]() -> Result<bool> {
    auto done = watching.look(watch, session.clock.now());
    return done ? Result<bool>(watch.is_over()) : std::unexpected(done.error());
  });
  result = result ? watching.finish(watch) : result;
  tell_of_unsent(watch.not_sent(), watch.last_error());
  std::uint64_t reached = 0;
  for (std::size_t target = 0; target < watch.targets(); ++target) {
    reached += watch.watched(target).reached ? 1U : 0U;
  }
  return exit_code(result, session, reached, true);
}

}  // namespace

int run_tracing(TraceCommand& command) {
  const auto read = read_targets(command.sweep);
  if (!read) {
    return read.error().exit_code;
  }
  const std::uint64_t targets = read->set.size();
  if (command.watch && targets > TraceWatching::kMostTargets) {
    complain(fmt::format("--watch shows {} targets at most, and these are {}", TraceWatching::kMostTargets,
                         format_count(targets)));
    return kBadTarget;
  }
  const PacketRate rate = trace_rate(command, targets);
  command.options.side_by_side = side_by_side(rate);
  auto wire = open_trace_wire(command, read->set);
  if (!wire) {
    return fail_with(wire.error());
  }
  if (auto done = privilege::become_invoking_user(); !done) {
    return fail_with(done.error());
  }
  if (auto done = privilege::drop_all_capabilities(); !done) {
    return fail_with(done.error());
  }
  std::optional<TraceNames> names;
  if (!command.numeric) {
    auto opened = TraceNames::open();
    if (!opened) {
      return fail_with(opened.error());
    }
    names.emplace(std::move(*opened));
  }
  auto evidence = PacketEvidence::open(command.pcap_file);
  if (!evidence) {
    return fail_with(evidence.error());
  }
  Session session{.command = command,
                  .read = *read,
                  .wire = *wire,
                  .names = names ? &*names : nullptr,
                  .rate = rate,
                  .evidence = *evidence};
  const int code = command.watch ? watch_all(session) : trace_all(session);
  return evidence->close() ? code : kSystemFailure;
}

}  // namespace echosweep::cli

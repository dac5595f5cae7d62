// A trace from the command line's side: read, open, drop privileges, trace, print.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/read_targets.hpp"
#include "cli/signals.hpp"
#include "cli/trace_command.hpp"
#include "cli/trace_names.hpp"
#include "cli/trace_printer.hpp"
#include "cli/trace_wire.hpp"
#include "cli/values.hpp"
#include "modes/trace.hpp"
#include "modes/trace_plan.hpp"
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

/// Until everything is known and printed. An Error: the capture failed, or the output.
Result<void> run(modes::Trace& trace, modes::TracePlan& plan, TracePrinter& printer, TraceNames* names,
                 Clock& clock) {
  trace.start();
  nanoseconds idle = kShortNap;
  Result<void> written;
  while (written && (!trace.is_over() || plan.has_front())) {
    const bool worked = trace.work() > 0;
    written = printer.print(plan);
    if (trace.is_over() && !plan.is_over()) {
      break;  // a thread has failed, and finish() says why
    }
    idle = worked ? kShortNap : std::min(2 * idle, kLongNap);
    rest(names, clock, worked ? kShortNap : idle);
    if (trace.stop_requests().load() >= 2 && plan.is_over()) {
      names = nullptr;  // who is told twice waits for no names
      written = printer.finish(plan);
      break;
    }
  }
  const auto heard = trace.finish();
  return written ? heard : written;
}

int exit_code(const Result<void>& result, const TracePrinter& printer, const ReadTargets& read) {
  if (const auto failed = exit_code_of_failure(result ? std::nullopt : std::optional(result.error()))) {
    return *failed;
  }
  if (const int signal = received_signal(); signal != 0) {
    return 128 + signal;
  }
  if (read.unresolved() > 0) {
    return kBadTarget;
  }
  return printer.reached() == read.set.size() ? kAllAlive : kSomeNotAlive;
}

}  // namespace

int run_tracing(TraceCommand& command) {
  const auto read = read_targets(command.sweep);
  if (!read) {
    return read.error().exit_code;
  }
  const std::uint64_t targets = read->set.size();
  const PacketRate rate = trace_rate(command, targets);
  command.options.side_by_side = side_by_side(rate);
  SystemClock clock;
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
  TraceNames* const wanted_names = names ? &*names : nullptr;
  modes::TracePlan plan(read->set, command.options);
  if (wanted_names != nullptr) {
    plan.tell_of_routers([wanted_names](const Address& router) { wanted_names->look_up(router); });
  }
  modes::Trace trace({.clock = clock,
                      .tx = *wire->tx,
                      .rx = *wire->rx,
                      .codec = *wire->codec,
                      .targets = read->set,
                      .strategy = plan,
                      .rate = rate});
  TracePrinter printer(command, read->set, wanted_names);
  const SignalWatch signals(trace.stop_requests());
  auto result = run(trace, plan, printer, wanted_names, clock);
  const auto closed = printer.close();
  if (const std::uint64_t lost = trace.capture_drops(); lost > 0) {
    complain(fmt::format("the capture lost {} packets: hops may be missing (see --rate)", format_count(lost)));
  }
  return exit_code(result ? closed : result, printer, *read);
}

}  // namespace echosweep::cli

// A search for path MTUs from the command line's side: read, open, drop privileges, run, report.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/mtu_command.hpp"
#include "cli/mtu_printer.hpp"
#include "cli/read_targets.hpp"
#include "cli/signals.hpp"
#include "cli/socket_pair.hpp"
#include "cli/values.hpp"
#include "cli/wire.hpp"
#include "core/clock.hpp"
#include "modes/mtu.hpp"
#include "modes/send_advice.hpp"
#include "net/netlink.hpp"
#include "net/routes.hpp"
#include "net/send_failure.hpp"
#include "net/socket_rx.hpp"
#include "net/socket_tx.hpp"
#include "packet/mtu_codec.hpp"
#include "packet/sweep_codec.hpp"
#include "privilege/privilege.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// As in a sweep: how long the first result after a silence may wait to be written.
constexpr nanoseconds kShortestIdle = 5ms;
constexpr nanoseconds kLongestIdle = 40ms;
/// At half a kilobyte a target, which is what a search takes.
constexpr std::uint64_t kMostTargets = 1 << 20;

/// What is sent and heard through, opened while there are privileges.
struct MtuWire {
  std::unique_ptr<net::SocketTx> tx;
  std::unique_ptr<net::SocketRx> rx;
};

Result<MtuWire> open_mtu_wire(const MtuCommand& command, const targets::TargetSet& targets) {
  const Families families = families_of(targets);
  net::SocketOptions options = command.common.socket;
  options.dont_fragment = true;
  options.ignores_path_mtu = true;
  auto sending = open_each(
      families, [&](Family family) { return net::open_socket(family, net::SocketKind::kSpray, options); });
  if (!sending) {
    return std::unexpected(sending.error());
  }
  // Of all interfaces: errors of this machine come in by the loopback interface.
  auto hearing = open_each(families, [](Family family) { return net::open_listening_socket(family, {}); });
  if (!hearing) {
    return std::unexpected(hearing.error());
  }
  constexpr bool kKeepsWhole = true;  // for the checksum
  return MtuWire{.tx = std::make_unique<net::SocketTx>(net::SocketKind::kSpray, std::move(sending->v4),
                                                       std::move(sending->v6)),
                 .rx = std::make_unique<net::SocketRx>(net::SocketKind::kLarge, std::move(hearing->v4),
                                                       std::move(hearing->v6), kKeepsWhole)};
}

/// The kernel is asked about each target when its search begins.
modes::LocalMtu local_mtu_by(std::shared_ptr<net::Netlink> netlink, const net::RouteQuery& query) {
  return [netlink = std::move(netlink), query](const Address& address) -> std::uint32_t {
    const auto route = net::route_to(*netlink, address, query);
    return route ? route->link.mtu : 0;
  };
}

/// Until every target is through, or a signal or the output's end stops it.
Result<void> run_to_its_end(modes::Mtu& mtu, MtuPrinter& printer, Clock& clock) {
  mtu.start();
  nanoseconds idle = kShortestIdle;
  while (!mtu.is_over()) {
    const bool took_some = mtu.take_news(printer) > 0;
    printer.look_around();
    if (printer.failure()) {
      mtu.request_stop();
    }
    if (took_some) {
      idle = kShortestIdle;
      continue;
    }
    clock.sleep_until(clock.now() + idle);
    idle = std::min(2 * idle, kLongestIdle);
  }
  auto heard = mtu.finish();
  while (mtu.take_news(printer) > 0) {
  }
  return heard;
}

void tell_what_was_lost(const modes::Mtu& mtu) {
  if (mtu.drops() > 0) {
    complain(fmt::format(
        "{} packets were lost between the kernel and us, and what they said was asked again: a lower --rate "
        "helps",
        format_count(mtu.drops())));
  }
}

/// Once for each errno and family.
void tell_why_sends_failed(const modes::Mtu& mtu, const targets::TargetSet& targets,
                           const net::RouteQuery& query) {
  for (const auto& [failure, index] : mtu.send_failures()) {
    const Address target = targets.at(index);
    auto why = net::explain_send_failure(failure.first, target, query);
    if (failure.first == EMSGSIZE) {
      why.advice.clear();  // it is about options of other commands
    }
    complain(modes::SendAdvice::line_of(target, {.reason = std::move(why.reason),
                                                 .advice = std::move(why.advice),
                                                 .on_link_only = why.on_link_only}));
  }
}

int exit_code(const MtuPrinter& printer, const ReadTargets& read) {
  if (const int signal = received_signal(); signal != 0) {
    if (const std::uint64_t rest = read.set.size() - printer.findings(); rest > 0) {
      complain(fmt::format("ended by a signal: {} of {} targets are not through", format_count(rest),
                           format_count(read.set.size())));
    }
    return 128 + signal;
  }
  if (read.unresolved() > 0) {
    return kBadTarget;
  }
  return printer.mtus() == read.set.size() ? kAllAlive : kSomeNotAlive;
}

/// Opens what needs rights, and gives those up.
Result<MtuWire> open_and_drop(const MtuCommand& command, const targets::TargetSet& targets) {
  auto wire = open_mtu_wire(command, targets);
  if (!wire) {
    return wire;
  }
  if (auto done = privilege::become_invoking_user(); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = privilege::drop_all_capabilities(); !done) {
    return std::unexpected(done.error());
  }
  return wire;
}

}  // namespace

int run_mtu_search(const MtuCommand& command) {
  const auto read = read_targets(command.common);
  if (!read) {
    return read.error().exit_code;
  }
  if (read->set.size() > kMostTargets) {
    complain(fmt::format("{} targets are too many for one search: {} at most", format_count(read->set.size()),
                         format_count(kMostTargets)));
    return kBadTarget;
  }
  const auto key = packet::RunKey::random();
  if (!key) {
    return fail_with(key.error());
  }
  auto wire = open_and_drop(command, read->set);
  if (!wire) {
    return fail_with(wire.error());
  }
  auto netlink = net::Netlink::open();
  if (!netlink) {
    return fail_with(netlink.error());
  }
  auto printer = MtuPrinter::open(command, read->set);
  if (!printer) {
    return fail_with(printer.error());
  }
  SystemClock clock;
  const net::SocketOptions& socket = command.common.socket;
  const packet::MtuCodec codec(
      *key, {.largest = command.largest, .tos = socket.tos, .source4 = socket.source4.value_or(Address{})});
  modes::Mtu mtu({.clock = clock,
                  .tx = *wire->tx,
                  .rx = *wire->rx,
                  .codec = codec,
                  .targets = read->set,
                  .options = {.largest = command.largest,
                              .retries = command.retries,
                              .wait = command.wait,
                              .tells_steps = command.steps},
                  .rate = command.common.rate,
                  .local_mtu = local_mtu_by(std::make_shared<net::Netlink>(std::move(*netlink)),
                                            route_query(command.common))});
  const SignalWatch signals(mtu.stop_requests());
  const auto heard = run_to_its_end(mtu, *printer, clock);
  const auto printed = printer->finish();
  if (const auto code = exit_code_of_failure(printed ? std::nullopt : std::optional(printed.error()))) {
    return *code;
  }
  if (!heard) {
    return fail_with(heard.error());
  }
  tell_what_was_lost(mtu);
  tell_why_sends_failed(mtu, read->set, route_query(command.common));
  return exit_code(*printer, *read);
}

}  // namespace echosweep::cli

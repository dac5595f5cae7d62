// A run of ping from the command line's side: open, drop privileges, look up, run, report.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "cli/endings.hpp"
#include "cli/messages.hpp"
#include "cli/packet_evidence.hpp"
#include "cli/ping_command.hpp"
#include "cli/ping_json.hpp"
#include "cli/ping_packet.hpp"
#include "cli/ping_printer.hpp"
#include "cli/ping_report.hpp"
#include "cli/ping_targets.hpp"
#include "cli/ping_wire.hpp"
#include "cli/signals.hpp"
#include "modes/ping.hpp"
#include "net/ping_sockets.hpp"
#include "net/socket_rx.hpp"
#include "net/socket_tx.hpp"
#include "packet/ethernet.hpp"
#include "privilege/privilege.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds kShortestIdle = 1ms;
constexpr nanoseconds kLongestIdle = 10ms;

int trouble(const std::string& why) {
  complain(why);
  return kPingTrouble;
}

/// The main thread's part of a running ping.
class PingRun {
 public:
  PingRun(const PingCommand& command, const std::vector<PingedHost>& hosts, modes::Ping& ping,
          PingReport& report, PacketEvidence& evidence, Clock& clock)
      : command_(command), hosts_(hosts), ping_(ping), report_(report), evidence_(evidence), clock_(clock) {}

  Result<void> run() {
    ping_.start();
    nanoseconds idle = kShortestIdle;
    while (true) {
      const bool told = tell_what_happened();
      if (ping_.is_over() || report_.failed()) {
        break;
      }
      report_if_asked();
      if (told) {
        idle = kShortestIdle;
        continue;
      }
      report_.flush();
      evidence_.flush();
      clock_.sleep_until(clock_.now() + idle);
      idle = std::min(2 * idle, kLongestIdle);
    }
    auto done = ping_.finish();
    while (const auto outcome = ping_.next()) {  // both threads have ended: these are all
      tell(*outcome);
    }
    return done;
  }

  ping::Totals totals(std::size_t target) const {
    const modes::PingOptions& run = command_.run;
    return {.transmitted = ping_.transmitted(target),
            .time = ping_.sending_time(target),
            .shows_gaps = run.adaptive || command_.flood || run.interval == std::chrono::nanoseconds::zero(),
            .receive_drops = ping_.lost_packets()};
  }

 private:
  void tell(const ping::Outcome& outcome) {
    const bool answers = std::holds_alternative<ping::Reply>(outcome.what) ||
                         std::holds_alternative<ping::Complaint>(outcome.what);
    if (answers && !command_.pcap_file.empty()) {
      const PingedHost& host = hosts_[outcome.target];
      const auto bytes = whole_packet(command_, host, outcome);
      evidence_.take({.received = outcome.wall,
                      .interface = 0,  // sockets hear on all
                      .ethertype = host.address.is_v4() ? packet::kEthertypeIpv4 : packet::kEthertypeIpv6,
                      .bytes = bytes,
                      .wire_size = static_cast<std::uint32_t>(bytes.size())});
    }
    report_.tell(outcome);
  }

  bool tell_what_happened() {
    // No more than were waiting: whoever floods us must not keep this thread from its other duties.
    std::size_t told = 0;
    while (told < modes::PingState::kSlots && ping_.stop_requests() == 0) {
      const auto outcome = ping_.next();
      if (!outcome) {
        break;
      }
      tell(*outcome);
      ++told;
    }
    return told > 0;
  }
  void report_if_asked() {
    if (const int wanted = requested_reports(); wanted != reports_) {
      reports_ = wanted;
      for (std::size_t i = 0; i < hosts_.size(); ++i) {
        print_status(i);
      }
    }
  }

  /// Over the dots of a flood, and whatever a terminal shows of Ctrl-\.
  void print_status(std::size_t target) {
    report::Line line;
    line.push_back('\r');
    if (hosts_.size() > 1) {
      report::append_visible(line, hosts_[target].name);
      report::append(line, ": ");
    }
    ping::append_status(line, ping_.statistics(target), ping_.transmitted(target));
    report_.flush();
    print_to_stderr({line.data(), line.size()});
  }

  const PingCommand& command_;
  const std::vector<PingedHost>& hosts_;
  modes::Ping& ping_;
  PingReport& report_;
  PacketEvidence& evidence_;
  Clock& clock_;
  int reports_ = 0;
};

/// As ping has it, for the worst of the targets.
int exit_code(const PingCommand& command, const modes::Ping& ping, std::size_t hosts) {
  if (const int signal = received_signal(); signal == SIGTERM || signal == SIGHUP) {
    return 128 + signal;
  }
  int code = hosts < command.targets.size() ? kPingTrouble : kAllAnswered;
  for (std::size_t i = 0; i < hosts && code == kAllAnswered; ++i) {
    const std::uint64_t replies = ping.statistics(i).first_replies();
    const bool too_few = command.run.deadline && replies < command.run.count;
    code = replies == 0 || too_few ? kNotAllAnswered : kAllAnswered;
  }
  return code;
}

Result<void> drop_privileges() {
  auto done = privilege::become_invoking_user();
  return done ? privilege::drop_all_capabilities() : done;
}

/// Ping sockets share one identifier, so that the address must name the target.
bool named_twice(const std::vector<PingedHost>& hosts) {
  std::set<Address> seen;
  return !std::ranges::all_of(hosts, [&](const PingedHost& host) {
    const Address& address = host.address;
    return seen.insert(address.needs_zone() ? address : address.with_zone(0)).second;
  });
}

/// Once, as ping does for its one target.
void warn_of_foreign_source(const std::vector<PingedHost>& hosts, const std::string& interface) {
  const auto own = interface.empty() ? std::vector<net::InterfaceAddress>{} : net::interface_addresses();
  const auto is_there = [&](const PingedHost& host) {
    return std::ranges::any_of(own, [&](const net::InterfaceAddress& each) {
      return each.interface == interface && each.address.with_zone(0) == host.route_source.with_zone(0);
    });
  };
  if (!own.empty() && !std::ranges::all_of(hosts, is_there)) {
    complain("Warning: source address might be selected on device other than: " + interface);
  }
}

/// The targets that there is a way to; all else is told.
std::vector<PingedHost> find_hosts(const std::vector<NamedTarget>& targets, const PingCommand& command,
                                   PingWire& wire, PingReport& report) {
  std::vector<PingedHost> hosts;
  for (const NamedTarget& target : targets) {
    if (auto host = find_way(target, command, wire)) {
      hosts.push_back(std::move(*host));
    } else {
      complain(host.error());
      report.failure(target.word, host.error());
    }
  }
  warn_of_foreign_source(hosts, command.socket.interface);
  return hosts;
}

std::unique_ptr<PingReport> make_report(const PingCommand& command, const std::vector<PingedHost>& hosts) {
  if (command.json) {
    return std::make_unique<PingJson>(command, hosts);
  }
  return std::make_unique<PingPrinter>(command, hosts);
}

Result<void> check_hosts(const std::vector<PingedHost>& hosts, const PingCommand& command,
                         const PingWire& wire) {
  for (const PingedHost& host : hosts) {
    if (const auto why = too_much(host, command)) {
      return fail(*why);
    }
  }
  if (!wire.has_own_identifiers() && named_twice(hosts)) {
    return fail("one address is named twice: without CAP_NET_RAW its answers cannot be told apart");
  }
  return {};
}

std::vector<modes::PingTarget> targets_of(const std::vector<PingedHost>& hosts) {
  std::vector<modes::PingTarget> targets;
  targets.reserve(hosts.size());
  for (const PingedHost& host : hosts) {
    targets.push_back({.address = host.address, .many_answer = host.many_answer});
  }
  return targets;
}

/// The exit code, where results could not be written.
std::optional<int> close(PingReport& report) {
  const auto done = report.close();
  if (done) {
    return std::nullopt;
  }
  const auto code = exit_code_of_failure(std::optional(done.error()));
  return code == 128 + SIGPIPE ? *code : kPingTrouble;
}

int ask(const PingCommand& command, const std::vector<PingedHost>& hosts, PingWire& wire, PingReport& report,
        PacketEvidence& evidence) {
  auto tx = wire.take_sending();
  auto rx = wire.take_hearing();
  if (const auto label =
          std::ranges::find_if(hosts, [](const PingedHost& host) { return host.flow_label.has_value(); });
      label != hosts.end()) {
    tx.set_flow_label(*label->flow_label);
  }
  const packet::PingCodec codec({.request = command.request,
                                 .identifier = wire.identifier,
                                 .counts_identifiers = wire.has_own_identifiers(),
                                 .data_size = command.data_size,
                                 .pattern = command.pattern,
                                 .query = command.query,
                                 .nonce_key = wire.nonce_key});
  const auto targets = targets_of(hosts);
  SystemClock clock;
  modes::Ping ping({.clock = clock,
                    .tx = tx,
                    .rx = rx,
                    .codec = codec,
                    .targets = targets,
                    .options = command.run,
                    .own_identifiers = wire.has_own_identifiers()});
  const SignalWatch signals(ping.stop_requests(), true);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    report.start(i);
  }
  PingRun run(command, hosts, ping, report, evidence, clock);
  if (const auto done = run.run(); !done) {
    return trouble(done.error().message);
  }
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    report.summary(i, ping.statistics(i), run.totals(i));
  }
  const bool kept = evidence.close();
  const auto written = close(report);
  if (const std::uint64_t lost = ping.lost_packets(); lost > 0) {
    complain(
        fmt::format("{} packet{} came in and {} lost unread, maybe answers: ask less often, or see 'sysctl "
                    "net.core.rmem_max'",
                    lost, lost == 1 ? "" : "s", lost == 1 ? "was" : "were"));
  }
  return written.value_or(kept ? exit_code(command, ping, hosts.size()) : kPingTrouble);
}

}  // namespace

int run_ping(const PingCommand& command) {
  PingWire wire = open_ping_wire(command);
  if (auto done = drop_privileges(); !done) {
    return trouble(done.error().message);
  }
  const auto found = find_ping_targets(command);
  if (!found) {
    return trouble(found.error().message);
  }
  std::vector<PingedHost> hosts;
  const auto report = make_report(command, hosts);
  hosts = find_hosts(*found, command, wire, *report);
  if (hosts.empty()) {
    return close(*report).value_or(kPingTrouble);
  }
  auto done = check_hosts(hosts, command, wire);
  done = done ? settle_sockets(command, wire, hosts) : done;
  if (!done) {
    return trouble(done.error().message);
  }
  std::ranges::for_each(wire.warnings(), complain);
  auto evidence = PacketEvidence::open(command.pcap_file);
  return evidence ? ask(command, hosts, wire, *report, *evidence) : trouble(evidence.error().message);
}

}  // namespace echosweep::cli

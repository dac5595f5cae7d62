#include "cli/ping_wire.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <utility>

#include "cli/messages.hpp"
#include "packet/sweep_codec.hpp"
#include "report/escape.hpp"

namespace echosweep::cli {

using namespace std::chrono_literals;

net::SocketKind PingWire::kind() const {
  return v4 ? v4->kind : v6 ? v6->kind : net::SocketKind::kPing;
}

std::vector<std::string> PingWire::warnings() const {
  std::vector<std::string> all;
  for (const auto* sockets : {&v4, &v6}) {
    if (*sockets) {
      std::ranges::copy((*sockets)->warnings, std::back_inserter(all));
    }
  }
  return all;
}

net::SocketTx PingWire::take_sending() {
  return {kind(), v4 ? std::move(v4->sending) : net::Fd{}, v6 ? std::move(v6->sending) : net::Fd{}};
}

net::SocketRx PingWire::take_hearing() {
  return {kind(), v4 ? std::move(v4->hearing) : net::Fd{}, v6 ? std::move(v6->hearing) : net::Fd{}, true};
}

PingWire open_ping_wire(const PingCommand& command) {
  net::PingSocketOptions options = command.socket;
  const auto key = packet::RunKey::random();
  PingWire wire;
  wire.identifier = command.identifier ? options.identifier : key ? key->identifier : Identifier{1};
  if (key) {
    wire.nonce_key = key->tag_key;
  }
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const bool v4 = family == Family::kIpv4;
    if (v4 ? command.only6 : command.only4) {
      continue;
    }
    if (!options.interface.empty() && !v4 && if_nametoindex(options.interface.c_str()) == 0) {
      wire.v6 = fail("unknown iface: " + options.interface);
      continue;
    }
    wire.of(family) = net::open_ping_sockets(family, options);
    options.raw = options.raw || (wire.of(family) && wire.of(family)->kind != net::SocketKind::kPing);
  }
  if (options.raw && wire.v4 && wire.v4->kind == net::SocketKind::kPing) {  // IPv6 alone has no other
    wire.v4 = net::open_ping_sockets(Family::kIpv4, options);
  }
  return wire;
}

std::expected<PingedHost, std::string> find_way(const NamedTarget& target, const PingCommand& command,
                                                PingWire& wire) {
  if (target.addresses.empty()) {
    return std::unexpected(fmt::format("{}: {}", report::visible(target.word), target.failure));
  }
  std::string why;
  for (const Address& address : target.addresses) {
    const auto& sockets = wire.of(address.family());
    if (!sockets) {
      why = sockets.error().message;
      continue;
    }
    auto source = net::source_towards(address, command.socket, false);
    const bool is_broadcast = !source && source.error().code == EACCES && command.socket.broadcast;
    if (is_broadcast) {
      print_to_stderr("WARNING: pinging broadcast address\n");
      source = net::source_towards(address, command.socket, true);
    }
    if (source) {
      const bool unspecified = address == Address::v4(0);
      const bool shows_source = command.binds || !command.socket.interface.empty();
      return PingedHost{.name = target.word,
                        .address = unspecified ? *source : address,
                        .is_name = target.is_name,
                        .many_answer = address.is_multicast() || command.socket.broadcast,
                        .route_source = *source,
                        .source = shows_source ? std::optional(*source) : std::nullopt};
    }
    why = source.error().message;
    if (source.error().code == EACCES) {
      why = "Do you want to ping broadcast? Then -b. If not, check your local firewall rules";
    }
    if (source.error().code != ENETUNREACH && source.error().code != EHOSTUNREACH) {
      break;
    }
  }
  return std::unexpected(command.targets.size() > 1 ? fmt::format("{}: {}", report::visible(target.word), why)
                                                    : why);
}

std::optional<std::string> too_much(const PingedHost& host, const PingCommand& command) {
  if (!host.many_answer || !command.by_user) {
    return std::nullopt;
  }
  if (command.run.interval < std::chrono::seconds(1)) {
    return fmt::format("broadcast ping with too short interval: {}", command.run.interval / 1ms);
  }
  if (command.socket.path_mtu.value_or(IP_PMTUDISC_DO) != IP_PMTUDISC_DO) {
    return "broadcast ping does not fragment";
  }
  return std::nullopt;
}

Result<void> settle_sockets(const PingCommand& command, PingWire& wire, std::vector<PingedHost>& hosts) {
  const auto is_v6 = [](const PingedHost& host) { return !host.address.is_v4(); };
  const bool many_v6 = std::ranges::count_if(hosts, is_v6) > 1;
  std::optional<std::uint32_t> label = command.flow_label;
  Result<void> done;
  for (PingedHost& host : hosts) {
    const net::Fd& fd = wire.of(host.address.family())->sending;
    if (host.many_answer && !command.socket.path_mtu) {
      done = net::set_path_mtu(fd, host.address.family(), IP_PMTUDISC_DO);
    }
    if (done && label && is_v6(host)) {
      const auto leased = net::lease_flow_label(fd, host.address, *label, many_v6);
      done = leased ? Result<void>{} : std::unexpected(leased.error());
      label = leased ? *leased : label;  // the kernel's choice for the first is everybody's
      host.flow_label = label;
    }
    const bool is_bound =
        host.address.is_v4() ? command.socket.source4.has_value() : command.socket.source6.has_value();
    if (done && command.binds && !is_bound && hosts.size() == 1) {
      done = net::bind_source(fd, *host.source);
    }
    if (done && command.connects) {
      done = net::connect_to(fd, host.address);
    }
    if (!done) {
      return done;
    }
  }
  return done;
}

}  // namespace echosweep::cli

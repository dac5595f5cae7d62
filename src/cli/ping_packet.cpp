#include "cli/ping_packet.hpp"

#include <netinet/in.h>

#include <cstddef>
#include <optional>
#include <variant>

#include "net/ping_sockets.hpp"
#include "packet/icmp.hpp"
#include "packet/ip_writer.hpp"

namespace echosweep::cli {

namespace {

/// As asked for; else as the kernel has it: DF where the packet fits the path, fragments where it does not.
bool has_dont_fragment(const PingCommand& command, const PingedHost& host, std::size_t message_size) {
  const int asked = command.socket.path_mtu.value_or(host.many_answer ? IP_PMTUDISC_DO : IP_PMTUDISC_WANT);
  if (asked != IP_PMTUDISC_WANT) {
    return asked != IP_PMTUDISC_DONT;
  }
  const auto mtu = net::known_path_mtu(host.address, command.socket);
  const std::size_t size = packet::kIpv4HeaderSize + command.socket.ip_options.size() + message_size;
  return !mtu || size <= *mtu;
}

}  // namespace

std::vector<std::uint8_t> whole_packet(const PingCommand& command, const PingedHost& host,
                                       const ping::Outcome& outcome) {
  if (!std::holds_alternative<ping::Leaving>(outcome.what)) {
    std::vector<std::uint8_t> packet = outcome.packet;
    packet::mend_ip_header(packet, host.route_source);
    return packet;
  }
  constexpr Ttl kDefault{64};
  const std::optional<Ttl> ttl =
      command.socket.ttl ? command.socket.ttl : net::usual_ttl(host.address, command.socket);
  return packet::write_ip_packet(
      {.source = host.route_source,
       .destination = host.address,
       .ttl = ttl.value_or(kDefault),
       .tos = command.socket.tos,
       .dont_fragment = host.address.is_v4() && has_dont_fragment(command, host, outcome.packet.size()),
       .flow_label = host.flow_label.value_or(0),
       .options = command.socket.ip_options},
      outcome.packet);
}

}  // namespace echosweep::cli

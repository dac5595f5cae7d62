#include "cli/ping_packet.hpp"

#include <netinet/in.h>

#include <variant>

#include "packet/ip_writer.hpp"

namespace echosweep::cli {

std::vector<std::uint8_t> whole_packet(const PingCommand& command, const PingedHost& host,
                                       const ping::Outcome& outcome) {
  if (!std::holds_alternative<ping::Leaving>(outcome.what)) {
    std::vector<std::uint8_t> packet = outcome.packet;
    packet::mend_ip_header(packet, host.route_source);
    return packet;
  }
  // The kernel's defaults: 64 hops, one for multicasts; and it does not fragment what fits.
  constexpr Ttl kUnicast{64};
  constexpr Ttl kMulticast{1};
  const Ttl usual = host.address.is_multicast() ? kMulticast : kUnicast;
  return packet::write_ip_packet(
      {.source = host.route_source,
       .destination = host.address,
       .ttl = command.socket.ttl.value_or(usual),
       .tos = command.socket.tos,
       .dont_fragment = command.socket.path_mtu.value_or(IP_PMTUDISC_WANT) != IP_PMTUDISC_DONT,
       .flow_label = host.flow_label.value_or(0),
       .options = command.socket.ip_options},
      outcome.packet);
}

}  // namespace echosweep::cli

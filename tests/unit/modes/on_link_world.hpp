#pragma once

#include "sweep_run.hpp"

namespace echosweep::modes {

// Hosts on our own links, for sweeps over a LoopbackNetwork.

using packet::ProbeKind;

inline MacAddress mac_of(const Address& address) {
  return MacAddress::from_value(0x02e500000000 + static_cast<std::uint32_t>(address.value()));
}
inline LoopbackNetwork::Answer neighbour(const MacAddress& mac,
                                         std::chrono::nanoseconds delay = std::chrono::milliseconds(1)) {
  return {.delay = delay, .error = {}, .options = {}, .dropped = false, .neighbour = mac};
}
inline LoopbackNetwork::Answer echo(std::chrono::nanoseconds delay = std::chrono::milliseconds(20)) {
  return {.delay = delay, .error = {}, .options = {}, .dropped = false};
}
inline LoopbackNetwork::Fate with(const LoopbackNetwork::Answer& answer) {
  return {.error = 0, .answers = {answer}};
}
inline LoopbackNetwork::Fate nothing() {
  return {};
}
inline bool is_question(const net::OutgoingPacket& packet) {
  return packet.kind == ProbeKind::kNeighbour;
}
inline bool everything(const Address&) {
  return true;
}

inline SweepOptions options_with(NeighbourUse use, unsigned retries = 1) {
  SweepOptions options;
  options.retries = retries;
  options.drain = std::chrono::seconds(1);
  options.neighbours = use;
  return options;
}

/// Says its MAC address, and answers an echo that goes to that.
inline LoopbackNetwork::Fate lively(const net::OutgoingPacket& packet) {
  if (is_question(packet)) {
    return with(neighbour(mac_of(packet.destination)));
  }
  return packet.mac == mac_of(packet.destination) ? with(echo()) : nothing();
}
/// Says its MAC address, and drops the echo.
inline LoopbackNetwork::Fate taciturn(const net::OutgoingPacket& packet) {
  return is_question(packet) ? with(neighbour(mac_of(packet.destination))) : nothing();
}

}  // namespace echosweep::modes

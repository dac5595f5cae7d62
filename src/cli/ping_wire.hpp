#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "cli/ping_command.hpp"
#include "cli/ping_report.hpp"
#include "cli/ping_targets.hpp"
#include "net/ping_sockets.hpp"
#include "net/socket_rx.hpp"
#include "net/socket_tx.hpp"

namespace echosweep::cli {

/// What requests leave by and answers come in by; a family that cannot be had is missed by its targets alone.
class PingWire {
 public:
  Result<net::PingSockets> v4 = fail("IPv4 is not wanted");
  Result<net::PingSockets> v6 = fail("IPv6 is not wanted");
  Identifier identifier;  ///< of the first target's requests, on raw sockets
  std::array<std::uint8_t, 16> nonce_key{};

  Result<net::PingSockets>& of(Family family) { return family == Family::kIpv4 ? v4 : v6; }
  /// Raw sockets, where an identifier of its own names each target.
  bool has_own_identifiers() const { return kind() != net::SocketKind::kPing; }
  std::vector<std::string> warnings() const;
  net::SocketTx take_sending();
  net::SocketRx take_hearing();

 private:
  net::SocketKind kind() const;
};

/// Opens what there are rights for; both families by sockets of the same kind.
PingWire open_ping_wire(const PingCommand& command);

/// Takes the first address that there is a way to. Unexpected: there is none, and why.
std::expected<PingedHost, std::string> find_way(const NamedTarget& target, const PingCommand& command,
                                                PingWire& wire);

/// What users must not: ask many hosts often, or send them fragments.
std::optional<std::string> too_much(const PingedHost& host, const PingCommand& command);

/// What only known targets decide: packets to many are not fragmented; -B, -F, -C.
Result<void> settle_sockets(const PingCommand& command, PingWire& wire, std::vector<PingedHost>& hosts);

}  // namespace echosweep::cli

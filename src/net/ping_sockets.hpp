#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "core/result.hpp"
#include "net/fd.hpp"
#include "net/sockets.hpp"

namespace echosweep::net {

/// What ping's options ask of its sockets.
struct PingSocketOptions {
  std::string interface;           ///< SO_BINDTODEVICE; empty: as routed
  std::optional<Address> source4;  ///< bind(); nothing: the route's
  std::optional<Address> source6;
  std::optional<Ttl> ttl;       ///< or hop limit; nothing: the system's
  Tos tos;                      ///< or traffic class
  std::optional<int> path_mtu;  ///< a value of IP_MTU_DISCOVER, which are those of IPV6_MTU_DISCOVER
  std::optional<std::uint32_t> mark;
  int send_buffer = 0;                   ///< SO_SNDBUF; 0: as set_send_buffer() has it
  bool broadcast = false;                ///< may go to broadcast addresses
  bool no_loop = false;                  ///< multicasts do not come back to this machine
  bool dont_route = false;               ///< only to hosts on our own links
  bool debug = false;                    ///< SO_DEBUG, where this process may
  std::vector<std::uint8_t> ip_options;  ///< of each IPv4 packet
  /// Which ICMP type answers, where raw sockets listen; nothing: an echo reply.
  std::optional<std::uint8_t> answer = std::nullopt;
  bool raw = false;       ///< a ping socket will not do
  Identifier identifier;  ///< of a ping socket; 0: the kernel chooses
};

/// What requests leave by, and answers come in by.
struct PingSockets {
  Fd sending;
  Fd hearing;
  SocketKind kind = SocketKind::kPing;  ///< kPing: both are one; else kLarge
  Identifier identifier;                ///< of a ping socket: the one that it has
  std::vector<std::string> warnings;    ///< what was asked for and is not so, a line each
};

/// A ping socket where this process may have one, else raw sockets. An error's words are those in which ping
/// tells of it: `bind: Cannot assign requested address`.
Result<PingSockets> open_ping_sockets(Family family, const PingSocketOptions& options);

/// Asks for one of IP_MTU_DISCOVER's values on a socket that is open.
Result<void> set_path_mtu(const Fd& fd, Family family, int value);

/// Leases a flow label (20 bits; 0: one that the kernel chooses) for packets of this socket to `destination`;
/// the result is the label. `shared`: other destinations have it, too. SocketTx must be told.
Result<std::uint32_t> lease_flow_label(const Fd& fd, const Address& destination, std::uint32_t label,
                                       bool shared);

/// Binds an open socket to this source address.
Result<void> bind_source(const Fd& fd, const Address& source);

/// Has the kernel keep the way to `destination`, and refuse others.
Result<void> connect_to(const Fd& fd, const Address& destination);

/// From which of our addresses packets to `destination` would leave; 0 where the kernel does not know.
/// `broadcast`: they may go to a broadcast address. The error's code is what a request would meet (EACCES:
/// that it is one), its words are ping's: `connect: Network is unreachable`.
Result<Address> source_towards(const Address& destination, const PingSocketOptions& options, bool broadcast);

struct InterfaceAddress {
  std::string interface;
  Address address;  ///< link-local ones with their zone
};
/// This machine's own. Empty: the kernel does not say.
std::vector<InterfaceAddress> interface_addresses();

/// The TTL or hop limit with which the kernel sends to `destination` where nobody asks for another. Nothing:
/// it does not say.
std::optional<Ttl> usual_ttl(const Address& destination, const PingSocketOptions& options);

/// How long a packet to `destination` may be without being fragmented, as far as the kernel knows, less the
/// IP options that each has; bytes. Nothing: it does not say.
std::optional<std::uint32_t> known_path_mtu(const Address& destination, const PingSocketOptions& options);

}  // namespace echosweep::net

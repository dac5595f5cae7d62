#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "core/result.hpp"
#include "net/fd.hpp"

namespace echosweep::net {

/// What the user wants of every packet; set on a socket where the kernel writes the IP header.
struct SocketOptions {
  std::string interface;           ///< SO_BINDTODEVICE; empty: as routed
  std::optional<Address> source4;  ///< bind(); nothing: the route's
  std::optional<Address> source6;
  Ttl ttl{64};
  Tos tos;
  bool dont_fragment = false;
  /// Whatever the interface takes leaves, in one piece, though the kernel has learned that the path takes
  /// less.
  bool ignores_path_mtu = false;
  bool broadcast = true;                ///< may go to broadcast addresses; else those are EACCES
  std::optional<std::uint32_t> fwmark;  ///< SO_MARK
  /// Of kPing only, where the kernel writes it into every request and gives us the replies that have it.
  Identifier identifier;
  bool shares_identifier = false;  ///< with a socket of ours of the other family, which was opened before
};

/// How echo requests leave and what a socket hears.
enum class SocketKind : std::uint8_t {
  kSpray,  ///< raw, hears nothing; IPv4 headers are ours (IP_HDRINCL on IPPROTO_RAW)
  kLarge,  ///< raw, hears nothing; the kernel writes headers and fragments
  kPing,   ///< unprivileged ICMP socket: the kernel owns the identifier, replies and errors come in
};

/// A non-blocking socket of that kind for that family. The error names the privilege or the sysctl to get;
/// EADDRINUSE: somebody else has the identifier.
Result<Fd> open_socket(Family family, SocketKind kind, const SocketOptions& options);

/// The room that packets of ours have in a socket before they leave, and answers before they are read; where
/// the system gives less, less.
void set_send_buffer(const Fd& fd, Family family, SocketKind kind);
void set_receive_buffer(const Fd& fd);

/// A raw IPv6 socket that hears nothing, for packets of this protocol (IPPROTO_UDP, IPPROTO_TCP) from its
/// header on; the kernel writes their checksum, which lies `checksum_at` bytes from the start.
Result<Fd> open_raw6(int protocol, int checksum_at, const SocketOptions& options);

/// Raw, for hearing echo replies and ICMP errors whole, however many fragments they came in.
Result<Fd> open_listening_socket(Family family, const SocketOptions& options);

/// An address as the kernel takes it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};
SocketAddress to_socket_address(const Address& address);
Address from_socket_address(const sockaddr_storage& storage);

}  // namespace echosweep::net

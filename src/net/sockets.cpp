#include "net/sockets.hpp"

#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace echosweep::net {

namespace {

/// Room for bursts of replies where the kernel copies each into a socket: 8 MiB hold about 10,000 of them.
constexpr int kReceiveBuffer = 8 << 20;
/// So much that a device queue fills before the socket does: the queue is what says ENOBUFS.
constexpr int kSendBuffer = 4 << 20;

/// The privileged form passes the sysctl's ceiling; where it is refused, the plain one gives what it can.
void set_buffer(const Fd& fd, int force, int plain, int bytes) {
  if (setsockopt(fd.get(), SOL_SOCKET, force, &bytes, sizeof bytes) != 0) {
    setsockopt(fd.get(), SOL_SOCKET, plain, &bytes, sizeof bytes);
  }
}

/// Sets options on one socket, one after the other, until the first that fails; that one is the result.
class Setup {
 public:
  Setup(const Fd& fd, Family family)
      : fd_(fd.get()),
        v4_(family == Family::kIpv4),
        level_(v4_ ? static_cast<int>(IPPROTO_IP) : static_cast<int>(IPPROTO_IPV6)) {}

  /// What the user asked of every packet, by way of the kernel.
  void apply(const SocketOptions& options) {
    if (!options.interface.empty()) {
      set(SOL_SOCKET, SO_BINDTODEVICE, options.interface.c_str(), options.interface.size() + 1,
          fmt::format("cannot use interface {} (see 'ip link')", options.interface));
    }
    if (options.fwmark) {
      set(SOL_SOCKET, SO_MARK, &*options.fwmark, sizeof *options.fwmark,
          "cannot set the firewall mark (needs CAP_NET_ADMIN)");
    }
    set_int(level_, v4_ ? IP_TTL : IPV6_UNICAST_HOPS, options.ttl.value, "the TTL");
    set_int(level_, v4_ ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, options.ttl.value, "the multicast TTL");
    set_int(level_, v4_ ? IP_TOS : IPV6_TCLASS, options.tos.value, "the TOS");
    // Without DF the kernel must not look up (and obey) what it once learned of the path's MTU.
    static_assert(IP_PMTUDISC_PROBE == IPV6_PMTUDISC_PROBE && IP_PMTUDISC_DO == IPV6_PMTUDISC_DO);
    set_int(level_, v4_ ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
            options.ignores_path_mtu ? IP_PMTUDISC_PROBE
            : options.dont_fragment  ? IP_PMTUDISC_DO
                                     : IP_PMTUDISC_DONT,
            "path MTU discovery");
    if (options.ignores_path_mtu && !v4_) {
      set_int(level_, IPV6_DONTFRAG, 1, "IPV6_DONTFRAG");
    }
    // A broadcast address is probed only where the user named it, so allow it.
    set_int(SOL_SOCKET, SO_BROADCAST, options.broadcast ? 1 : 0, "SO_BROADCAST");
  }

  /// Source address and, on a ping socket, identifier (which takes the place of a port, ping_get_port()).
  void bind_to(const std::optional<Address>& source, Identifier identifier, bool shares_identifier) {
    if (!result || (!source && identifier.value == 0)) {
      return;
    }
    SocketAddress address = to_socket_address(source.value_or(v4_ ? Address::v4(0) : Address::v6(0)));
    // The port lies at the same place in both families.
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    const std::uint16_t port_be16 = htons(identifier.value);
    std::memcpy(reinterpret_cast<char*>(&address.storage) + offsetof(sockaddr_in, sin_port), &port_be16,
                sizeof port_be16);
    // Ping sockets are born with it set, and then two programs get one identifier, and one of them all
    // replies.
    set_int(SOL_SOCKET, SO_REUSEADDR, shares_identifier ? 1 : 0, "SO_REUSEADDR");
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
      const int code = errno;
      result =
          source ? fail_errno(fmt::format("cannot send from {} (see 'ip address')", to_string(*source)), code)
                 : fail_errno("cannot take an ICMP identifier", code);
    }
    set_int(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");  // for our socket of the other family
  }

  /// Of all ICMP packets of the machine, of which a raw ICMP socket gets copies, let only these in.
  void hear_only(std::initializer_list<int> types4, std::initializer_list<int> types6) {
    if (v4_) {
      icmp_filter filter{};
      filter.data = ~0U;
      for (const int type : types4) {
        filter.data &= ~(1U << type);
      }
      set(SOL_RAW, ICMP_FILTER, &filter, sizeof filter, "cannot set the ICMP filter");
    } else {
      icmp6_filter filter{};
      ICMP6_FILTER_SETBLOCKALL(&filter);
      for (const int type : types6) {
        ICMP6_FILTER_SETPASS(type, &filter);
      }
      set(IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter, "cannot set the ICMPv6 filter");
    }
  }

  /// Of all packets of its protocol, a raw socket gets copies: let none in.
  void hear_nothing() {
    sock_filter reject{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
    const sock_fprog program{.len = 1, .filter = &reject};
    set(SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program, "cannot set the filter of a socket");
  }
  void sum_at(int offset) { set_int(IPPROTO_IPV6, IPV6_CHECKSUM, offset, "IPV6_CHECKSUM"); }

  /// Errors of the device must be told (ENOBUFS is hidden otherwise), and a ping socket's ICMP errors come
  /// so.
  void hear_errors() { set_int(level_, v4_ ? IP_RECVERR : IPV6_RECVERR, 1, "IP_RECVERR"); }

  /// What a reader wants to know besides the bytes: stamp, interface, TTL, TOS, lost packets.
  void hear_details() {
    set_int(SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
    set_int(SOL_SOCKET, SO_RXQ_OVFL, 1, "SO_RXQ_OVFL");
    set_int(level_, v4_ ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1, "IP_RECVTTL");
    set_int(level_, v4_ ? IP_RECVTOS : IPV6_RECVTCLASS, 1, "IP_RECVTOS");
    set_int(level_, v4_ ? IP_PKTINFO : IPV6_RECVPKTINFO, 1, "IP_PKTINFO");
  }

  Result<void> result;

 private:
  void set(int level, int name, const void* value, std::size_t size, const std::string& failure) {
    if (result && setsockopt(fd_, level, name, value, static_cast<socklen_t>(size)) != 0) {
      result = fail(fail_errno(failure, errno).error().message);  // no code: no other socket would do
    }
  }
  void set_int(int level, int name, int value, const char* what) {
    set(level, name, &value, sizeof value, fmt::format("cannot set {} of a socket", what));
  }

  int fd_;
  bool v4_;
  int level_;
};

struct Protocol {
  int type;
  int number;
};

Protocol protocol_of(Family family, SocketKind kind) {
  const int icmp =
      family == Family::kIpv4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
  switch (kind) {
    case SocketKind::kSpray:
      return {SOCK_RAW, family == Family::kIpv4 ? static_cast<int>(IPPROTO_RAW) : icmp};
    case SocketKind::kLarge:
      return {SOCK_RAW, icmp};
    default:
      return {SOCK_DGRAM, icmp};
  }
}

Result<Fd> open_raw(Family family, const Protocol& protocol) {
  const int domain = family == Family::kIpv4 ? AF_INET : AF_INET6;
  Fd fd(socket(domain, protocol.type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol.number));
  if (fd) {
    return fd;
  }
  const char* const cure =
      protocol.type == SOCK_RAW
          ? "needs CAP_NET_RAW: sudo setcap cap_net_raw+ep $(which echosweep)"
          : "needs this group allowed: sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'";
  const int code = errno;
  if (code == EPERM || code == EACCES) {
    return fail(fmt::format("cannot open {} socket: {} ({})", protocol.type == SOCK_RAW ? "a raw" : "an ICMP",
                            std::strerror(code), cure),
                code);
  }
  return fail_errno(fmt::format("cannot open an IPv{} socket", family == Family::kIpv4 ? 4 : 6), code);
}

}  // namespace

void set_send_buffer(const Fd& fd, Family family, SocketKind kind) {
  // An ICMPv6 ping socket alone never says ENOBUFS: there a smaller buffer, the default one, must say EAGAIN
  // before the device queue overflows in silence (ping_v6_sendmsg() drops the error, Linux 6.18).
  if (kind != SocketKind::kPing || family == Family::kIpv4) {
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, kSendBuffer);
  }
}

void set_receive_buffer(const Fd& fd) {
  set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBuffer);
}

Result<Fd> open_socket(Family family, SocketKind kind, const SocketOptions& options) {
  auto opened = open_raw(family, protocol_of(family, kind));
  if (!opened) {
    return opened;
  }
  Fd fd = std::move(*opened);
  set_send_buffer(fd, family, kind);
  Setup setup(fd, family);
  setup.apply(options);
  setup.hear_errors();
  setup.bind_to(family == Family::kIpv4 ? options.source4 : options.source6,
                kind == SocketKind::kPing ? options.identifier : Identifier{}, options.shares_identifier);
  if (kind == SocketKind::kPing) {
    set_receive_buffer(fd);
    setup.hear_details();
  } else if (kind == SocketKind::kLarge || family == Family::kIpv6) {
    setup.hear_only({}, {});
  }
  return setup.result ? Result<Fd>(std::move(fd)) : std::unexpected(setup.result.error());
}

Result<Fd> open_raw6(int protocol, int checksum_at, const SocketOptions& options) {
  auto opened = open_raw(Family::kIpv6, {SOCK_RAW, protocol});
  if (!opened) {
    return opened;
  }
  Fd fd = std::move(*opened);
  set_send_buffer(fd, Family::kIpv6, SocketKind::kLarge);
  Setup setup(fd, Family::kIpv6);
  setup.hear_nothing();
  setup.apply(options);
  setup.sum_at(checksum_at);
  setup.hear_errors();
  setup.bind_to(options.source6, Identifier{}, false);
  return setup.result ? Result<Fd>(std::move(fd)) : std::unexpected(setup.result.error());
}

Result<Fd> open_listening_socket(Family family, const SocketOptions& options) {
  auto opened = open_raw(family, protocol_of(family, SocketKind::kLarge));
  if (!opened) {
    return opened;
  }
  Fd fd = std::move(*opened);
  set_receive_buffer(fd);
  Setup setup(fd, family);
  SocketOptions only_interface;
  only_interface.interface = options.interface;
  setup.apply(only_interface);
  setup.hear_only(
      {ICMP_ECHOREPLY, ICMP_DEST_UNREACH, ICMP_SOURCE_QUENCH, ICMP_REDIRECT, ICMP_TIME_EXCEEDED,
       ICMP_PARAMETERPROB},
      {ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED, ICMP6_PARAM_PROB, ICMP6_ECHO_REPLY});
  setup.hear_details();
  return setup.result ? Result<Fd>(std::move(fd)) : std::unexpected(setup.result.error());
}

SocketAddress to_socket_address(const Address& address) {
  SocketAddress out;
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, bytes.data(), sizeof in.sin_addr);
    out.size = sizeof in;
    std::memcpy(&out.storage, &in, sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_scope_id = address.zone();
    std::memcpy(&in.sin6_addr, bytes.data(), sizeof in.sin6_addr);
    out.size = sizeof in;
    std::memcpy(&out.storage, &in, sizeof in);
  }
  return out;
}

Address from_socket_address(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return Address::v4(ntohl(in.sin_addr.s_addr));
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &storage, sizeof in);
  return Address::v6_from_bytes(in.sin6_addr.s6_addr, in.sin6_scope_id);
}

}  // namespace echosweep::net

#include "net/ping_sockets.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace echosweep::net {

namespace {

/// Sets options on one socket until the first that fails; that one is the result.
class Options {
 public:
  Options(const Fd& fd, Family family)
      : fd_(fd.get()),
        v4_(family == Family::kIpv4),
        level_(v4_ ? static_cast<int>(IPPROTO_IP) : static_cast<int>(IPPROTO_IPV6)) {}

  void set(int level, int name, const void* value, std::size_t size, const std::string& what) {
    if (result && setsockopt(fd_, level, name, value, static_cast<socklen_t>(size)) != 0) {
      result = fail_errno(what, errno);
    }
  }
  void set_int(int level, int name, int value, const std::string& what) {
    set(level, name, &value, sizeof value, what);
  }
  /// Of this family's level.
  void set_int(int name4, int name6, const std::pair<int, std::string>& value) {
    set_int(level_, v4_ ? name4 : name6, value.first, value.second);
  }
  /// Whether it worked says nothing about the rest.
  bool try_set(int level, int name, int value) {
    return setsockopt(fd_, level, name, &value, sizeof value) == 0;
  }
  bool is_v4() const { return v4_; }

  void bind_to(const std::optional<Address>& source, Identifier identifier) {
    if (!result) {
      return;
    }
    SocketAddress address = to_socket_address(source.value_or(v4_ ? Address::v4(0) : Address::v6(0)));
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    const std::uint16_t port_be16 = htons(identifier.value);
    std::memcpy(reinterpret_cast<char*>(&address.storage) + offsetof(sockaddr_in, sin_port), &port_be16,
                sizeof port_be16);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
      result = fail_errno(v4_ ? "bind" : "bind icmp socket", errno);
    }
  }

  Result<void> result;

 private:
  int fd_;
  bool v4_;
  int level_;
};

Result<Fd> open_one(Family family, int type) {
  const bool v4 = family == Family::kIpv4;
  Fd fd(socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK,
               v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6)));
  if (fd) {
    return fd;
  }
  if (errno == EPERM) {
    return fail(
        "socket: Operation not permitted (needs CAP_NET_RAW: sudo setcap cap_net_raw+ep $(which echosweep); "
        "or ICMP sockets for everybody: sudo sysctl -w net.ipv4.ping_group_range='0 2147483647')",
        EPERM);
  }
  return fail_errno("socket", errno);
}

/// How requests leave.
void apply(const PingSockets& sockets, Family family, Options& set, const PingSocketOptions& options,
           std::vector<std::string>& warnings) {
  if (!options.interface.empty()) {
    set.set(SOL_SOCKET, SO_BINDTODEVICE, options.interface.c_str(), options.interface.size() + 1,
            "SO_BINDTODEVICE " + options.interface);
  }
  if (options.mark && !set.try_set(SOL_SOCKET, SO_MARK, static_cast<int>(*options.mark))) {
    warnings.push_back(
        fmt::format("WARNING: failed to set mark: {}: {}", *options.mark, std::strerror(errno)));
  }
  if (options.tos.value != 0) {
    set.set_int(IP_TOS, IPV6_TCLASS, {options.tos.value, "setsockopt"});
  }
  if (options.path_mtu) {
    set.set_int(IP_MTU_DISCOVER, IPV6_MTU_DISCOVER,
                {*options.path_mtu, set.is_v4() ? "IP_MTU_DISCOVER" : "IPV6_MTU_DISCOVER"});
  }
  if (options.ttl) {
    const char* const many =
        set.is_v4() ? "cannot set multicast time-to-live" : "can't set multicast hop limit";
    const char* const one = set.is_v4() ? "cannot set unicast time-to-live" : "can't set unicast hop limit";
    set.set_int(IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, {options.ttl->value, many});
    set.set_int(IP_TTL, IPV6_UNICAST_HOPS, {options.ttl->value, one});
  }
  if (options.send_buffer > 0) {
    (void)set.try_set(SOL_SOCKET, SO_SNDBUF, options.send_buffer);
  } else {
    set_send_buffer(sockets.sending, family, sockets.kind);
  }
  if (options.broadcast) {
    set.set_int(SOL_SOCKET, SO_BROADCAST, 1, "cannot set broadcasting");
  }
  if (options.no_loop) {
    set.set_int(IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP,
                {0, set.is_v4() ? "cannot disable multicast loopback" : "can't disable multicast loopback"});
  }
  if (options.dont_route) {
    (void)set.try_set(SOL_SOCKET, SO_DONTROUTE, 1);
  }
  if (options.debug) {
    (void)set.try_set(SOL_SOCKET, SO_DEBUG, 1);
  }
  if (!options.ip_options.empty() && set.is_v4()) {
    set.set(IPPROTO_IP, IP_OPTIONS, options.ip_options.data(), options.ip_options.size(), "IP_OPTIONS");
  }
  // Else what a device refuses is not told (ENOBUFS), and a ping socket does not tell ICMP errors.
  set.set_int(IP_RECVERR, IPV6_RECVERR, {1, set.is_v4() ? "IP_RECVERR" : "IPV6_RECVERR"});
}

/// What is wanted to know of answers.
void hear(const Fd& fd, Options& set) {
  set_receive_buffer(fd);
  set.set_int(SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
  set.set_int(SOL_SOCKET, SO_RXQ_OVFL, 1, "SO_RXQ_OVFL");
  set.set_int(IP_RECVTTL, IPV6_RECVHOPLIMIT, {1, set.is_v4() ? "IP_RECVTTL" : "can't receive hop limit"});
  set.set_int(IP_RECVTOS, IPV6_RECVTCLASS, {1, set.is_v4() ? "IP_RECVTOS" : "IPV6_RECVTCLASS"});
  set.set_int(IP_PKTINFO, IPV6_RECVPKTINFO, {1, "IP_PKTINFO"});
  if (!set.is_v4()) {
    (void)set.try_set(IPPROTO_IPV6, IPV6_FLOWINFO, 1);  // the flow label
  }
  if (set.is_v4()) {
    set.set_int(IPPROTO_IP, IP_RECVOPTS, 1, "IP_RECVOPTS");  // where no IP header comes in
  }
}

void let_in(Options& set, std::initializer_list<int> types4, std::initializer_list<int> types6) {
  if (set.is_v4()) {
    icmp_filter filter{};
    filter.data = ~0U;
    for (const int type : types4) {
      filter.data &= ~(1U << type);
    }
    set.set(SOL_RAW, ICMP_FILTER, &filter, sizeof filter, "ICMP_FILTER");
  } else {
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    for (const int type : types6) {
      ICMP6_FILTER_SETPASS(type, &filter);
    }
    set.set(IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter, "setsockopt(ICMP6_FILTER)");
  }
}

const std::optional<Address>& source_of(const PingSocketOptions& options, Family family) {
  return family == Family::kIpv4 ? options.source4 : options.source6;
}

/// The identifier that the kernel has given it: it stands in a port's place.
Identifier identifier_of(const Fd& fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return {};
  }
  std::uint16_t port_be16 = 0;
  std::memcpy(&port_be16, reinterpret_cast<const char*>(&storage) + offsetof(sockaddr_in, sin_port),
              sizeof port_be16);
  return Identifier{ntohs(port_be16)};
}

Result<PingSockets> finish_ping_socket(Fd fd, Family family, const PingSocketOptions& options) {
  PingSockets sockets{.sending = std::move(fd), .hearing = {}, .identifier = {}, .warnings = {}};
  Options set(sockets.sending, family);
  apply(sockets, family, set, options, sockets.warnings);
  hear(sockets.sending, set);
  // Ping sockets are born with it: two programs would get one identifier, and one of them all replies. One
  // that is given is wanted for both families.
  set.set_int(SOL_SOCKET, SO_REUSEADDR, options.identifier.value != 0 ? 1 : 0, "SO_REUSEADDR");
  set.bind_to(source_of(options, family), options.identifier);
  if (!set.result) {
    return std::unexpected(set.result.error());
  }
  sockets.identifier = identifier_of(sockets.sending);
  auto second = sockets.sending.duplicate();
  if (!second) {
    return std::unexpected(second.error());
  }
  sockets.hearing = std::move(*second);
  return sockets;
}

/// A UDP socket that has taken the way, and sends nothing.
Result<Fd> connect_towards(const Address& destination, const PingSocketOptions& options, bool broadcast) {
  const Family family = destination.family();
  Fd fd(socket(destination.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) {
    return fail_errno("socket", errno);
  }
  Options set(fd, family);
  if (!options.interface.empty()) {
    // Without the right to: as routed, which is as good as it gets.
    (void)setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, options.interface.c_str(),
                     static_cast<socklen_t>(options.interface.size() + 1));
  }
  if (options.mark) {
    (void)set.try_set(SOL_SOCKET, SO_MARK, static_cast<int>(*options.mark));
  }
  if (broadcast) {
    (void)set.try_set(SOL_SOCKET, SO_BROADCAST, 1);
  }
  if (source_of(options, family)) {
    set.bind_to(source_of(options, family), {});
  }
  SocketAddress address = to_socket_address(destination);
  constexpr std::uint16_t kAnyPort = 1025;
  const std::uint16_t port_be16 = htons(kAnyPort);
  std::memcpy(reinterpret_cast<char*>(&address.storage) + offsetof(sockaddr_in, sin_port), &port_be16,
              sizeof port_be16);
  if (set.result &&
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    return fail_errno("connect", errno);
  }
  return set.result ? Result<Fd>(std::move(fd)) : std::unexpected(set.result.error());
}

}  // namespace

Result<void> set_path_mtu(const Fd& fd, Family family, int value) {
  Options set(fd, family);
  set.set_int(IP_MTU_DISCOVER, IPV6_MTU_DISCOVER,
              {value, family == Family::kIpv4 ? "IP_MTU_DISCOVER" : "IPV6_MTU_DISCOVER"});
  return set.result;
}

Result<std::uint32_t> lease_flow_label(const Fd& fd, const Address& destination, std::uint32_t label,
                                       bool shared) {
  in6_flowlabel_req request{};
  request.flr_label = htonl(label);
  request.flr_action = IPV6_FL_A_GET;
  request.flr_flags = IPV6_FL_F_CREATE;
  request.flr_share = shared ? IPV6_FL_S_ANY : IPV6_FL_S_EXCL;
  std::memcpy(&request.flr_dst, destination.bytes().data(), sizeof request.flr_dst);
  // The kernel writes the label that it has chosen back.
  if (setsockopt(fd.get(), IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &request, sizeof request) != 0) {
    return fail_errno("can't set flowlabel", errno);
  }
  const int on = 1;
  if (setsockopt(fd.get(), IPPROTO_IPV6, IPV6_FLOWINFO_SEND, &on, sizeof on) != 0) {
    return fail_errno("can't send flowinfo", errno);
  }
  return ntohl(request.flr_label);
}

Result<void> bind_source(const Fd& fd, const Address& source) {
  Options set(fd, source.family());
  set.bind_to(source, {});
  return set.result;
}

Result<void> connect_to(const Fd& fd, const Address& destination) {
  const SocketAddress address = to_socket_address(destination);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    return fail_errno("connect", errno);
  }
  return {};
}

Result<Address> source_towards(const Address& destination, const PingSocketOptions& options, bool broadcast) {
  const auto fd = connect_towards(destination, options, broadcast);
  if (!fd) {
    return std::unexpected(fd.error());
  }
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd->get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return fail_errno("getsockname", errno);
  }
  return from_socket_address(storage);
}

std::vector<InterfaceAddress> interface_addresses() {
  std::vector<InterfaceAddress> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) {
    return found;
  }
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    const int family = each->ifa_addr == nullptr ? AF_UNSPEC : each->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6) {
      sockaddr_storage storage{};
      std::memcpy(&storage, each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
      found.push_back({.interface = each->ifa_name, .address = from_socket_address(storage)});
    }
  }
  freeifaddrs(all);
  return found;
}

std::optional<Ttl> usual_ttl(const Address& destination, const PingSocketOptions& options) {
  const auto fd = connect_towards(destination, options, true);
  const bool v4 = destination.is_v4();
  const bool many = destination.is_multicast();
  const int name = v4 ? (many ? IP_MULTICAST_TTL : IP_TTL) : (many ? IPV6_MULTICAST_HOPS : IPV6_UNICAST_HOPS);
  int ttl = 0;
  socklen_t size = sizeof ttl;
  if (!fd || getsockopt(fd->get(), v4 ? static_cast<int>(IPPROTO_IP) : static_cast<int>(IPPROTO_IPV6), name,
                        &ttl, &size) != 0) {
    return std::nullopt;
  }
  return Ttl{static_cast<std::uint8_t>(ttl)};
}

std::optional<std::uint32_t> known_path_mtu(const Address& destination, const PingSocketOptions& options) {
  const auto fd = connect_towards(destination, options, true);
  int mtu = 0;
  socklen_t size = sizeof mtu;
  const bool v4 = destination.is_v4();
  if (!fd || getsockopt(fd->get(), v4 ? static_cast<int>(IPPROTO_IP) : static_cast<int>(IPPROTO_IPV6),
                        v4 ? IP_MTU : IPV6_MTU, &mtu, &size) != 0) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(mtu) - (v4 ? static_cast<std::uint32_t>(options.ip_options.size()) : 0);
}

Result<PingSockets> open_ping_sockets(Family family, const PingSocketOptions& options) {
  if (!options.raw) {
    if (auto fd = open_one(family, SOCK_DGRAM)) {
      return finish_ping_socket(std::move(*fd), family, options);
    }
  }
  auto sending = open_one(family, SOCK_RAW);
  auto hearing = sending ? open_one(family, SOCK_RAW) : Fd{};
  if (!sending || !hearing) {
    return std::unexpected(sending ? hearing.error() : sending.error());
  }
  PingSockets sockets{.sending = std::move(*sending),
                      .hearing = std::move(*hearing),
                      .kind = SocketKind::kLarge,
                      .identifier = options.identifier,
                      .warnings = {}};
  Options out(sockets.sending, family);
  apply(sockets, family, out, options, sockets.warnings);
  let_in(out, {}, {});
  if (source_of(options, family)) {
    out.bind_to(source_of(options, family), {});
  }
  if (!out.result) {
    return std::unexpected(out.result.error());
  }
  Options in(sockets.hearing, family);
  hear(sockets.hearing, in);
  let_in(in,
         {options.answer.value_or(ICMP_ECHOREPLY), ICMP_DEST_UNREACH, ICMP_SOURCE_QUENCH, ICMP_REDIRECT,
          ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB},
         {ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED, ICMP6_PARAM_PROB,
          options.answer.value_or(ICMP6_ECHO_REPLY)});
  if (!in.result) {
    return std::unexpected(in.result.error());
  }
  return sockets;
}

}  // namespace echosweep::net

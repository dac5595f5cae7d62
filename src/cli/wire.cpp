#include "cli/wire.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <cerrno>

#include "net/pcap_rx.hpp"
#include "net/routes.hpp"
#include "net/socket_rx.hpp"
#include "packet/icmp.hpp"

namespace echosweep::cli {

namespace {

using net::SocketKind;

/// Every IPv6 link carries packets of this size whole (RFC 8200 5), and nearly every IPv4 link does.
constexpr std::size_t kNeverFragmented = 1280;

struct Families {
  bool v4 = false;
  bool v6 = false;
};

Families families_of(const targets::TargetSet& targets) {
  Families families;
  for (std::size_t i = 0; i < targets.range_count(); ++i) {
    (targets.range(i).first.is_v4() ? families.v4 : families.v6) = true;
  }
  return families;
}

struct SocketPair {
  net::Fd v4;
  net::Fd v6;
};

/// One socket for each family that has targets.
template <typename Open>
Result<SocketPair> open_each(const Families& families, Open open) {
  SocketPair pair;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const bool v4 = family == Family::kIpv4;
    if (v4 ? families.v4 : families.v6) {
      auto fd = open(family);
      if (!fd) {
        return std::unexpected(fd.error());
      }
      (v4 ? pair.v4 : pair.v6) = std::move(*fd);
    }
  }
  return pair;
}

packet::SweepCodec make_codec(const packet::RunKey& key, const SweepCommand& command) {
  return packet::SweepCodec(key, {.payload_size = command.payload_size,
                                  .ttl = command.socket.ttl,
                                  .tos = command.socket.tos,
                                  .dont_fragment = command.socket.dont_fragment,
                                  .random_payload = command.random_payload,
                                  .source4 = command.socket.source4.value_or(Address{})});
}

/// Whole packets from the capture; or from sockets, where replies may come in fragments.
Result<std::unique_ptr<net::PacketRx>> open_ears(const SweepCommand& command, const Families& families,
                                                 SocketKind kind, const std::string& filter) {
  if (kind == SocketKind::kSpray) {
    auto capture = net::PcapRx::open(filter);
    if (!capture) {
      return std::unexpected(capture.error());
    }
    return std::move(*capture);
  }
  auto sockets =
      open_each(families, [&](Family family) { return net::open_listening_socket(family, command.socket); });
  if (!sockets) {
    return std::unexpected(sockets.error());
  }
  return std::make_unique<net::SocketRx>(kind, std::move(sockets->v4), std::move(sockets->v6));
}

Result<Wire> open_privileged(const SweepCommand& command, const Families& families,
                             const packet::RunKey& key) {
  const std::size_t size = packet::kIpv6HeaderSize + packet::kIcmpHeaderSize + command.payload_size;
  const SocketKind kind = size > kNeverFragmented ? SocketKind::kLarge : SocketKind::kSpray;
  auto sockets =
      open_each(families, [&](Family family) { return net::open_socket(family, kind, command.socket); });
  if (!sockets) {
    return std::unexpected(sockets.error());
  }
  packet::SweepCodec codec = make_codec(key, command);
  auto rx = open_ears(command, families, kind, codec.capture_filter());
  if (!rx) {
    return std::unexpected(rx.error());
  }
  return Wire{.codec = std::move(codec),
              .tx = net::SocketTx(kind, std::move(sockets->v4), std::move(sockets->v6)),
              .rx = std::move(*rx)};
}

Result<Wire> open_unprivileged(const SweepCommand& command, const Families& families, packet::RunKey key) {
  constexpr int kTries = 16;  // another program may have the identifier
  Result<SocketPair> sockets;
  for (int i = 0; i < kTries; ++i) {
    net::SocketOptions options = command.socket;
    options.identifier = key.identifier;
    sockets = open_each(families, [&](Family family) {
      options.shares_identifier = family == Family::kIpv6 && families.v4;
      return net::open_socket(family, SocketKind::kPing, options);
    });
    if (sockets || sockets.error().code != EADDRINUSE) {
      break;
    }
    key.identifier.value =
        static_cast<std::uint16_t>(key.identifier.value + 1 == 0 ? 1 : key.identifier.value + 1);
  }
  if (!sockets) {
    return std::unexpected(sockets.error());
  }
  auto ears = open_each(families, [&](Family family) {
    return family == Family::kIpv4 ? sockets->v4.duplicate() : sockets->v6.duplicate();
  });
  if (!ears) {
    return std::unexpected(ears.error());
  }
  auto rx = std::make_unique<net::SocketRx>(SocketKind::kPing, std::move(ears->v4), std::move(ears->v6));
  return Wire{.codec = make_codec(key, command),
              .tx = net::SocketTx(SocketKind::kPing, std::move(sockets->v4), std::move(sockets->v6)),
              .rx = std::move(rx)};
}

}  // namespace

Result<Wire> open_wire(const SweepCommand& command, const targets::TargetSet& targets) {
  const Families families = families_of(targets);
  const auto key = packet::RunKey::random();
  if (!key) {
    return std::unexpected(key.error());
  }
  auto privileged = open_privileged(command, families, *key);
  if (privileged || privileged.error().code != EPERM) {
    return privileged;
  }
  auto unprivileged = open_unprivileged(command, families, *key);
  if (!unprivileged && unprivileged.error().code == EACCES) {
    return fail(
        "cannot open a raw socket: Operation not permitted (needs CAP_NET_RAW: sudo setcap cap_net_raw+ep "
        "$(which echosweep); or ICMP sockets for everybody: sudo sysctl -w net.ipv4.ping_group_range='0 "
        "2147483647')",
        EPERM);
  }
  return unprivileged;
}

net::RouteQuery route_query(const SweepCommand& command) {
  return {.interface = if_nametoindex(command.socket.interface.c_str()),
          .fwmark = command.socket.fwmark,
          .source4 = command.socket.source4,
          .source6 = command.socket.source6};
}

}  // namespace echosweep::cli

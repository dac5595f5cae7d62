#include "cli/wire.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "cli/socket_pair.hpp"
#include "net/packet_socket_tx.hpp"
#include "net/pcap_rx.hpp"
#include "net/routes.hpp"
#include "net/socket_rx.hpp"
#include "packet/neighbour.hpp"

namespace echosweep::cli {

namespace {

using net::SocketKind;

packet::SweepCodec make_codec(const packet::RunKey& key, const SweepCommand& command) {
  const auto request = command.icmp_timestamp ? packet::RequestKind::kTimestamp : packet::RequestKind::kEcho;
  return packet::SweepCodec(key, {.request = request,
                                  .payload_size = command.payload_size,
                                  .ttl = command.socket.ttl,
                                  .tos = command.socket.tos,
                                  .dont_fragment = command.socket.dont_fragment,
                                  .random_payload = command.random_payload,
                                  .given_sequences = command.counts(),
                                  .source4 = command.socket.source4.value_or(Address{})});
}

/// So many replies a second the capture must have room for. A count asks no faster than its rounds come,
/// however fast it asks within one.
PacketRate reply_rate(const SweepCommand& command, std::uint64_t targets) {
  if (!command.counts()) {
    return command.rate;
  }
  // Over the four seconds that the ring is made for, the round that has just begun included.
  constexpr double kSeconds = 4;
  const double rounds = kSeconds / std::chrono::duration<double>(command.count.period).count() + 1;
  const double most = static_cast<double>(targets) * rounds / kSeconds;
  return command.rate.unlimited() ? PacketRate{most} : PacketRate{std::min(most, command.rate.per_second)};
}

/// Whole packets from the capture; or from sockets, where replies may come in fragments.
Result<std::unique_ptr<net::PacketRx>> open_ears(const SweepCommand& command, const Families& families,
                                                 SocketKind kind, const std::string& filter,
                                                 PacketRate replies) {
  if (kind == SocketKind::kSpray) {
    auto capture = net::PcapRx::open(filter, net::PcapRx::ring_bytes_for(replies));
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

/// What asks on our own links: by us where frames can be sent, and each target is asked once.
modes::NeighbourUse neighbour_use(const SweepCommand& command, bool has_frames) {
  using modes::NeighbourUse;
  if (!has_frames || command.counts()) {
    return NeighbourUse::kByKernel;
  }
  return command.neighbours_only ? NeighbourUse::kAlone
         : command.echo_only     ? NeighbourUse::kEchoOnly
                                 : NeighbourUse::kBoth;
}

/// The kernel's table is everybody's: half of it is ours.
std::uint32_t neighbours_at_once(const Families& families) {
  auto netlink = net::Netlink::open();
  if (!netlink) {
    return 0;
  }
  const auto limit4 = net::neighbour_limit(*netlink, Family::kIpv4);
  const auto limit6 = net::neighbour_limit(*netlink, Family::kIpv6);
  return (families.v4 && families.v6 ? std::min(limit4, limit6) : families.v4 ? limit4 : limit6) / 2;
}

/// The interfaces by which frames will leave, as far as both ends of each range tell.
std::set<std::uint32_t> interfaces_of(const targets::TargetSet& targets, net::Paths& paths) {
  constexpr std::size_t kMostRanges = 4096;
  std::set<std::uint32_t> interfaces;
  for (std::size_t i = 0; i < std::min(kMostRanges, targets.range_count()); ++i) {
    for (const Address& end : {targets.range(i).first, targets.range(i).last}) {
      const net::Path& path = paths.find(end);
      if (path.kind == net::Path::Kind::kGateway || path.kind == net::Path::Kind::kAttached) {
        interfaces.insert(path.interface);
      }
    }
  }
  return interfaces;
}

struct Frames {
  std::unique_ptr<net::LinkTx> tx;
  std::vector<std::string> remarks;
};

Result<Frames> open_frames(const SweepCommand& command, const targets::TargetSet& targets,
                           net::Paths& paths) {
  Frames frames;
  if (!command.wants_frames()) {
    return frames;
  }
  auto opened = net::PacketSocketTx::open(command.socket.fwmark);
  if (!opened) {
    return std::unexpected(opened.error());
  }
  frames.tx = std::make_unique<net::LinkTx>(std::move(*opened));
  if (command.transmit == TransmitChoice::kXdp) {
    for (const std::uint32_t interface : interfaces_of(targets, paths)) {
      if (auto done = frames.tx->use_xdp(interface); !done) {
        frames.remarks.push_back(done.error().message + "; sending by packet socket");
      }
    }
  }
  return frames;
}

Result<Wire> open_privileged(const SweepCommand& command, const targets::TargetSet& targets,
                             const packet::RunKey& key, Clock& clock) {
  const Families families = families_of(targets);
  const SocketKind kind = command.fits_frames() ? SocketKind::kSpray : SocketKind::kLarge;
  auto sockets =
      open_each(families, [&](Family family) { return net::open_socket(family, kind, command.socket); });
  if (!sockets) {
    return std::unexpected(sockets.error());
  }
  auto paths = net::Paths::open(route_query(command));
  if (!paths && command.needs_frames()) {
    return std::unexpected(paths.error());
  }
  // Who cannot ask for routes must leave them to the kernel.
  auto frames = kind == SocketKind::kSpray && paths ? open_frames(command, targets, **paths) : Frames{};
  if (!frames) {
    return std::unexpected(frames.error());
  }
  const auto neighbours = neighbour_use(command, frames->tx != nullptr);
  packet::SweepCodec codec = make_codec(key, command);
  const std::string filter = neighbours == modes::NeighbourUse::kByKernel
                                 ? codec.capture_filter()
                                 : codec.capture_filter() + packet::kNeighbourFilter;
  auto rx = open_ears(command, families, kind, filter, reply_rate(command, targets.size()));
  if (!rx) {
    return std::unexpected(rx.error());
  }
  const net::LinkTx* const sends_frames = frames->tx.get();
  net::PathTx tx({.clock = &clock,
                  .paths = paths ? paths->get() : nullptr,
                  .sockets = net::SocketTx(kind, std::move(sockets->v4), std::move(sockets->v6)),
                  .frames = std::move(frames->tx),
                  .ttl = command.socket.ttl,
                  .tos = command.socket.tos});
  return Wire{.codec = std::move(codec),
              .paths = paths ? std::move(*paths) : nullptr,
              .tx = std::move(tx),
              .rx = std::move(*rx),
              .neighbours = neighbours,
              .kernel_neighbours = neighbours_at_once(families),
              .sockets = "raw",
              .frames = sends_frames,
              .remarks = std::move(frames->remarks)};
}

Result<Wire> open_unprivileged(const SweepCommand& command, const Families& families, packet::RunKey key,
                               Clock& clock) {
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
  auto paths = net::Paths::open(route_query(command));
  net::PathTx tx({.clock = &clock,
                  .paths = paths ? paths->get() : nullptr,
                  .sockets = net::SocketTx(SocketKind::kPing, std::move(sockets->v4), std::move(sockets->v6)),
                  .frames = nullptr,
                  .ttl = command.socket.ttl,
                  .tos = command.socket.tos});
  return Wire{.codec = make_codec(key, command),
              .paths = paths ? std::move(*paths) : nullptr,
              .tx = std::move(tx),
              .rx = std::move(rx),
              .neighbours = modes::NeighbourUse::kByKernel,
              .kernel_neighbours = neighbours_at_once(families),
              .sockets = "icmp",
              .frames = nullptr,
              .remarks = {}};
}

}  // namespace

std::map<std::string, std::uint64_t> Wire::transmitted() const {
  std::map<std::string, std::uint64_t> sums;
  if (tx.by_kernel() > 0) {
    sums[sockets] = tx.by_kernel();
  }
  const auto framed = frames != nullptr ? frames->counts() : net::LinkTx::Counts{};
  if (framed.by_packet > 0) {
    sums["packet"] = framed.by_packet;
  }
  if (framed.by_xdp > 0) {
    sums["xdp"] = framed.by_xdp;
  }
  if (framed.by_xdp_zero_copy > 0) {
    sums["xdp-zero-copy"] = framed.by_xdp_zero_copy;
  }
  return sums;
}

Result<Wire> open_wire(const SweepCommand& command, const targets::TargetSet& targets, Clock& clock) {
  const Families families = families_of(targets);
  const auto key = packet::RunKey::random();
  if (!key) {
    return std::unexpected(key.error());
  }
  auto privileged = open_privileged(command, targets, *key, clock);
  if (privileged || privileged.error().code != EPERM) {
    return privileged;
  }
  if (command.icmp_timestamp) {
    return fail(
        "--icmp-timestamp needs a raw socket: Operation not permitted (needs CAP_NET_RAW: sudo setcap "
        "cap_net_raw+ep $(which echosweep))",
        EPERM);
  }
  if (command.needs_frames()) {
    return privileged;  // no ICMP socket can do what was asked for
  }
  auto unprivileged = open_unprivileged(command, families, *key, clock);
  if (!unprivileged && unprivileged.error().code == EACCES) {
    return fail(
        "cannot open a raw socket: Operation not permitted (needs CAP_NET_RAW: sudo setcap cap_net_raw+ep "
        "$(which echosweep); or ICMP sockets for everybody: sudo sysctl -w net.ipv4.ping_group_range='0 "
        "2147483647')",
        EPERM);
  }
  return unprivileged;
}

std::string expected_transmit(const SweepCommand& command) {
  const auto raw = net::open_socket(Family::kIpv4, SocketKind::kSpray, {});
  if (!raw && raw.error().code == EPERM) {
    return "icmp";
  }
  if (!command.wants_frames() || !command.fits_frames() || !net::PacketSocketTx::open(std::nullopt)) {
    return "raw";
  }
  return command.transmit == TransmitChoice::kXdp ? "xdp" : "packet";
}

net::RouteQuery route_query(const SweepCommand& command) {
  return {.interface = if_nametoindex(command.socket.interface.c_str()),
          .fwmark = command.socket.fwmark,
          .tos = command.socket.tos,
          .source4 = command.socket.source4,
          .source6 = command.socket.source6};
}

}  // namespace echosweep::cli

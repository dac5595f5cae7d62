#include "cli/trace_wire.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "cli/socket_pair.hpp"
#include "cli/wire.hpp"
#include "net/pcap_rx.hpp"
#include "net/source_addresses.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::cli {

namespace {

using packet::TraceProtocol;

/// Up to here, answers are handed out as they come: the sooner one is known, the fewer probes are needless.
constexpr double kFewAnswers = 3000;

Result<net::Fd> open_one(const TraceCommand& command, Family family) {
  constexpr int kUdpChecksum = 6;
  constexpr int kTcpChecksum = 16;
  if (family == Family::kIpv6 && command.protocol == TraceProtocol::kUdp) {
    return net::open_raw6(IPPROTO_UDP, kUdpChecksum, command.sweep.socket);
  }
  if (family == Family::kIpv6 && command.protocol == TraceProtocol::kTcp) {
    return net::open_raw6(IPPROTO_TCP, kTcpChecksum, command.sweep.socket);
  }
  return net::open_socket(family, net::SocketKind::kSpray, command.sweep.socket);
}

Result<std::function<Address(const Address&)>> source_finder(const TraceCommand& command) {
  auto sources = net::SourceAddresses::open(route_query(command.sweep));
  if (!sources) {
    return std::unexpected(sources.error());
  }
  const auto shared = std::make_shared<net::SourceAddresses>(std::move(*sources));
  return [shared](const Address& destination) { return shared->of(destination); };
}

}  // namespace

PacketRate trace_rate(const TraceCommand& command, std::uint64_t targets) {
  constexpr double kOfOneTarget = 999;  // below 1,000 a second the pacer lets each packet leave by itself
  const double most = kOfOneTarget * static_cast<double>(targets);
  return command.rate.unlimited() ? PacketRate{targets > 1000 ? 0 : most}
                                  : PacketRate{std::min(command.rate.per_second, most)};
}

Result<TraceWire> open_trace_wire(const TraceCommand& command, const targets::TargetSet& targets) {
  const auto key = packet::RunKey::random();
  if (!key) {
    return std::unexpected(key.error());
  }
  auto sockets = open_each(families_of(targets), [&](Family family) { return open_one(command, family); });
  if (!sockets) {
    return std::unexpected(sockets.error());
  }
  packet::TraceCodecOptions options{.protocol = command.protocol,
                                    .port = command.port,
                                    .size = command.size,
                                    .tos = command.sweep.socket.tos,
                                    .dont_fragment = command.sweep.socket.dont_fragment,
                                    .multipath = command.multipath,
                                    .wait = command.options.wait,
                                    .source4 = command.sweep.socket.source4,
                                    .find_source4 = {}};
  if (command.protocol != TraceProtocol::kIcmp && !options.source4) {
    auto finder = source_finder(command);
    if (!finder) {
      return std::unexpected(finder.error());
    }
    options.find_source4 = std::move(*finder);
  }
  TraceWire wire;
  wire.codec = std::make_unique<packet::TraceCodec>(*key, std::move(options));
  wire.tx = std::make_unique<net::SocketTx>(net::SocketKind::kSpray, std::move(sockets->v4),
                                            std::move(sockets->v6));
  const PacketRate rate = trace_rate(command, targets.size());
  const bool few = !rate.unlimited() && rate.per_second <= kFewAnswers;
  auto rx = net::PcapRx::open(wire.codec->capture_filter(), net::PcapRx::ring_bytes_for(rate),
                              few ? net::PcapRx::Delivery::kAtOnce : net::PcapRx::Delivery::kInBlocks);
  if (!rx) {
    return std::unexpected(rx.error());
  }
  wire.rx = std::move(*rx);
  return wire;
}

}  // namespace echosweep::cli

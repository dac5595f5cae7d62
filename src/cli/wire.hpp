#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/sweep_command.hpp"
#include "core/clock.hpp"
#include "modes/on_link.hpp"
#include "net/link_tx.hpp"
#include "net/packet_rx.hpp"
#include "net/path_tx.hpp"
#include "packet/sweep_codec.hpp"
#include "targets/target_set.hpp"

namespace echosweep::cli {

/// What a sweep sends and hears through, opened while there are privileges.
struct Wire {
  packet::SweepCodec codec;
  std::unique_ptr<net::Paths> paths;
  net::PathTx tx;  ///< refers to `paths`
  std::unique_ptr<net::PacketRx> rx;
  modes::NeighbourUse neighbours = modes::NeighbourUse::kByKernel;
  std::uint32_t kernel_neighbours = 0;  ///< that may wait for the kernel's ARP or ND at once
  std::string sockets;                  ///< what kind: "raw" or "icmp"
  const net::LinkTx* frames = nullptr;  ///< the part of `tx` that sends frames; nothing: there is none
  std::vector<std::string> remarks;     ///< what is not as it was asked for, a line each

  /// Packets that left by each back end; when nobody sends any more.
  std::map<std::string, std::uint64_t> transmitted() const;
};

/// Packet sockets or AF_XDP for frames, raw sockets for what the kernel must send, and the libpcap capture;
/// packets so large that they may be fragmented go through sockets that do that, both ways; without
/// privileges, ICMP sockets take the place of all. `clock` must outlive the wire.
Result<Wire> open_wire(const SweepCommand& command, const targets::TargetSet& targets, Clock& clock);

/// By what packets would leave now, if each could: "packet" or "xdp", "raw", "icmp"; nothing of it stays
/// open.
std::string expected_transmit(const SweepCommand& command);

/// Which interface, source and mark decide on this command's routes.
net::RouteQuery route_query(const SweepCommand& command);

}  // namespace echosweep::cli

#pragma once

#include <memory>

#include "cli/sweep_command.hpp"
#include "net/packet_rx.hpp"
#include "net/routes.hpp"
#include "net/socket_tx.hpp"
#include "packet/sweep_codec.hpp"
#include "targets/target_set.hpp"

namespace echosweep::cli {

/// What a sweep sends and hears through, opened while there are privileges.
struct Wire {
  packet::SweepCodec codec;
  net::SocketTx tx;
  std::unique_ptr<net::PacketRx> rx;
};

/// Raw sockets and the libpcap capture; packets so large that they may be fragmented go through sockets that
/// do that, both ways; without privileges, ICMP sockets take the place of both.
Result<Wire> open_wire(const SweepCommand& command, const targets::TargetSet& targets);

/// Which interface, source and mark decide on this command's routes.
net::RouteQuery route_query(const SweepCommand& command);

}  // namespace echosweep::cli

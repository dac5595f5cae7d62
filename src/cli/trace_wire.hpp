#pragma once

#include <memory>

#include "cli/trace_command.hpp"
#include "core/result.hpp"
#include "net/packet_rx.hpp"
#include "net/socket_tx.hpp"
#include "packet/trace_codec.hpp"
#include "targets/target_set.hpp"

namespace echosweep::cli {

/// What a trace sends and hears through, opened while there are privileges.
struct TraceWire {
  std::unique_ptr<packet::TraceCodec> codec;
  std::unique_ptr<net::SocketTx> tx;
  std::unique_ptr<net::PacketRx> rx;
};

/// Raw sockets, whose packets the kernel routes, and the libpcap capture.
Result<TraceWire> open_trace_wire(const TraceCommand& command, const targets::TargetSet& targets);

/// What is sent a second: few targets are not asked faster than an answer can tell that it is enough.
PacketRate trace_rate(const TraceCommand& command, std::uint64_t targets);

}  // namespace echosweep::cli

#pragma once

#include <span>

#include "core/quantities.hpp"
#include "net/packet_rx.hpp"
#include "receiver/arrival_clock.hpp"

namespace echosweep::receiver {

/// Who reads what a run's capture hears. Receiver thread only; one virtual call a batch.
class PacketHandler {
 public:
  virtual ~PacketHandler() = default;
  /// Also called now and then without any, so that time is seen to pass. `arrival` tells when each of them
  /// came in. The packets live for the call.
  virtual void on_packets(std::span<const net::CapturedPacket> packets, const ArrivalClock& arrival) = 0;
  /// Whatever came in before `time` has been handed over.
  virtual void heard_all_before(MonotonicTime /*time*/) {}
};

}  // namespace echosweep::receiver

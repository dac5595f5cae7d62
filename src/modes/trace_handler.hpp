#pragma once

#include <span>

#include "modes/trace_state.hpp"
#include "receiver/packet_handler.hpp"

namespace echosweep::modes {

/// The receiving half of a trace: which probe of which target a packet answers. Receiver thread only.
class TraceHandler final : public receiver::PacketHandler {
 public:
  explicit TraceHandler(TraceState& state) : state_(state) {}

  void on_packets(std::span<const net::CapturedPacket> packets,
                  const receiver::ArrivalClock& arrival) override;
  void heard_all_before(MonotonicTime time) override;

 private:
  template <typename T>
  void hand_over(SpscQueue<T>& queue, const T& what);

  TraceState& state_;
};

}  // namespace echosweep::modes

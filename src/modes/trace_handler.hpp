#pragma once

#include <cstdint>

#include "modes/trace_state.hpp"
#include "receiver/packet_handler.hpp"

namespace echosweep::modes {

/// The receiving half of a trace: which probe of which target a packet answers. Receiver thread only until
/// that has ended.
class TraceHandler final : public receiver::PacketHandler {
 public:
  explicit TraceHandler(TraceState& state) : state_(state) {}

  void on_packets(std::span<const net::CapturedPacket> packets,
                  const receiver::ArrivalClock& arrival) override;
  void heard_all_before(MonotonicTime time) override;

  struct Counters {
    std::uint64_t answers = 0;
    std::uint64_t foreign = 0;  ///< packets that answer nothing of ours
    std::uint64_t no_room = 0;  ///< answers that were lost, because the run ended before they were taken
  };
  const Counters& counters() const { return counters_; }

 private:
  void hand_over(const TraceEvent& event);

  TraceState& state_;
  Counters counters_;
};

}  // namespace echosweep::modes

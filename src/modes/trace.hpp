#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "modes/engine.hpp"
#include "modes/trace_handler.hpp"
#include "modes/trace_source.hpp"
#include "modes/trace_state.hpp"
#include "modes/trace_strategy.hpp"

namespace echosweep::modes {

/// A trace under way: carries steps from a strategy to the sender thread, and what becomes of them back. All
/// members are called on the main thread; what is passed in outlives the trace.
class Trace {
 public:
  struct Parts {
    Clock& clock;
    net::PacketTx& tx;
    net::PacketRx& rx;
    const packet::TraceCodec& codec;
    const targets::TargetSet& targets;
    TraceStrategy& strategy;
    PacketRate rate;
    bool keeps_packets = false;  ///< for next_packet()
  };
  explicit Trace(const Parts& parts);

  void start() { engine_.start(); }
  /// Tells the strategy what has happened and hands on what it wants, as far as there is any; how many there
  /// were of both.
  std::size_t work();
  /// A packet that answered a probe, where they are kept; false: there is none now.
  bool next_packet(net::CapturedPacket& packet) { return state_.answers.pop(packet); }
  /// The strategy has nothing more to do, or a thread has failed.
  bool is_over() const { return strategy_.is_over() || engine_.sending_is_over(); }

  /// 1: the strategy ends; 2: at once.
  void request_stop(int how_much) { engine_.request_stop(how_much); }
  /// The number behind request_stop(), for a signal handler to raise.
  std::atomic<int>& stop_requests() { return state_.stop_requests; }
  /// Waits for both threads. An Error: one of them has failed.
  Result<void> finish();

  std::uint64_t capture_drops() const { return state_.capture_drops.load(std::memory_order_relaxed); }

 private:
  std::size_t take_sent();
  std::size_t take_events();
  std::size_t hand_out_steps();

  Clock& clock_;
  TraceStrategy& strategy_;
  TraceState state_;
  TraceSource source_;
  TraceHandler handler_;
  Engine engine_;
  std::vector<TraceStep> room_;
  std::size_t outstanding_ = 0;  ///< steps that nobody has told of yet
  int stopped_ = 0;              ///< what the strategy knows of stop_requests
};

}  // namespace echosweep::modes

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/spsc_queue.hpp"
#include "modes/trace_events.hpp"
#include "net/packet_rx.hpp"
#include "packet/trace_codec.hpp"
#include "targets/target_set.hpp"

namespace echosweep::modes {

/// What the three threads of a trace share.
struct TraceState {
  TraceState(const targets::TargetSet& targets_in, const packet::TraceCodec& codec_in, std::size_t lead_in,
             bool keeps_packets_in)
      : targets(targets_in),
        codec(codec_in),
        lead(lead_in),
        keeps_packets(keeps_packets_in),
        steps(lead_in),
        sent(lead_in),
        events(kEvents),
        answers(keeps_packets_in ? kEvents : 1) {}

  /// Answers: a quarter of a second's at 50,000 a second. Behind it the capture's ring has room.
  static constexpr std::size_t kEvents = 1 << 14;

  const targets::TargetSet& targets;
  const packet::TraceCodec& codec;
  /// So many steps may be on their way to the sender and back. Few: what an answer has made needless must not
  /// wait there.
  const std::size_t lead;
  const bool keeps_packets;
  SpscQueue<TraceStep> steps;              ///< main → sender
  SpscQueue<TraceSent> sent;               ///< sender → main; never full, for it has room for all steps
  SpscQueue<TraceEvent> events;            ///< receiver → main
  SpscQueue<net::CapturedPacket> answers;  ///< receiver → main: with keeps_packets, what answered

  /// main → sender, receiver: 1: the strategy ends; 2: at once.
  std::atomic<int> stop_requests{0};
  /// receiver → main: packets that the capture lost.
  std::atomic<std::uint64_t> capture_drops{0};
  /// receiver → main: every answer that came in before this has been handed over; nanoseconds of
  /// MonotonicTime.
  std::atomic<std::int64_t> heard_until{0};
};

}  // namespace echosweep::modes

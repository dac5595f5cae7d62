#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "modes/outcome_queue.hpp"
#include "modes/send_times.hpp"
#include "packet/ping_codec.hpp"

namespace echosweep::modes {

struct PingOptions {
  std::uint64_t count = 0;  ///< requests to each target; 0: until the run is stopped
  std::chrono::nanoseconds interval = std::chrono::seconds(1);  ///< 0: as soon as there is an answer
  /// Adaptive intervals are no shorter.
  std::chrono::nanoseconds shortest_interval{0};
  std::uint32_t preload = 1;  ///< requests that need not wait for an interval or an answer
  bool adaptive = false;      ///< the interval follows the round trips
  /// The run's end, counted from its start. Then `count` counts answers instead of requests.
  std::optional<std::chrono::nanoseconds> deadline = std::nullopt;
  std::chrono::nanoseconds linger =
      std::chrono::seconds(10);  ///< for the first answer, after the last request
  bool tell_unanswered = false;  ///< a NoAnswerYet, where the next request leaves before
  bool tell_leaving = false;     ///< a Leaving for each request
  bool keep_packets = false;     ///< in each outcome
  bool as_read = false;          ///< round trips last until the reply is read, not until it comes in
};

/// Whom to ask.
struct PingTarget {
  Address address;
  bool many_answer = false;  ///< a multicast or broadcast address, or one that any of several hosts has
};

/// What the three threads know of a target.
struct PingProgress {
  PingProgress(const PingTarget& target_in, std::size_t remembered) : target(target_in), times(remembered) {}

  /// Requests later than the latest that was answered; where answers have stopped for half of the sequence
  /// numbers, all that have none. Any thread.
  std::uint64_t in_flight() const {
    constexpr std::uint16_t kHalf = 0x7fff;
    const std::uint64_t all = made.load(std::memory_order_acquire);
    const auto since = static_cast<std::uint16_t>(all - acknowledged.load(std::memory_order_acquire));
    return since <= kHalf ? since : all - std::min(all, answers.load(std::memory_order_acquire));
  }

  /// Sender thread.
  void note_left(MonotonicTime now) {
    const std::int64_t ns = now.time_since_epoch().count();
    if (first_left.load(std::memory_order_relaxed) == 0) {
      first_left.store(ns, std::memory_order_release);
    }
    last_left.store(ns, std::memory_order_release);
  }

  const PingTarget target;
  SendTimes times;
  /// sender →: requests that were made, and have left or are about to. The latest one's sequence number is
  /// this number's lower 16 bits.
  std::atomic<std::uint64_t> made{0};
  /// receiver →: the highest sequence number that was answered, as ping counts it.
  std::atomic<std::uint16_t> acknowledged{0};
  /// receiver, sender →: first replies and errors.
  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> errors{0};
  /// receiver → sender: nanoseconds; of an adaptive run.
  std::atomic<std::int64_t> interval_ns{0};
  /// sender → main: when the first request and the latest one left, nanoseconds of MonotonicTime; 0: none
  /// has. Whether nothing more will.
  std::atomic<std::int64_t> first_left{0};
  std::atomic<std::int64_t> last_left{0};
  std::atomic<bool> all_sent{false};
};

struct PingState {
  PingState(const std::vector<PingTarget>& targets_in, const packet::PingCodec& codec_in,
            const PingOptions& options_in)
      : codec(codec_in), options(options_in) {
    for (const PingTarget& target : targets_in) {
      const std::size_t remembered = SendTimes::most_each(targets_in.size());
      targets.emplace_back(target, remembered).interval_ns.store(options.interval.count());
    }
  }

  static constexpr std::size_t kSlots = 1024;

  const packet::PingCodec& codec;
  const PingOptions& options;
  std::deque<PingProgress> targets;
  OutcomeQueue from_sender{kSlots};    ///< sender → main
  OutcomeQueue from_receiver{kSlots};  ///< receiver → main
  /// main →: 1 or more: end.
  std::atomic<int> stop_requests{0};
  std::atomic<std::uint64_t> capture_drops{0};
};

/// Notes when each request leaves, before it can be answered. Sender thread.
class NotingCodec final : public packet::ProbeCodec {
 public:
  explicit NotingCodec(PingState& state) : state_(state) {}

  std::size_t packet_size(Family family) const override { return state_.codec.packet_size(family); }
  void prepare(Family family, std::span<std::uint8_t> packet) const override {
    state_.codec.prepare(family, packet);
  }
  std::size_t encode(const packet::Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                     WallTime wall) const override;

 private:
  PingState& state_;
};

}  // namespace echosweep::modes

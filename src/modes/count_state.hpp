#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <vector>

#include "core/icmp_error.hpp"
#include "core/quantities.hpp"
#include "core/spsc_queue.hpp"
#include "packet/decode.hpp"
#include "packet/sweep_codec.hpp"
#include "targets/permutation.hpp"
#include "targets/target_set.hpp"

namespace echosweep::modes {

/// A run that asks every target again and again. A round is one probe to each target, in the run's order.
struct CountOptions {
  std::uint64_t rounds = 0;                                   ///< 0: until it is stopped
  std::chrono::nanoseconds period = std::chrono::seconds(1);  ///< from one round to the next
  /// Between two probes of a round: no more than the round has time for. 0: all at once.
  std::chrono::nanoseconds spacing{0};
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);
  bool keep_rounds = false;        ///< every round trip, 8 bytes each
  bool check_source = false;       ///< an echo reply counts only from the address that was asked
  std::uint64_t max_probes = 0;    ///< 0: none
  std::uint64_t enough_alive = 0;  ///< end as soon as so many targets have answered; 0: do not
};

/// From one round to the next: longer than asked for where a round's probes do not fit in.
inline std::chrono::nanoseconds round_time(const CountOptions& options, std::uint64_t targets) {
  return std::max(
      {options.period, options.spacing * static_cast<std::int64_t>(targets), std::chrono::nanoseconds(1)});
}

/// Probes are numbered through all rounds: round times targets plus position in the order. 48 bits hold the
/// probes of nine years at a million a second.
using ProbeNumber = std::uint64_t;
inline constexpr int kProbeNumberLowBits = 40;  ///< what a probe's index carries; its pass has the rest
inline constexpr ProbeNumber kMostProbes = ProbeNumber{1} << 48;

/// A reply on its way from the receiver thread to the main thread.
struct CountEvent {
  Address from;
  ProbeNumber number = 0;
  std::int64_t rtt_ns = -1;  ///< -1: not known
  MonotonicTime received;
  WallTime received_wall;
  std::uint32_t size = 0;  ///< of the ICMP message
  Ttl ttl{};
  Tos tos{};
  bool is_error = false;
  std::uint8_t error_type = 0;
  std::uint8_t error_code = 0;
  std::optional<packet::TimestampTimes> timestamps{};
};

/// Where the cursor stood at a moment, on its way from the sender thread to the main thread.
struct CountMark {
  MonotonicTime when;
  ProbeNumber cursor = 0;
};

/// A probe that did not leave, on its way from the sender thread to the main thread.
struct CountFailure {
  ProbeNumber number = 0;
  int error = 0;  ///< errno
};

/// Where a probe's fields come from its number. Any thread.
class Rounds {
 public:
  Rounds(const targets::TargetSet& targets, const targets::Order& order) : targets_(targets), order_(order) {}

  std::uint64_t targets() const { return targets_.size(); }
  std::uint64_t round_of(ProbeNumber number) const { return number / targets_.size(); }
  std::uint64_t index_of(ProbeNumber number) const { return order_.at(number % targets_.size()); }
  ProbeNumber number_of(std::uint64_t round, std::uint64_t index) const {
    return round * targets_.size() + order_.cursor_of(index);
  }

 private:
  const targets::TargetSet& targets_;
  const targets::Order& order_;
};

/// What the three threads of a run of rounds share.
struct CountState {
  CountState(const targets::TargetSet& targets_in, const targets::Order& order_in,
             const packet::SweepCodec& codec_in, const CountOptions& options_in, std::size_t queue_slots)
      : targets(targets_in),
        codec(codec_in),
        options(options_in),
        rounds(targets_in, order_in),
        events(queue_slots),
        failures(kSenderSlots),
        marks(kSenderSlots) {}

  static constexpr std::size_t kSenderSlots = 1 << 12;

  /// The sequence number of a target's probe in this round: it counts from a keyed start, and wraps.
  Sequence sequence(std::uint64_t index, std::uint64_t round) const {
    const std::uint16_t start = codec.sequence(index, Pass{0}).value;
    return Sequence{static_cast<std::uint16_t>(start + round)};
  }
  /// All that the run has to send; 2^48 where it goes on until it is stopped.
  ProbeNumber total() const {
    const Uint128 all = Uint128{options.rounds} * targets.size();
    const ProbeNumber most = options.max_probes > 0 ? std::min(options.max_probes, kMostProbes) : kMostProbes;
    return options.rounds == 0 || all > most ? most : static_cast<ProbeNumber>(all);
  }

  const targets::TargetSet& targets;
  const packet::SweepCodec& codec;
  const CountOptions& options;
  const Rounds rounds;
  SpscQueue<CountEvent> events;      ///< receiver → main
  SpscQueue<CountFailure> failures;  ///< sender → main
  /// sender → main: one after each batch, but for those that find no room: the next one stands for them.
  SpscQueue<CountMark> marks;

  /// main → sender: 1: send no more; 2: end.
  std::atomic<int> stop_requests{0};
  /// receiver → main: packets that the capture lost.
  std::atomic<std::uint64_t> capture_drops{0};
  /// sender → main: probes whose sending is decided, one way or the other; all below this number.
  std::atomic<ProbeNumber> cursor{0};
  /// sender → receiver: probes that were made; some of them may be on their way to the kernel.
  std::atomic<ProbeNumber> made{0};
  /// sender → main: when the latest probe left; nanoseconds of MonotonicTime.
  std::atomic<std::int64_t> last_left{0};
  /// sender → main: nothing more will leave.
  std::atomic<bool> all_sent{false};
  /// receiver → main: every reply that came in before this has been handed over; nanoseconds of
  /// MonotonicTime.
  std::atomic<std::int64_t> heard_until{0};

  /// sender → receiver: when the latest probes left, by the lowest bits of their number, for the round trips
  /// of replies without a tag. A power of two.
  std::vector<std::atomic<std::int64_t>> send_times;
};

}  // namespace echosweep::modes

#pragma once

#include <optional>
#include <vector>

#include "modes/sweep_position.hpp"
#include "modes/sweep_state.hpp"
#include "packet/sweep_codec.hpp"
#include "receiver/reply.hpp"

namespace echosweep::modes {

/// The sweep's receiving half: ties replies to targets and sets the ledger. Receiver thread only until the
/// thread has ended or stands between two steps; then anyone may read the results.
class SweepHandler final : public receiver::ReplyHandler {
 public:
  SweepHandler(SweepState& state, const packet::SweepCodec& codec, MonotonicTime start)
      : state_(state), codec_(codec), start_(start) {}

  void on_replies(std::span<const receiver::Reply> replies, MonotonicTime now) override;
  void on_neighbour(const packet::NeighbourAnswer& answer, const net::CapturedPacket& packet) override;
  /// Goes on from there. Before the thread begins.
  void go_on_from(const SweepPosition& position);
  /// When both threads have ended: no echo will come any more.
  void give_up_echoes();

  struct Counters {
    std::uint64_t echo_replies = 0;  ///< proven, extra ones included
    std::uint64_t icmp_errors = 0;   ///< proven, those that change nothing included
    std::uint64_t late = 0;
    std::uint64_t extra = 0;
    std::uint64_t forged = 0;
    std::uint64_t elsewhere = 0;        ///< refused, because they came from another address
    std::uint64_t control_replies = 0;  ///< to control probes: counted nowhere else
    std::optional<std::chrono::nanoseconds> rtt_min;
    std::optional<std::chrono::nanoseconds> rtt_max;
    RttSum rtt_sum{0};
    std::uint64_t rtt_count = 0;
    std::uint64_t unsaved_packets = 0;  ///< with keep_packets: proven, and the queue was full
  };
  const Counters& counters() const { return counters_; }
  const Notes<Complaint>& complaints() const { return complaints_; }
  /// An alive target whose event found the queue full, and the pass that it answered.
  struct Unlisted {
    std::uint64_t index = 0;
    Pass pass;
  };
  const std::vector<Unlisted>& unlisted() const { return unlisted_; }

 private:
  /// Which probe a reply answers, and how long it took if that is known.
  struct Match {
    std::uint64_t index = 0;
    Pass pass;
    std::optional<std::chrono::nanoseconds> rtt;
  };
  bool is_control(Pass pass) const { return state_.options.auto_rate && pass == kControlPass; }
  std::optional<Match> match(const receiver::Reply& reply) const;
  void keep(const net::CapturedPacket* packet);
  void on_error(const receiver::Reply& reply, const Match& match);
  void on_echo(const receiver::Reply& reply, const Match& match);
  /// A target answered for the first time. This thread alone writes the counts.
  void count_first(Pass pass);
  /// The last pass that asked it: an answer that names no pass counts as that one's, which is never too
  /// early.
  Pass last_pass_of(std::uint64_t index) const;
  void on_first(const ReplyEvent& event);
  void on_pending(const OnLink::Pending& target);
  void on_control(const receiver::Reply& reply, const Match& match);
  void tell_sender(const Match& match, const MacAddress& mac);
  void count_rtt(const Match& match);

  SweepState& state_;
  const packet::SweepCodec& codec_;
  MonotonicTime start_;
  Counters counters_;
  std::uint64_t told_ = 0;
  Notes<Complaint> complaints_;
  std::vector<Unlisted> unlisted_;
};

}  // namespace echosweep::modes

#pragma once

#include <optional>

#include "modes/count_state.hpp"
#include "receiver/reply.hpp"

namespace echosweep::modes {

/// The receiving half of a run of rounds: which probe a reply answers. It judges nothing: that, the main
/// thread does. Receiver thread only until the thread has ended.
class CountHandler final : public receiver::ReplyHandler {
 public:
  CountHandler(CountState& state, MonotonicTime start) : state_(state), start_(start) {}

  void on_replies(std::span<const receiver::Reply> replies, MonotonicTime now) override;
  void on_neighbour(const packet::NeighbourAnswer&, const net::CapturedPacket&) override {}
  void heard_all_before(MonotonicTime time) override;

  struct Counters {
    std::uint64_t echo_replies = 0;  ///< proven, duplicates included
    std::uint64_t icmp_errors = 0;   ///< proven
    std::uint64_t forged = 0;
    std::uint64_t elsewhere = 0;  ///< refused, because they came from another address
    std::uint64_t no_room = 0;    ///< lost, because the run ended before the main thread had taken them
  };
  const Counters& counters() const { return counters_; }

 private:
  struct Match {
    ProbeNumber number = 0;
    std::optional<std::chrono::nanoseconds> rtt;
  };
  void hand_over(const CountEvent& event);
  std::optional<Match> match(const receiver::Reply& reply) const;
  std::optional<Match> match_by_sequence(const receiver::Reply& reply) const;
  std::optional<std::chrono::nanoseconds> plausible(std::chrono::nanoseconds rtt,
                                                    MonotonicTime received) const;

  CountState& state_;
  MonotonicTime start_;
  Counters counters_;
};

}  // namespace echosweep::modes

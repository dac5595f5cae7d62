#pragma once

#include <memory>
#include <vector>

#include "modes/engine.hpp"
#include "modes/ping_handler.hpp"
#include "modes/ping_source.hpp"
#include "modes/ping_state.hpp"
#include "ping/statistics.hpp"

namespace echosweep::modes {

/// Each target is asked again and again, at its own pace, until its end: so many answers, an error, the
/// deadline, or a time without an answer after the last request. All members are called on the main thread;
/// what is passed in outlives the run.
class Ping {
 public:
  struct Parts {
    Clock& clock;
    net::PacketTx& tx;
    net::PacketRx& rx;
    const packet::PingCodec& codec;
    const std::vector<PingTarget>& targets;
    const PingOptions& options;
    bool own_identifiers = true;  ///< as PingHandler has it
  };
  explicit Ping(const Parts& parts);

  void start();
  /// What happened next, in the order in which it happened; null: nothing, until now.
  std::unique_ptr<ping::Outcome> next();
  /// Every target has come to its end, or the run was told to stop.
  bool is_over();
  /// The number behind it, for a signal handler to raise: 1 or more ends the run.
  std::atomic<int>& stop_requests() { return state_.stop_requests; }
  /// Waits for both threads. Call next() until it has none after this.
  Result<void> finish();

  const ping::Statistics& statistics(std::size_t target) const { return ends_[target].statistics; }
  std::uint64_t transmitted(std::size_t target) const { return state_.targets[target].made.load(); }
  /// So many packets came in and were lost before anybody read them: the receive buffer was full.
  std::uint64_t lost_packets() const { return state_.capture_drops.load(std::memory_order_relaxed); }
  /// From the target's first request to its last.
  std::chrono::nanoseconds sending_time(std::size_t target) const;

 private:
  struct End {
    ping::Statistics statistics;
    bool reached = false;
    /// When an answer can no longer be expected: once all is sent.
    std::optional<MonotonicTime> at;
  };
  std::unique_ptr<ping::Outcome> next_of_queues();
  void count(const ping::Outcome& outcome);
  bool has_all(std::size_t target) const;
  bool has_ended(std::size_t target, MonotonicTime now);
  bool sender_is_dead() const;

  PingState state_;
  Clock& clock_;
  MonotonicTime start_;
  std::vector<End> ends_;
  std::size_t ended_ = 0;
  std::unique_ptr<ping::Outcome> sent_;   ///< the next of the sender's
  std::unique_ptr<ping::Outcome> heard_;  ///< the next of the receiver's
  NotingCodec codec_;
  PingSource source_;
  PingHandler handler_;
  Engine engine_;
};

}  // namespace echosweep::modes

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "modes/count_handler.hpp"
#include "modes/count_source.hpp"
#include "modes/count_tallies.hpp"
#include "modes/engine.hpp"
#include "receiver/echo_reader.hpp"
#include "report/count_sink.hpp"

namespace echosweep::modes {

/// A run of rounds: every target is asked again and again, and each probe has an end: a reply, a timeout, or
/// a failed send. A reply that comes later still counts as the probe's. All members are called on the main
/// thread; what is passed in outlives the run.
class Count {
 public:
  struct Parts {
    Clock& clock;
    net::PacketTx& tx;
    net::PacketRx& rx;
    const packet::SweepCodec& codec;
    const targets::TargetSet& targets;
    const targets::Order& order;
    const CountOptions& options;
    ExplainFailure explain;
  };
  explicit Count(const Parts& parts);

  void start() { engine_.start(); }
  /// Tells `out` what has happened, some thousand events at most; how many they were.
  std::size_t take_events(report::CountSink& out);
  /// Every probe has had its end, or the run was told not to wait.
  bool is_over() const;
  /// Until when a run that sends no more waits for replies.
  MonotonicTime drain_until() const;

  /// 1: send no more, wait for what is on its way; 2: do not wait either.
  void request_stop(int how_much) { engine_.request_stop(how_much); }
  /// The number behind request_stop(), for a signal handler to raise.
  std::atomic<int>& stop_requests() { return state_.stop_requests; }
  /// Waits for both threads. Call take_events() until it has none after this.
  Result<void> finish();

  /// A target's figures since the last start_interval(), or (`cumulative`) all so far.
  report::CountSummary interval(std::uint64_t index, bool cumulative) const;
  void start_interval() { tallies_.start_interval(); }
  /// After finish(): those of the whole run.
  report::CountSummary summary(std::uint64_t index) const;
  /// After finish().
  report::CountTotals totals() const;

  std::uint64_t alive() const { return tallies_.alive(); }
  std::uint64_t targets() const { return state_.targets.size(); }
  std::vector<SendTrouble> take_troubles() { return source_.take_troubles(); }

 private:
  report::CountHost host_of(std::uint64_t index) const;
  void take_reply(const CountEvent& event, report::CountSink& out);
  void take_failure(const CountFailure& failure, report::CountSink& out);
  void give_up(ProbeNumber number, report::CountSink& out);
  /// As many as there is room for; and what failed to be sent before them. False: there were none.
  bool take_marks(report::CountSink& out);
  /// Gives up what was due by then.
  void judge(MonotonicTime now, report::CountSink& out);

  CountState state_;
  Clock& clock_;
  MonotonicTime start_;
  CountTallies tallies_;
  CountSource source_;
  CountHandler handler_;
  receiver::EchoReader reader_;
  Engine engine_;
  Trail sent_;  ///< of the cursor
  MonotonicTime judge_at_;
  ProbeNumber judged_ = 0;  ///< all below have had their end
  ProbeNumber closed_ = 0;  ///< how many have, early ones included
  std::uint64_t timeouts_ = 0;
  std::uint64_t not_sent_ = 0;
  std::size_t told_ = 0;  ///< events, by the take_events() that is running
  std::optional<std::chrono::nanoseconds> rtt_min_;
  std::optional<std::chrono::nanoseconds> rtt_max_;
  RttSum rtt_sum_{0};
  std::uint64_t rtt_count_ = 0;
  std::uint64_t late_ = 0;
  std::uint64_t duplicates_ = 0;
  MonotonicTime end_;
};

}  // namespace echosweep::modes

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/cache_line.hpp"
#include "core/clock.hpp"
#include "modes/engine.hpp"
#include "modes/sweep_handler.hpp"
#include "modes/sweep_position.hpp"
#include "modes/sweep_rate.hpp"
#include "modes/sweep_source.hpp"
#include "receiver/echo_reader.hpp"
#include "report/accounting.hpp"
#include "report/record.hpp"

namespace echosweep::modes {

/// One sweep over a target set: a sending thread, a receiving thread, and their results for the main thread.
/// All members are called on the main thread; what is passed in outlives the sweep.
class Sweep {
 public:
  struct Parts {
    Clock& clock;
    net::PacketTx& tx;
    net::PacketRx& rx;
    const packet::SweepCodec& codec;
    const targets::TargetSet& targets;
    const targets::Order& order;
    const SweepOptions& options;
    PacketRate rate;  ///< unless options.auto_rate
    ExplainFailure explain;
    net::Attached* attached = nullptr;    ///< nothing: nobody knows what is on our links
    const SweepPosition* from = nullptr;  ///< where an earlier run of it stood; null: this is the first
    /// Hears of each host before next_alive() gives it, for position(); empty: nobody asks where it stands.
    std::function<void(const ReplyEvent&)> on_found = {};
  };
  explicit Sweep(const Parts& parts);

  void start() { engine_.start(); }

  /// What an event says of its target. The record's views live until the next call.
  report::Record record_of(const ReplyEvent& event);
  /// A record for the next target that is known to be alive; null: all that are known were given. It lives
  /// until the next call.
  const report::Record* next_alive();

  /// Takes in up to so many hosts, of which Parts::on_found hears at once; next_alive() gives them later.
  void gather(std::size_t most);
  /// When sending is over: why it ended before its time; empty if it did not, or was asked to.
  const std::string& ended_by() const { return source_.ended_by(); }

  /// With options.tell_asides: the next one, with the target's index in the set; nothing: none for now.
  std::optional<Aside> next_aside();

  /// With options.keep_packets: the next packet that was proven to be an answer. False: none for now.
  bool next_packet(net::CapturedPacket& packet) { return state_.proven.pop(packet); }

  /// With Parts::on_found: where it stands. Takes in what the receiver has found so far, and holds both
  /// threads for so long as copies take.
  /// With Parts::on_found: where it stands. Takes in what the receiver has found so far, and holds both
  /// threads for so long as copies take; `meanwhile` reads what else belongs to them.
  SweepPosition position(const std::function<void()>& meanwhile);

  /// 1: send no more and wait one timeout for replies; 2: do not wait either.
  void request_stop(int how_much) { engine_.request_stop(how_much); }
  /// The number behind request_stop(), for a signal handler to raise.
  std::atomic<int>& stop_requests() { return state_.stop_requests; }
  /// Until when a run that was stopped waits for what is on its way; nothing: it goes on.
  std::optional<MonotonicTime> drain_until() const {
    const std::int64_t until = state_.drain_until.load(std::memory_order_acquire);
    return until != 0 ? std::optional(MonotonicTime(std::chrono::nanoseconds(until))) : std::nullopt;
  }
  /// The sending thread has ended; next_alive() may still have some once finish() was called.
  bool sending_is_over() const { return engine_.sending_is_over(); }
  /// Waits for both threads. Call next_alive() until it is empty after this. An Error: one of them failed.
  Result<void> finish();

  /// After finish(), and when next_alive() has given null: other() has no target that is alive.
  bool has_given_all_alive() const { return unlisted_.empty(); }
  /// After finish(): a record for the target with this index in the set, if next_alive() did not give it and
  /// its state is wanted; nothing too where another shard has it. The record's views live until the next
  /// call.
  std::optional<report::Record> other(std::uint64_t set_index,
                                      const std::function<bool(report::State)>& wanted);
  const targets::Walk& targets() const { return state_.targets; }
  /// After finish().
  report::Accounting accounting();

  /// After finish(): who answered ARP or ND for most targets on our links, if anybody did.
  std::optional<OnLink::Proxy> proxy() const {
    const bool counts = state_.on_link && state_.on_link->use() != NeighbourUse::kEchoOnly;
    return counts ? state_.on_link->proxy() : std::nullopt;
  }

  /// Any time: how far it is.
  struct Progress {
    double done = 0;  ///< 0 to 1, by packets
    std::uint64_t probes = 0;
    std::uint64_t probes_to_go = 0;  ///< estimated by the share of silent targets so far
    std::uint64_t alive = 0;
    std::uint64_t drops = 0;
    std::optional<double> loss;  ///< of the path at this rate, 0 to 1; only with auto_rate
  };
  Progress progress() const;
  std::vector<std::string> take_advice() { return source_.take_advice(); }

 private:
  void go_on_from(const SweepPosition& position);
  void add_pending(SweepPosition& position) const;
  void take_asides();
  /// What has been sent and heard, by this run of it and by those before.
  report::Accounting so_far() const;
  void describe(const ReplyEvent& event, report::Record& record);
  void describe(std::uint64_t index, report::State state, report::Record& record) const;
  unsigned probes_of(std::uint64_t index) const;
  /// With --complete: passes that will be needed and have not begun, by what is known so far.
  std::size_t passes_to_come(std::size_t begun, std::uint64_t asked) const;
  sender::RateControl* choose_rate(PacketRate rate);
  void account_rate(report::Accounting& sum) const;

  SweepState state_;
  MonotonicTime start_;
  Clock& clock_;
  std::optional<ControlProbes> controls_;
  std::optional<AutoRateControl> auto_rate_;
  std::optional<MaxRateControl> max_rate_;
  SweepSource source_;
  alignas(kCacheLine) SweepHandler handler_;
  receiver::EchoReader reader_;
  alignas(kCacheLine) Engine engine_;
  report::Record alive_;                          ///< what next_alive() gives
  std::vector<SweepHandler::Unlisted> unlisted_;  ///< by index
  std::function<void(const ReplyEvent&)> on_found_;
  std::deque<ReplyEvent> gathered_;    ///< taken in, and not given yet
  std::vector<OnLink::Pending> owed_;  ///< whose echo had not come when both threads had ended
  bitmaps::Bitmap found_;              ///< with on_found_: all that it was told
  report::Accounting before_;          ///< what earlier runs of it sent and heard
  std::deque<Aside> asides_;           ///< that nobody has asked for yet
  std::map<std::uint64_t, packet::TimestampTimes> times_;  ///< by target, until its record goes out
  MonotonicTime end_;
};

}  // namespace echosweep::modes

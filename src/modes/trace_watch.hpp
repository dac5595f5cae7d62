#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "modes/trace_events.hpp"
#include "modes/trace_options.hpp"
#include "modes/trace_strategy.hpp"
#include "packet/trace_codec.hpp"
#include "targets/target_set.hpp"
#include "trace/watched.hpp"

namespace echosweep::modes {

struct TraceWatchOptions {
  std::chrono::nanoseconds interval = std::chrono::seconds(1);  ///< from one cycle to the next
  std::uint64_t cycles = 0;                                     ///< 0: until it is stopped
};

/// Asks every hop of all targets again and again: a cycle is one probe to each. One thread.
class TraceWatch final : public TraceStrategy {
 public:
  TraceWatch(const targets::TargetSet& targets, const TraceOptions& options, const TraceWatchOptions& watch);

  std::size_t next(MonotonicTime now, WallTime wall, std::span<TraceStep> out) override;
  void sent(const TraceSent& sent) override;
  void answered(const TraceEvent& event) override;
  void heard_all_before(MonotonicTime time) override;
  void stop(bool at_once) override;
  bool is_over() const override;

  /// Calls it with the sender of each answer that is taken.
  void tell_of_routers(std::function<void(const Address&)> tell) { tell_of_router_ = std::move(tell); }

  std::size_t targets() const { return courses_.size(); }
  /// As things stand. Hops behind the target, or behind all that answer, are left out.
  trace::Watched watched(std::size_t target) const;

  /// Probes that this machine could not send, and why (errno) the latest could not.
  std::uint64_t not_sent() const { return not_sent_; }
  int last_error() const { return last_error_; }

 private:
  /// A probe number is used again after so many cycles.
  static constexpr std::size_t kNumbers = packet::TraceCodec::kProbeNumbers;

  struct Probe {
    MonotonicTime sent;  ///< 0: nobody has told yet
    bool answered = true;
  };
  struct Hop {
    trace::WatchedHop figures;
    std::array<Probe, kNumbers> probes;
  };
  struct Course {
    std::vector<Hop> hops;
    std::size_t end = 0;       ///< hops up to the one that ends the path; all of them where none does
    std::size_t answered = 0;  ///< hops up to the last that has answered, none behind the end
    bool reached = false;
  };
  /// Hops behind the last one that answers, which are asked too.
  static constexpr std::size_t kBeyond = 5;

  std::size_t length(const Course& course) const;
  std::chrono::nanoseconds patience(const Course& course, std::size_t at) const;
  static bool is_pending(const Probe& probe, MonotonicTime given_up);
  bool all_settled() const;
  bool is_of_earlier(std::chrono::nanoseconds told, std::chrono::nanoseconds own) const;

  const targets::TargetSet& targets_;
  TraceOptions options_;
  TraceWatchOptions watch_;
  std::vector<Course> courses_;
  std::uint64_t cycle_ = 0;  ///< the next one
  MonotonicTime cycle_at_;   ///< when it is due; 0: at once
  std::size_t hop_ = 0;      ///< where the one that has begun stands
  std::size_t target_ = 0;
  bool in_cycle_ = false;
  std::uint64_t on_their_way_ = 0;  ///< to the sender
  MonotonicTime last_sent_;
  MonotonicTime heard_until_;
  bool stopping_ = false;
  bool at_once_ = false;
  std::uint64_t not_sent_ = 0;
  int last_error_ = 0;
  std::function<void(const Address&)> tell_of_router_;
};

}  // namespace echosweep::modes

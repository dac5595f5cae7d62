#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "modes/trace_course.hpp"
#include "modes/trace_events.hpp"
#include "modes/trace_options.hpp"
#include "modes/trace_paths.hpp"
#include "modes/trace_strategy.hpp"
#include "targets/target_set.hpp"

namespace echosweep::modes {

/// Which probe comes next, and when a target's path is known. Targets are begun in their order, many side by
/// side, and kept until whoever prints them has taken them, in that order too. Knows no socket and no clock.
/// One thread.
class TracePlan final : public TraceStrategy {
 public:
  TracePlan(const targets::TargetSet& targets, const TraceOptions& options);

  std::size_t next(MonotonicTime now, WallTime wall, std::span<TraceStep> out) override;
  void sent(const TraceSent& sent) override;
  void answered(const TraceEvent& event) override;
  /// Gives up what has been waited for long enough.
  void heard_all_before(MonotonicTime time) override;
  void stop(bool at_once) override;
  bool is_over() const override { return (begun_ == targets_.size() || stopping_) && closed_ == begun_; }

  /// Calls it with the sender of each answer that is taken: one a probe at most.
  void tell_of_routers(std::function<void(const Address&)> tell) { tell_of_router_ = std::move(tell); }

  // The first target that nobody has taken.

  bool has_front() const { return !courses_.empty(); }
  const trace::Traced& front() const { return courses_.front().traced(); }
  bool front_is_over() const { return courses_.front().over; }
  /// So many of its hops, from the first on, will not change any more.
  std::size_t front_settled() const;
  void take_front();
  /// So many have been taken.
  std::uint64_t taken() const { return taken_; }

  /// Probes that this machine could not send, and why (errno) the latest could not; without those of targets
  /// that got none, whose ending says it.
  std::uint64_t not_sent() const { return not_sent_; }
  int last_error() const { return last_error_; }

  /// Routers at a TTL that a fast trace has met.
  std::size_t known_routers() const { return paths_.size(); }

 private:
  /// Not more paths than this are kept for a reader who is slow, nor more hops of those that are over: at
  /// three probes each, some 400 bytes a hop, 100 MiB.
  static constexpr std::size_t kMostKept = 1 << 16;
  static constexpr std::size_t kMostHops = 1 << 18;

  TraceCourse& course(std::uint64_t index) { return courses_[static_cast<std::size_t>(index - taken_)]; }
  bool may_begin() const;
  void begin(WallTime wall);
  bool try_step(TraceCourse& course, TraceStep& out);
  void join(TraceCourse& course);
  bool wait_for_ttl(TraceCourse& course);
  void look(TraceCourse& course);
  void close(TraceCourse& course);
  void wake(TraceCourse& course);

  const targets::TargetSet& targets_;
  TraceOptions options_;
  std::deque<TraceCourse> courses_;  ///< from target `taken_` on
  std::uint64_t taken_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t walking_ = 0;
  std::uint64_t closed_ = 0;
  std::size_t kept_hops_ = 0;  ///< of paths that are over
  std::uint64_t not_sent_ = 0;
  int last_error_ = 0;
  bool stopping_ = false;
  MonotonicTime heard_until_;
  struct Turn {
    MonotonicTime not_before;
    std::uint64_t index = 0;
  };
  std::deque<Turn> turns_;  ///< who is asked next
  using Look = std::pair<MonotonicTime, std::uint64_t>;
  std::priority_queue<Look, std::vector<Look>, std::greater<>> looks_;
  std::function<void(const Address&)> tell_of_router_;
  TracePaths paths_;
  Ttl usual_end_;  ///< how far the latest path is known
};

}  // namespace echosweep::modes

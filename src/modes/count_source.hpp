#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "modes/count_state.hpp"
#include "modes/send_advice.hpp"
#include "modes/trail.hpp"
#include "sender/probe_source.hpp"

namespace echosweep::modes {

/// Sends that fail alike: it begins, or it is over.
struct SendTrouble {
  int error = 0;  ///< errno
  bool is_over = false;
  Address target;    ///< the first that met it
  std::string line;  ///< for the user
};

/// The sending half of a run of rounds: which probe is due, and when. Sender thread only.
class CountSource final : public sender::ProbeSource {
 public:
  CountSource(CountState& state, ExplainFailure explain);

  Next next(MonotonicTime now, std::span<packet::Probe> out) override;
  void left(std::span<const packet::Probe> probes, MonotonicTime now) override;
  bool try_again(const packet::Probe& probe, int error, std::chrono::nanoseconds stuck) override;
  void failed(const packet::Probe& probe, int error) override;

  /// What the user should hear of sends that fail, when it begins and when it is over: what is new since the
  /// last call; any thread.
  std::vector<SendTrouble> take_troubles();

  /// round_time() of this run.
  std::chrono::nanoseconds period() const { return period_; }

  // When the thread has ended:
  std::uint64_t probes_left() const { return left_; }
  MonotonicTime last_left() const { return last_left_; }

 private:
  /// An errno that keeps probes from leaving, since when.
  struct Trouble {
    Address target;  ///< the first
    std::string reason;
    MonotonicTime since;
    ProbeNumber last = 0;
    std::uint64_t probes = 0;
  };

  MonotonicTime due(ProbeNumber number) const;
  void write(ProbeNumber number, MonotonicTime now, packet::Probe& probe);
  void note_send_time(ProbeNumber number, MonotonicTime now);
  bool has_room(MonotonicTime now, std::size_t probes);
  void tell(SendTrouble trouble);
  void look_for_recovery(MonotonicTime now);
  void push_mark();

  CountState& state_;
  std::chrono::nanoseconds period_;
  std::size_t batch_;  ///< so many are sent at once where they are due close together
  bool started_ = false;
  MonotonicTime start_;  ///< when number 0 was due, as the schedule stands now
  MonotonicTime now_;
  ProbeNumber next_ = 0;
  ProbeNumber batch_end_ = 0;  ///< all before it are due
  Trail sent_;
  std::optional<CountMark> mark_;  ///< which the main thread is still to be told
  std::uint64_t left_ = 0;
  MonotonicTime last_left_;
  std::map<int, Trouble> troubles_;
  ExplainFailure explain_;
  std::mutex told_lock_;
  std::vector<SendTrouble> told_;
};

}  // namespace echosweep::modes

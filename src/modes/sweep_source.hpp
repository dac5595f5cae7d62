#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "modes/control_probes.hpp"
#include "modes/send_advice.hpp"
#include "modes/sweep_position.hpp"
#include "modes/sweep_state.hpp"
#include "modes/trail.hpp"
#include "sender/probe_source.hpp"

namespace echosweep::modes {

/// The sweep's sending half: which target comes next, in which pass. Sender thread only until the thread has
/// ended; then anyone may read the results.
class SweepSource final : public sender::ProbeSource {
 public:
  /// `controls`: mixed in among the others; null: there are none.
  SweepSource(SweepState& state, ExplainFailure explain, MonotonicTime start,
              ControlProbes* controls = nullptr);

  Next next(MonotonicTime now, std::span<packet::Probe> out) override;
  void left(std::span<const packet::Probe> probes, MonotonicTime now) override;
  bool try_again(const packet::Probe& probe, int error, std::chrono::nanoseconds stuck) override;
  void failed(const packet::Probe& probe, int error) override;

  /// What the user should hear of failed sends, a line for each kind; any thread.
  std::vector<std::string> take_advice() { return advice_.take(); }

  /// Goes on from there. Before the thread begins, and when the ledger stands as it did.
  void go_on_from(const SweepPosition& position);

  // When the thread has ended, or between two of its steps:

  /// SweepPosition::cursors.
  std::vector<std::uint64_t> settled();
  const std::vector<std::uint64_t>& probes_by_pass() const { return probes_by_pass_; }
  const Notes<SendFailure>& failures() const { return failures_; }
  /// Why the run ended before its time; empty if it did not, or was asked to.
  const std::string& ended_by() const { return ended_by_; }
  /// Probes that were ARP requests or neighbour solicitations.
  std::uint64_t neighbour_requests() const { return neighbour_requests_; }
  /// When the last probe left; the start, if none did.
  MonotonicTime last_left() const { return last_left_; }
  /// Passes that asked everybody and were waited for. Waiting for so long as a reply took at most is enough.
  std::size_t whole_passes(std::chrono::nanoseconds longest_reply) const;

  /// Sender thread, or when it has ended: whoever was asked is alive.
  bool all_answered() const;

 private:
  struct PassState {
    std::uint64_t cursor = 0;
    Trail trail;  ///< of the cursor, for the next pass
  };

  std::optional<Next> check_end(MonotonicTime now);
  /// The option whose limit is reached; null: none.
  const char* limit_reached(MonotonicTime now) const;
  /// As much of it as --max-packets still allows.
  std::span<packet::Probe> within_limit(std::span<packet::Probe> out) const;
  bool passes_done() const;
  std::chrono::nanoseconds last_timeout() const;
  bool is_complete();
  std::size_t fill(std::size_t pass, MonotonicTime now, std::span<packet::Probe> out);
  std::size_t fill_resolved(std::span<packet::Probe> out);
  /// How a target is asked now; nothing: it has to wait for the kernel's neighbour table.
  std::optional<packet::ProbeKind> kind_for(const Address& target);
  void skip_elsewhere(std::uint64_t index, const Address& target);
  /// Whether the queue holds the replies to what is on its way and to so many more probes.
  bool has_room_for_replies(MonotonicTime now, std::size_t probes);
  void begin_pass();
  void stop(MonotonicTime now, std::string why);

  SweepState& state_;
  MonotonicTime start_;
  ControlProbes* controls_;
  std::vector<PassState> passes_;
  Trail sent_;  ///< of the number of probes: how many replies may still be on their way
  std::vector<std::uint64_t> probes_by_pass_;
  std::uint64_t asked_ = 0;  ///< targets that a probe left for
  MonotonicTime last_now_;
  MonotonicTime last_left_;
  MonotonicTime ended_;  ///< when next() said that nothing more comes
  std::optional<MonotonicTime> drained_at_;
  std::optional<std::pair<std::uint64_t, bool>> complete_;  ///< with how many alive it was what
  bool stopping_ = false;
  bool extra_pass_ = false;
  bool lost_before_ = false;                  ///< the capture lost packets in an earlier part of the run
  std::vector<std::uint64_t> first_refused_;  ///< by pass: the first that was refused because the run stops
  bool neighbours_full_ = false;
  bool told_of_elsewhere_ = false;
  bool told_of_table_ = false;
  Trail kernel_trail_;  ///< of the number of targets that took a place in the kernel's neighbour table
  std::uint64_t kernel_asked_ = 0;
  std::uint64_t neighbour_requests_ = 0;
  std::string ended_by_;
  Notes<SendFailure> failures_;
  SendAdvice advice_;
};

}  // namespace echosweep::modes

#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "modes/mtu_search.hpp"
#include "modes/mtu_state.hpp"
#include "sender/probe_source.hpp"

namespace echosweep::modes {

/// The MTU of the interface by which packets to an address leave; 0: the kernel does not say.
using LocalMtu = std::function<std::uint32_t(const Address&)>;

/// The sending half of a search for path MTUs: each target's search, what is due, and what was not answered
/// in time. Sender thread only.
class MtuSource final : public sender::ProbeSource {
 public:
  MtuSource(MtuState& state, LocalMtu local_mtu);

  Next next(MonotonicTime now, std::span<packet::Probe> out) override;
  void left(std::span<const packet::Probe> probes, MonotonicTime now) override;
  bool try_again(const packet::Probe& probe, int error, std::chrono::nanoseconds stuck) override;
  void failed(const packet::Probe& probe, int error) override;

  /// Why probes did not leave, and the first target whose did not.
  using Failures = std::map<std::pair<int, Family>, std::uint64_t>;

  // When the thread has ended:
  std::uint64_t probes_left() const { return left_; }
  const Failures& failures() const { return failures_; }

 private:
  /// Of so many of a target's latest probes the question is remembered. What comes back for older ones is too
  /// late, unless they ask the question of now.
  static constexpr std::size_t kRemembered = 8;

  struct Target {
    explicit Target(MtuSearch search_in) : search(search_in) {}

    MtuSearch search;
    std::array<mtu::Question, kRemembered> asked{};  ///< by the probe's number
    std::uint16_t made = 0;                          ///< probes
    std::uint16_t first = 0;                         ///< number of the first that asks the question of now
    std::uint16_t local_mtu = 0;
    std::uint32_t left = 0;       ///< probes that left
    std::uint32_t asked_now = 0;  ///< of them, those that ask the question of now
    int error = 0;                ///< errno of the latest that did not leave
    bool is_queued = false;       ///< stands in ready_
    bool is_over = false;
    std::chrono::nanoseconds rtt{-1};
  };
  /// When a probe that is not answered counts as lost.
  struct Deadline {
    MonotonicTime when;
    std::uint64_t index = 0;
    std::uint16_t number = 0;
    friend bool operator>(const Deadline& a, const Deadline& b) { return a.when > b.when; }
  };

  std::uint16_t largest(Family family) const {
    return std::max(state_.options.largest, MtuSearch::least_mtu(family));
  }
  MtuHints& hints(Family family) { return hints_[family == Family::kIpv4 ? 0 : 1]; }
  bool drain(MonotonicTime now);
  void finish_if_known(std::uint64_t index);
  bool tell_what_waits();
  void tell(const MtuNews& news);
  void start_next_target();
  void take(const MtuEvent& event);
  void give_up(MonotonicTime now);
  void answer(std::uint64_t index, const mtu::Answer& answer);
  void queue(std::uint64_t index);
  bool asks_now(const Target& target, std::uint16_t number) const;
  void finish(std::uint64_t index);
  void put_found(Family family, mtu::Finding& finding);
  void write(std::uint64_t index, packet::Probe& probe);
  std::chrono::nanoseconds wait_of(const Target& target) const;
  void expect_answer(std::uint64_t index, std::uint16_t number, MonotonicTime now);
  void expect_no_answer(MonotonicTime now);

  MtuState& state_;
  LocalMtu local_mtu_;
  std::array<MtuHints, 2> hints_;    ///< by Family
  std::vector<Target> targets_;      ///< those that have begun, by index
  std::deque<std::uint64_t> ready_;  ///< whose question must be sent, or sent again
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines_;
  std::deque<MtuNews> untold_;                ///< there was no room for it
  std::vector<packet::Probe> unsent_;         ///< since the last call of next()
  std::optional<MonotonicTime> drain_until_;  ///< since the run was told to stop
  std::vector<std::uint64_t> awaited_;        ///< then: targets whose answer may still come
  Failures failures_;                         ///< by errno and family
  std::uint64_t over_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace echosweep::modes

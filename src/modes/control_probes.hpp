#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <unordered_map>
#include <vector>

#include "modes/auto_rate.hpp"
#include "modes/sweep_state.hpp"
#include "packet/probe.hpp"
#include "targets/walk.hpp"

namespace echosweep::modes {

/// The probes that go again to hosts that have answered, to measure the path: whom to ask, when, and what
/// became of it. Sender thread only until the thread has ended.
class ControlProbes {
 public:
  /// What it is told of at most; later ones take the places of earlier ones.
  static constexpr std::size_t kHosts = 4096;

  explicit ControlProbes(const targets::Walk& targets);

  /// The rate at which probes go out now: what the share of control probes follows.
  void set_rate(double per_second) { rate_ = per_second; }
  /// News from the receiver: a host that answers, or the answer to a control probe.
  void heard(const HostNews& news, MonotonicTime now);

  /// Writes the control probes that are due to the front of `out`: their number.
  std::size_t write(MonotonicTime now, std::span<packet::Probe> out);
  /// Gives the control probes, which are the first `controls` of these, places at random among the others.
  void mix(std::span<packet::Probe> probes, std::size_t controls);
  void left(const packet::Probe& probe, MonotonicTime now);
  void failed(const packet::Probe& probe);

  /// Tells `rate` what has become of control probes since the last time, in their order.
  void judge(MonotonicTime now, AutoRate& rate);

  /// How long it takes until an answer is known here, smoothed; 0: no answer yet.
  std::chrono::nanoseconds feedback() const { return smoothed_; }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t answered() const { return answered_; }

 private:
  enum class Fate : std::uint8_t { kPlanned, kPending, kAnswered, kLost, kNotSent };
  struct Record {
    std::uint64_t index = 0;
    MonotonicTime planned;
    MonotonicTime left;
    MonotonicTime give_up;
    Fate fate = Fate::kNotSent;
    bool late = false;  ///< answered when it had been judged lost, and nobody was told yet
  };
  struct Host {
    std::uint64_t index = 0;
    MacAddress mac{};  ///< of one on our own links
    bool used = false;
    bool asked = false;
    std::uint64_t record = 0;  ///< its latest
    std::chrono::nanoseconds feedback{0};
    unsigned misses = 0;  ///< since its last answer
  };
  static constexpr std::size_t kRecords = 16384;

  Record& record(std::uint64_t number) { return records_[number % kRecords]; }
  void learn(const HostNews& news);
  void answer(const HostNews& news, MonotonicTime now);
  Record* find(const HostNews& news);
  Host* next_host(MonotonicTime now);
  bool may_ask(const Host& host, MonotonicTime now);
  void note_feedback(std::chrono::nanoseconds sample);
  void note_outcome(std::uint64_t index, bool answered);
  std::chrono::nanoseconds patience(const Host& host) const;

  const targets::Walk& targets_;
  double rate_ = AutoRate::kStart;
  double credit_ = 0;
  std::minstd_rand places_;

  std::vector<Host> hosts_;
  std::unordered_map<std::uint64_t, std::size_t> slots_;  ///< by target index
  std::size_t newcomer_at_ = 0;
  std::size_t ask_at_ = 0;

  std::vector<Record> records_;
  std::uint64_t judged_ = 0;  ///< records before this are told of
  std::uint64_t next_ = 0;
  std::vector<std::uint64_t> late_;

  std::chrono::nanoseconds smoothed_{0};
  std::chrono::nanoseconds deviation_{0};
  double recent_loss_ = 0;
  MonotonicTime last_judged_;
  MonotonicTime no_verdict_before_;
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace echosweep::modes

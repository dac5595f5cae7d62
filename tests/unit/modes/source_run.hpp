#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "modes/sweep_source.hpp"
#include "world.hpp"

namespace echosweep::modes {

/// Plays the sender, the receiver and time for a SweepSource, on one thread.
class SourceRun {
 public:
  struct Sent {
    MonotonicTime at;
    std::uint64_t index;
    unsigned pass;
  };
  /// When the target answers this probe, counted from its departure; nothing: never.
  using Answers = std::function<std::optional<std::chrono::nanoseconds>(std::uint64_t index, unsigned pass)>;

  SourceRun(std::uint64_t targets, const SweepOptions& options_in,
            std::optional<std::uint64_t> seed = std::nullopt, std::size_t queue_slots = 1 << 17)
      : options(options_in),
        set(target_set(targets)),
        order(seed ? targets::Order::random(targets, *seed) : targets::Order::input(targets)),
        state(set, order, options, queue_slots),
        source(
            state, [](int error, const Address&) { return Explanation{std::to_string(error), "", false}; },
            now) {}

  /// Sends at this rate until the source is done or it is `end`.
  void run(double rate, MonotonicTime end = MonotonicTime::max()) {
    std::vector<packet::Probe> room(kBatch);
    while (now < end) {
      deliver();
      if (on_step) {
        on_step();
      }
      const auto next = source.next(now, room);
      ASSERT_LE(next.probes, room.size());
      if (next.done) {
        done = true;
        return;
      }
      if (next.probes == 0) {
        ASSERT_GT(next.wait_until, now) << "a wait that takes no time";
        now = std::min({next.wait_until, now + kNap, end});
        continue;
      }
      const auto probes = std::span<const packet::Probe>(room).first(next.probes);
      for (const packet::Probe& probe : probes) {
        const std::uint64_t index = state.targets.index_of(probe.index);
        ASSERT_EQ(probe.destination, set.at(index));
        sent.push_back({now, index, probe.pass.value});
        if (const auto delay = answers ? answers(index, probe.pass.value) : std::nullopt) {
          on_the_way_.emplace(now + *delay, probe);
        }
      }
      source.left(probes, now);
      now += std::chrono::nanoseconds(std::llround(static_cast<double>(next.probes) / rate * 1e9));
    }
  }

  std::vector<std::uint64_t> sent_in(unsigned pass) const {
    std::vector<std::uint64_t> all;
    for (const Sent& probe : sent) {
      if (probe.pass == pass) {
        all.push_back(probe.index);
      }
    }
    return all;
  }
  MonotonicTime last_sent() const { return sent.back().at; }

  const SweepOptions options;
  const MonotonicTime start{std::chrono::seconds(5000)};
  MonotonicTime now = start;
  targets::TargetSet set;
  targets::Order order;
  SweepState state;
  SweepSource source;
  Answers answers;
  std::function<void()> on_step;
  std::vector<Sent> sent;
  bool done = false;

 private:
  static constexpr std::size_t kBatch = 50;
  static constexpr std::chrono::nanoseconds kNap = std::chrono::milliseconds(20);

  void deliver() {
    while (!on_the_way_.empty() && on_the_way_.begin()->first <= now) {
      const packet::Probe& probe = on_the_way_.begin()->second;
      if (state.ledger.raise(probe.index, State::kAlive) != State::kAlive) {
        ++state.first_answers[probe.pass.value];
      }
      on_the_way_.erase(on_the_way_.begin());
    }
  }

  std::multimap<MonotonicTime, packet::Probe> on_the_way_;
};

}  // namespace echosweep::modes

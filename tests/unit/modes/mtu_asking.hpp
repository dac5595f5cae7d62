#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "modes/mtu_source.hpp"
#include "world.hpp"

namespace echosweep::modes {

struct Sent {
  MonotonicTime when;
  packet::Probe probe;
};

/// One target whose probes the test answers.
class Asking {
 public:
  explicit Asking(const MtuOptions& options = {}, std::uint64_t targets = 1)
      : set(target_set(targets)),
        codec(fixed_key(), {}),
        state(set, codec, options),
        source(state, [](const Address&) { return 1500U; }) {}

  /// Lets time pass up to `until`, or until the run is over; sends what comes.
  void pass(MonotonicTime until) {
    while (!is_over) {
      state.heard_until = now.time_since_epoch().count();
      std::array<packet::Probe, 8> room;
      const auto next = source.next(now, room);
      is_over = next.done;
      const std::span probes(room.data(), next.probes);
      if (fails_with == 0) {
        source.left(probes, now);
      }
      for (const packet::Probe& probe : probes) {
        sent.push_back({now, probe});
        if (fails_with != 0) {
          source.failed(probe, fails_with);
        }
      }
      if (next.probes == 0) {
        if (now >= until || is_over) {
          return;
        }
        now = std::min(std::max(next.wait_until, now + std::chrono::microseconds(1)), until);
      }
    }
  }
  void pass(std::chrono::nanoseconds time) { pass(now + time); }

  /// What came back for the probe with this place in `sent`.
  MtuEvent event(std::size_t place, mtu::Answer::Kind kind) const {
    const packet::Probe& probe = sent[place].probe;
    return {.index = probe.index,
            .number = codec.number(probe.index, probe.sequence),
            .kind = kind,
            .from = host4(99),
            .size = probe.size,
            .ttl = Ttl{63}};
  }
  void hear(const MtuEvent& event) { ASSERT_TRUE(state.events.push(event)); }
  void arrive(std::size_t place, std::chrono::nanoseconds rtt = std::chrono::milliseconds(10)) {
    MtuEvent reply = event(place, mtu::Answer::Kind::kArrived);
    reply.rtt = rtt;
    hear(reply);
  }

  std::vector<mtu::Finding> findings() {
    std::vector<mtu::Finding> all;
    for (MtuNews news; state.news.pop(news);) {
      all.push_back(news.finding);
    }
    return all;
  }

  targets::TargetSet set;
  packet::MtuCodec codec;
  MtuState state;
  MtuSource source;
  MonotonicTime start{std::chrono::seconds(1000)};
  MonotonicTime now{start};
  std::vector<Sent> sent;
  bool is_over = false;
  int fails_with = 0;  ///< errno with which the probes do not leave
};

}  // namespace echosweep::modes

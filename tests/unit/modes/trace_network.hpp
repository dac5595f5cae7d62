#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "modes/trace_plan.hpp"

namespace echosweep::modes::traces {

using namespace std::chrono_literals;
using packet::TraceAnswerKind;
using trace::Ending;

inline const Address kFirstGoal = Address::v4(0xc6120001);

inline targets::TargetSet goals(std::uint64_t count) {
  targets::TargetSetBuilder builder;
  builder.add({kFirstGoal, kFirstGoal.plus(count - 1)}, true);
  return std::move(*builder.build());
}

/// A network without sockets: a step leaves when it is wanted, and its answer comes a round trip later.
class Network {
 public:
  /// What answers a step; nothing: silence.
  using Answers = std::function<std::optional<TraceEvent>(const TraceStep&)>;

  Network(std::uint64_t targets, const TraceOptions& options, Answers answers)
      : set_(goals(targets)), plan_(set_, options), answers_(std::move(answers)) {}

  TracePlan& plan() { return plan_; }
  MonotonicTime now() const { return now_; }

  /// Goes on until all is over, or so long.
  void run(std::chrono::nanoseconds most = 600s) {
    const MonotonicTime end = now_ + most;
    while (!plan_.is_over() && now_ < end) {
      tick();
    }
  }
  void tick() {
    std::vector<TraceStep> room(lead);
    room.resize(plan_.next(now_, {}, room));
    for (const TraceStep& step : room) {
      ++asked[{step.index, step.hop.value}];
      ++steps;
      plan_.sent({.step = step, .when = now_, .error = send_error});
      if (auto answer = send_error == 0 ? answers_(step) : std::nullopt) {
        answer->index = step.index;
        answer->hop = step.hop;
        answer->probe = step.probe;
        answer->rtt_ns = round_trip.count();
        answer->received = now_ + round_trip;
        on_its_way_.emplace(answer->received, *answer);
      }
    }
    now_ += 500us;
    while (!on_its_way_.empty() && on_its_way_.begin()->first <= now_) {
      plan_.answered(on_its_way_.begin()->second);
      on_its_way_.erase(on_its_way_.begin());
    }
    plan_.heard_all_before(now_);
  }

  std::size_t lead = 1;
  std::chrono::nanoseconds round_trip = 10ms;
  int send_error = 0;
  std::map<std::pair<std::uint64_t, int>, int> asked;  ///< how often, by target and TTL
  std::size_t steps = 0;

 private:
  targets::TargetSet set_;
  TracePlan plan_;
  Answers answers_;
  MonotonicTime now_{1000s};
  std::multimap<MonotonicTime, TraceEvent> on_its_way_;
};

inline TraceEvent error_from(const Address& from, std::uint8_t type = 11, std::uint8_t code = 0) {
  TraceEvent event;
  event.kind = TraceAnswerKind::kError;
  event.from = from;
  event.error = {Family::kIpv4, type, code};
  return event;
}
inline TraceEvent reached(const TraceStep& step) {
  TraceEvent event;
  event.kind = TraceAnswerKind::kEchoReply;
  event.from = kFirstGoal.plus(step.index);
  return event;
}
inline Address router(int hop, std::uint64_t branch = 0) {
  return Address::v4(0xc6130000U + static_cast<std::uint32_t>(hop * 256) +
                     static_cast<std::uint32_t>(branch));
}

/// So many routers, and then the target.
inline Network::Answers straight(int routers) {
  return [routers](const TraceStep& step) -> std::optional<TraceEvent> {
    return step.hop.value <= routers ? error_from(router(step.hop.value)) : reached(step);
  };
}

inline std::vector<Address> senders(const trace::Traced& traced) {
  std::vector<Address> all;
  for (const auto& hop : traced.hops) {
    const auto answer = std::ranges::find_if(hop.probes, [](const auto& each) { return each.has_value(); });
    all.push_back(answer == hop.probes.end() ? Address{} : (*answer)->from);
  }
  return all;
}

}  // namespace echosweep::modes::traces

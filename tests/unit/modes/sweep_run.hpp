#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "modes/sweep.hpp"
#include "support/loopback_network.hpp"
#include "world.hpp"

namespace echosweep::modes {

using support::LoopbackNetwork;

/// The place of an address of host4() or host6() in target_set(count4, ...).
inline std::uint64_t index_of(const Address& address, std::uint64_t count4) {
  return address.is_v4() ? address.v4_value() - host4(0).v4_value()
                         : count4 + static_cast<std::uint64_t>(address.value() - host6(0).value());
}

/// The pass that a packet of ours belongs to, by its payload.
inline unsigned pass_of(const net::OutgoingPacket& packet) {
  constexpr std::size_t kPassAt = 8 + 11;
  return packet.bytes[(packet.destination.is_v4() ? 20 : 0) + kPassAt];
}

/// What the main thread learned of a target, with texts of its own.
struct Seen {
  unsigned times = 0;  ///< records: must be one
  State state = State::kUnsent;
  Address from;
  std::optional<IcmpError> error;
  int send_errno = 0;
  std::string send_reason;
  bool details = true;
  MacAddress mac;
  unsigned probes = 0;
  Ttl ttl;
  Tos tos;
  Pass pass;
  std::optional<std::chrono::nanoseconds> rtt;
};

/// A machine whose links hold the addresses that a rule says.
class FakeAttached final : public net::Attached {
 public:
  using Rule = std::function<bool(const Address&)>;
  explicit FakeAttached(Rule rule) : rule_(std::move(rule)) {}

  bool is_attached(const Address& address) override { return rule_ && rule_(address); }
  bool learn(std::uint32_t, const Address&, const MacAddress&) override {
    ++learned_;
    return true;
  }
  std::uint64_t learned() const { return learned_; }

 private:
  Rule rule_;
  std::atomic<std::uint64_t> learned_{0};
};

/// A whole sweep, its threads included, over a LoopbackNetwork. This thread plays the main thread.
class SweepRun {
 public:
  struct Setup {
    std::uint64_t count4 = 0;
    std::uint64_t count6 = 0;
    std::optional<std::uint64_t> seed = 1;  ///< nothing: input order
    SweepOptions options = {};
    PacketRate rate{100'000};
    LoopbackNetwork::Rules rules;
    FakeAttached::Rule attached = nullptr;  ///< nothing: nobody knows what is on our links
    const SweepPosition* from = nullptr;    ///< where an earlier part of it stood
    bool keeps_position = false;
    ExplainFailure explain = [](int error, const Address&) {
      return Explanation{"errno " + std::to_string(error), "", false};
    };
  };

  explicit SweepRun(Setup given)
      : setup(std::move(given)),
        set(target_set(setup.count4, setup.count6)),
        order(setup.seed ? targets::Order::random(set.size(), *setup.seed)
                         : targets::Order::input(set.size())),
        network(clock, setup.rules),
        attached(setup.attached),
        start(clock.now()),
        sweep({.clock = clock,
               .tx = network.tx(),
               .rx = network.rx(),
               .codec = codec,
               .targets = set,
               .order = order,
               .options = setup.options,
               .rate = setup.rate,
               .explain = setup.explain,
               .attached = setup.attached ? &attached : nullptr,
               .from = setup.from,
               .on_found = setup.keeps_position ? [this](const ReplyEvent& event) { found.push_back(event); }
                                                : std::function<void(const ReplyEvent&)>()}),
        seen(set.size()) {}

  /// Runs it to its end; `may_read` says whether results are taken meanwhile.
  void run(const std::function<bool()>& may_read = [] { return true; }) {
    sweep.start();
    while (!sweep.sending_is_over()) {
      if (may_read()) {
        take();
      }
      std::this_thread::yield();
    }
    captured = sweep.finish();
    take();
    for (std::uint64_t index = 0; index < set.size(); ++index) {
      if (const auto record = sweep.other(index, [](State) { return true; })) {
        note(*record);
      }
    }
    accounting = sweep.accounting();
    if (setup.from == nullptr) {
      check();
    }
  }

  Seen& at(const Address& address) { return seen[set.find(address).value()]; }
  std::uint64_t in_state(State state) const {
    return static_cast<std::uint64_t>(std::ranges::count(seen, state, &Seen::state));
  }

  Setup setup;
  targets::TargetSet set;
  targets::Order order;
  support::FakeClock clock;
  LoopbackNetwork network;
  FakeAttached attached;
  packet::SweepCodec codec{fixed_key(), {}};
  MonotonicTime start;
  Sweep sweep;
  std::vector<ReplyEvent> found;  ///< with keeps_position
  std::vector<Seen> seen;
  report::Accounting accounting;
  Result<void> captured;

 private:
  void take() {
    while (true) {
      if (setup.keeps_position) {
        sweep.gather(1000);
      }
      const auto record = sweep.next_alive();
      if (!record) {
        return;
      }
      EXPECT_EQ(record->state, State::kAlive);
      EXPECT_EQ(record->details, record->mac.empty());
      note(*record);
    }
  }

  void note(const report::Record& record) {
    Seen& target = at(record.address);
    ++target.times;
    target.state = record.state;
    target.from = record.from;
    target.error = record.error;
    target.send_errno = record.send_errno;
    target.send_reason = record.send_reason;
    target.details = record.details;
    target.mac = record.mac;
    target.probes = record.probes;
    target.ttl = record.ttl;
    target.tos = record.tos;
    target.pass = record.pass;
    target.rtt = record.rtt;
  }

  /// What holds after every run, whatever happened in it.
  void check() const {
    EXPECT_TRUE(std::ranges::all_of(seen, [](const Seen& target) { return target.times == 1; }))
        << "each target has one record";
    EXPECT_TRUE(accounting.adds_up());
    EXPECT_EQ(accounting.targets, set.size());
    EXPECT_EQ(accounting.alive, in_state(State::kAlive));
    EXPECT_EQ(accounting.unreachable, in_state(State::kUnreachable));
    EXPECT_EQ(accounting.silent, in_state(State::kSilent));
    EXPECT_EQ(accounting.unsent, in_state(State::kUnsent));
    EXPECT_EQ(accounting.probes() + (accounting.control ? accounting.control->sent : 0), network.sent());
    EXPECT_EQ(accounting.elapsed, clock.now() - start);
  }
};

}  // namespace echosweep::modes

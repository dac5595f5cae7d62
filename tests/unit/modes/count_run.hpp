#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "modes/count.hpp"
#include "support/loopback_network.hpp"
#include "world.hpp"

namespace echosweep::modes {

using support::LoopbackNetwork;

/// Keeps everything that a run of rounds tells.
class Recorder : public report::CountSink {
 public:
  Result<void> reply(const report::CountReply& reply) override {
    replies.push_back(reply);
    return {};
  }
  Result<void> timed_out(const report::CountTimeout& timeout) override {
    timeouts.push_back(timeout);
    return {};
  }
  Result<void> error(const report::CountError& error) override {
    errors.push_back(error);
    return {};
  }
  Result<void> send_failed(const report::CountSendFailure& failure) override {
    failures.push_back(failure);
    return {};
  }
  Result<void> start_interval(WallTime) override {
    intervals.emplace_back();
    return {};
  }
  Result<void> interval(const report::CountSummary& summary) override {
    intervals.back().push_back(summary.tally);
    return {};
  }
  Result<void> start_summary() override { return {}; }
  Result<void> summary(const report::CountSummary& summary) override {
    summaries.push_back(summary.tally);
    kept.emplace_back(summary.rounds.rtts_ns.begin(), summary.rounds.rtts_ns.end());
    return {};
  }
  Result<void> flush() override { return {}; }

  std::vector<report::CountReply> replies;
  std::vector<report::CountTimeout> timeouts;
  std::vector<report::CountError> errors;
  std::vector<report::CountSendFailure> failures;
  std::vector<std::vector<report::CountTally>> intervals;
  std::vector<report::CountTally> summaries;
  std::vector<std::vector<std::int64_t>> kept;
};

/// A whole run of rounds, its threads included, over a LoopbackNetwork. This thread plays the main thread.
class CountRun {
 public:
  struct Setup {
    std::uint64_t count4 = 1;
    std::uint64_t count6 = 0;
    CountOptions options = {};
    packet::SweepCodecOptions codec = {.payload_size = 56, .given_sequences = true};
    LoopbackNetwork::Rules rules;
    std::optional<std::uint64_t> seed = std::nullopt;  ///< nothing: input order
  };

  explicit CountRun(Setup given)
      : setup(std::move(given)),
        set(target_set(setup.count4, setup.count6)),
        order(setup.seed ? targets::Order::random(set.size(), *setup.seed)
                         : targets::Order::input(set.size())),
        network(clock,
                [this](const net::OutgoingPacket& packet, MonotonicTime now) {
                  auto fate = setup.rules(packet, now);
                  if (fate.error == 0) {
                    sent[packet.destination].push_back(now);
                  }
                  return fate;
                }),
        codec(fixed_key(), setup.codec),
        start(clock.now()),
        count({.clock = clock,
               .tx = network.tx(),
               .rx = network.rx(),
               .codec = codec,
               .targets = set,
               .order = order,
               .options = setup.options,
               .explain = [](int error, const Address&) {
                 return Explanation{"errno " + std::to_string(error), "", false};
               }}) {}

  /// To its end; `look` is called between events.
  void run(const std::function<void()>& look = [] {}) {
    count.start();
    run_on(look);
  }
  /// The same when it has been started.
  void run_on(const std::function<void()>& look = [] {}) {
    while (!count.is_over()) {
      count.take_events(seen);
      look();
      std::this_thread::yield();
    }
    captured = count.finish();
    while (count.take_events(seen) > 0) {
    }
    for (const SendTrouble& trouble : count.take_troubles()) {
      const std::string& line = trouble.line;
      advice.push_back(line);
    }
    for (std::uint64_t index = 0; index < set.size(); ++index) {
      (void)seen.summary(count.summary(index));
    }
    totals = count.totals();
    check();
  }

  void tell_interval() {
    (void)seen.start_interval(clock.wall());
    for (std::uint64_t index = 0; index < set.size(); ++index) {
      (void)seen.interval(count.interval(index, false));
    }
    count.start_interval();
  }

  Setup setup;
  targets::TargetSet set;
  targets::Order order;
  support::FakeClock clock;
  std::map<Address, std::vector<MonotonicTime>> sent;  ///< by target
  LoopbackNetwork network;
  packet::SweepCodec codec;
  MonotonicTime start;
  Count count;
  Recorder seen;
  report::CountTotals totals;
  std::vector<std::string> advice;
  Result<void> captured;

 private:
  /// What holds after every run, whatever happened in it.
  void check() const {
    EXPECT_TRUE(totals.accounting.adds_up());
    EXPECT_EQ(totals.accounting.targets, set.size());
    EXPECT_EQ(totals.accounting.probes(), network.sent());
    EXPECT_GE(totals.timeouts, seen.timeouts.size());
    std::uint64_t received = 0;
    for (const auto& reply : seen.replies) {
      received += reply.duplicate ? 0U : 1U;
    }
    std::uint64_t summed = 0;
    std::uint64_t closed = 0;
    for (const auto& tally : seen.summaries) {
      EXPECT_LE(tally.received, tally.sent);
      summed += tally.received;
      closed += tally.sent;
    }
    EXPECT_EQ(summed, received);
    EXPECT_LE(closed, network.sent() + seen.failures.size());
  }
};

}  // namespace echosweep::modes

// Whole sweeps that find their rate, threads included, on a fake clock.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "sweep_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;

LoopbackNetwork::Answer answer(std::chrono::nanoseconds delay, bool dropped = false) {
  return {.delay = delay, .error = std::nullopt, .options = {}, .dropped = dropped};
}

/// Lets so many packets a second through, and answers each of those after 20 ms.
class PolicedHosts {
 public:
  explicit PolicedHosts(double per_second) : interval_(std::llround(1e9 / per_second)) {}

  LoopbackNetwork::Fate operator()(const net::OutgoingPacket& packet, MonotonicTime now) {
    ++(pass_of(packet) == kControlPass.value ? controls : probes);
    if (free_at_ - now > 20ms) {
      return {};
    }
    free_at_ = std::max(free_at_, now) + interval_;
    return {.error = 0, .answers = {answer(20ms)}};
  }

  std::uint64_t controls = 0;
  std::uint64_t probes = 0;

 private:
  std::chrono::nanoseconds interval_;
  MonotonicTime free_at_;
};

TEST(SweepWithAutoRate, FindsTheRateAndAccountsForItsControlProbes) {
  PolicedHosts hosts(3000);
  SweepRun run({.count4 = 60'000,
                .options = {.retries = 0, .drain = 1s, .auto_rate = true},
                .rules = [&](const auto& packet, auto now) { return hosts(packet, now); }});
  run.run();
  const report::Accounting& sums = run.accounting;
  EXPECT_NEAR(std::chrono::duration<double>(sums.elapsed).count(), 60'000 / 3000.0, 4);
  ASSERT_TRUE(sums.control.has_value());
  EXPECT_EQ(sums.control->sent, hosts.controls);
  EXPECT_EQ(sums.probes(), hosts.probes);
  EXPECT_LE(sums.control->answered, sums.control->sent);
  EXPECT_GT(sums.control->answered, sums.control->sent / 2);
  EXPECT_EQ(sums.echo_replies, sums.alive);
  EXPECT_EQ(sums.extra, 0U);
  EXPECT_NEAR(sums.rate_at_end->per_second, 3000, 600);
}

TEST(SweepWithAutoRate, ASecondAnswerToAControlProbeIsExtra) {
  std::uint64_t controls = 0;
  SweepRun run({.count4 = 5'000,
                .options = {.retries = 0, .drain = 1s, .auto_rate = true},
                .rules = [&](const net::OutgoingPacket& packet, MonotonicTime) -> LoopbackNetwork::Fate {
                  const bool control = pass_of(packet) == kControlPass.value;
                  controls += control ? 1U : 0U;
                  LoopbackNetwork::Fate fate{.error = 0, .answers = {answer(20ms)}};
                  if (control) {
                    fate.answers.push_back(answer(25ms));
                  }
                  return fate;
                }});
  run.run();
  EXPECT_GT(controls, 0U);
  EXPECT_EQ(run.accounting.control->answered, controls);
  EXPECT_EQ(run.accounting.extra, controls);
  EXPECT_EQ(run.accounting.echo_replies, 5'000 + controls);
}

TEST(SweepWithAutoRate, NeverAsksAHostAgainWhileItsControlProbeIsOut) {
  std::map<Address, MonotonicTime> asked;
  std::uint64_t too_soon = 0;
  std::uint64_t controls = 0;
  SweepRun run({.count4 = 20'000,
                .options = {.retries = 0, .drain = 1s, .auto_rate = true},
                .rules = [&](const net::OutgoingPacket& packet, MonotonicTime now) -> LoopbackNetwork::Fate {
                  if (pass_of(packet) == kControlPass.value) {
                    ++controls;
                    if (const auto last = asked.find(packet.destination); last != asked.end()) {
                      too_soon += now - last->second < 300ms ? 1U : 0U;
                    }
                    asked[packet.destination] = now;
                  }
                  // Ten hosts are alive, 300 ms away.
                  const bool alive = index_of(packet.destination, 20'000) % 2'000 == 0;
                  return alive ? LoopbackNetwork::Fate{.error = 0, .answers = {answer(300ms)}}
                               : LoopbackNetwork::Fate{};
                }});
  run.run();
  EXPECT_GT(controls, 20U);
  EXPECT_EQ(too_soon, 0U);
  EXPECT_EQ(run.accounting.control->answered, controls);
}

TEST(SweepWithAutoRate, ItsControlProbesCountForTheMostPackets) {
  SweepRun run({.count4 = 60'000,
                .options = {.retries = 0, .drain = 1s, .max_probes = 3'000, .auto_rate = true},
                .rules = [](const net::OutgoingPacket&, MonotonicTime) -> LoopbackNetwork::Fate {
                  return {.error = 0, .answers = {answer(20ms)}};
                }});
  run.run();
  EXPECT_GT(run.accounting.control->sent, 0U);
  EXPECT_EQ(run.accounting.probes() + run.accounting.control->sent, 3'000U);
}

TEST(SweepAtMaxRate, ComesDownWhenTheCaptureLosesPackets) {
  std::uint64_t sent = 0;
  SweepRun run({.count4 = 20'000,
                .options = {.retries = 0, .drain = 1s},
                .rate = PacketRate{0},
                .rules = [&](const net::OutgoingPacket&, MonotonicTime) -> LoopbackNetwork::Fate {
                  return {.error = ++sent % 640 == 0 ? ENOBUFS : 0, .answers = {answer(0ms, sent == 2000)}};
                }});
  run.run();
  EXPECT_EQ(run.accounting.capture_drops, 1U);
  EXPECT_EQ(run.accounting.rate_falls, 1U);
  EXPECT_FALSE(run.accounting.rate_at_end->unlimited());
}

}  // namespace
}  // namespace echosweep::modes

// Sweeps over targets on our own links: who has an address is asked before anything can be sent there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "on_link_world.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using support::neighbour_answer;
using testing::ElementsAre;
using testing::HasSubstr;
using Fate = LoopbackNetwork::Fate;

TEST(SweepOnLink, AsksForNeighboursAndThenByEcho) {
  SweepRun run({.count4 = 6000,
                .count6 = 4000,
                .options = options_with(NeighbourUse::kBoth),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) { return lively(packet); },
                .attached = everything});
  run.run();
  EXPECT_EQ(run.accounting.alive, 10'000U);
  EXPECT_EQ(run.accounting.neighbour_requests, 10'000U);
  EXPECT_EQ(run.accounting.neighbour_answers, 10'000U);
  EXPECT_EQ(run.accounting.echo_replies, 10'000U);
  EXPECT_EQ(run.accounting.extra, 0U);
  EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(20'000, 0));
  EXPECT_EQ(run.attached.learned(), 10'000U);
  for (const Seen& target : run.seen) {
    ASSERT_EQ(target.rtt, 20ms);
    ASSERT_TRUE(target.mac.empty());
  }
}

TEST(SweepOnLink, WhoAnswersArpAloneIsAliveAndNotAskedAgain) {
  for (const auto& [count4, count6] : {std::pair{500U, 0U}, std::pair{0U, 500U}}) {
    SweepRun run({.count4 = count4,
                  .count6 = count6,
                  .options = options_with(NeighbourUse::kBoth, 3),
                  .rules = [](const net::OutgoingPacket& packet, MonotonicTime) { return taciturn(packet); },
                  .attached = everything});
    run.run();
    EXPECT_EQ(run.accounting.alive, 500U);
    EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(1000, 0, 0, 0));
    EXPECT_EQ(run.accounting.echo_replies, 0U);
    for (std::uint64_t index = 0; index < 500; ++index) {
      ASSERT_EQ(run.seen[index].mac, mac_of(run.set.at(index)));
      ASSERT_FALSE(run.seen[index].details);
      ASSERT_EQ(run.seen[index].rtt, std::nullopt);
    }
  }
}

TEST(SweepOnLink, NoRecordKeepsWhatTheOneBeforeSaid) {
  SweepRun run({.count4 = 400,
                .options = options_with(NeighbourUse::kBoth, 0),
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      return packet.destination.v4_value() % 2 == 0 ? lively(packet) : taciturn(packet);
                    },
                .attached = everything});
  run.run();
  EXPECT_EQ(run.accounting.alive, 400U);
  for (std::uint64_t index = 0; index < 400; ++index) {
    const Seen& target = run.seen[index];
    const bool is_lively = run.set.at(index).v4_value() % 2 == 0;
    ASSERT_EQ(target.details, is_lively) << index;
    ASSERT_EQ(target.mac.empty(), is_lively) << index;
    ASSERT_EQ(target.rtt.has_value(), is_lively) << index;
  }
}

TEST(SweepOnLink, TheDeadAreAskedOnceAPassAndByNothingElse) {
  SweepRun run({.count4 = 400,
                .options = options_with(NeighbourUse::kBoth, 2),
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      return packet.destination.v4_value() % 4 == 0 ? lively(packet) : nothing();
                    },
                .attached = everything});
  run.run();
  EXPECT_EQ(run.accounting.alive, 100U);
  EXPECT_EQ(run.accounting.silent, 300U);
  EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(500, 300, 300));
  EXPECT_EQ(run.accounting.neighbour_requests, 1000U);
  EXPECT_EQ(run.at(host4(1)).probes, 3U);
}

TEST(SweepOnLink, AnEchoReplyAfterItsTimeIsExtra) {
  SweepOptions late = options_with(NeighbourUse::kBoth, 0);
  late.drain = 3s;
  SweepRun run({.count4 = 200,
                .options = late,
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      Fate fate = lively(packet);
                      if (!is_question(packet)) {
                        fate.answers[0].delay = packet.destination.v4_value() % 2 == 0 ? 400ms : 2s;
                      }
                      // One that never answers keeps the run open until the late ones are in.
                      return packet.destination == host4(0) ? nothing() : fate;
                    },
                .attached = everything});
  // Something comes in all the time, so that the receiver sees time pass.
  for (int i = 0; i < 100; ++i) {
    run.network.inject(neighbour_answer(host4(5000), mac_of(host4(5000)), run.clock.wall()),
                       run.start + i * 25ms);
  }
  run.run();
  EXPECT_EQ(run.accounting.alive, 199U);
  EXPECT_EQ(run.accounting.echo_replies, 199U);
  EXPECT_EQ(run.accounting.extra, 100U);
  for (std::uint64_t index = 1; index < 200; ++index) {
    ASSERT_EQ(run.seen[index].mac.empty(), index % 2 == 0) << index;
    ASSERT_EQ(run.seen[index].rtt.has_value(), index % 2 == 0) << index;
  }
}

TEST(SweepOnLink, WithoutArpOnlyAnEchoReplyMakesAlive) {
  SweepRun run({.count4 = 300,
                .options = options_with(NeighbourUse::kEchoOnly),
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      return packet.destination.v4_value() % 3 == 0   ? lively(packet)
                             : packet.destination.v4_value() % 3 == 1 ? taciturn(packet)
                                                                      : nothing();
                    },
                .attached = everything});
  run.run();
  EXPECT_EQ(run.accounting.alive, 100U);
  EXPECT_EQ(run.accounting.silent, 200U);
  // Each of the silent is asked who it is in both passes, and those who say so get an echo each time.
  EXPECT_EQ(run.accounting.neighbour_requests, 300U + 200U);
  EXPECT_EQ(run.accounting.probes(), 300U + 200U + 200U + 100U);
  EXPECT_EQ(run.accounting.neighbour_answers, 300U);
  for (const Seen& target : run.seen) {
    ASSERT_TRUE(target.mac.empty());
  }
}

TEST(SweepOnLink, AloneItAsksForNeighboursAndNobodyElsewhere) {
  SweepRun run({.count4 = 1000,
                .count6 = 500,
                .options = options_with(NeighbourUse::kAlone),
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      EXPECT_TRUE(is_question(packet)) << to_string(packet.destination);
                      return static_cast<std::uint32_t>(packet.destination.value()) % 2 == 0
                                 ? taciturn(packet)
                                 : nothing();
                    },
                .attached = [](const Address& address) { return address >= host4(400); }});
  run.run();
  EXPECT_EQ(run.accounting.alive, 300U + 250U);
  EXPECT_EQ(run.accounting.silent, 300U + 250U);
  EXPECT_EQ(run.accounting.unsent, 400U);
  EXPECT_EQ(run.accounting.probes(), run.accounting.neighbour_requests);
  EXPECT_EQ(run.at(host4(5)).send_errno, ENONET);
  EXPECT_EQ(run.at(host4(5)).send_reason, "not on a link of ours");
  EXPECT_EQ(run.at(host4(400)).mac, mac_of(host4(400)));
  const auto advice = run.sweep.take_advice();
  ASSERT_EQ(advice.size(), 1U) << "said once, not for each target and pass";
  EXPECT_THAT(advice[0], HasSubstr("--arp asks directly attached networks only"));
  EXPECT_TRUE(run.accounting.send_errors.empty());
}

TEST(SweepOnLink, AloneAndAllElsewhereEndsAtOnceWithNothingSent) {
  SweepRun run({.count4 = 20'000,
                .options = options_with(NeighbourUse::kAlone, 0),
                .rules = [](const net::OutgoingPacket&, MonotonicTime) { return nothing(); },
                .attached = [](const Address&) { return false; }});
  run.run();
  EXPECT_EQ(run.accounting.unsent, 20'000U);
  EXPECT_EQ(run.network.sent(), 0U);
  EXPECT_LT(run.accounting.elapsed, 1s);
}

TEST(SweepOnLink, OthersAreAskedByEchoAsEver) {
  SweepRun run({.count4 = 1000,
                .options = options_with(NeighbourUse::kBoth),
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      if (packet.destination < host4(500)) {
                        return lively(packet);
                      }
                      EXPECT_FALSE(is_question(packet));
                      EXPECT_TRUE(packet.mac.empty());
                      return with(echo());
                    },
                .attached = [](const Address& address) { return address < host4(500); }});
  run.run();
  EXPECT_EQ(run.accounting.alive, 1000U);
  EXPECT_EQ(run.accounting.neighbour_requests, 500U);
  EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(1500, 0));
}

/// Where the kernel asks, its table must bear it: never more than so many of ours in any 6 s.
TEST(SweepByKernelNeighbours, KeepWithinTheBudget) {
  for (const double rate : {50'000.0, 0.0, 30.0}) {
    constexpr std::uint64_t kLimit = 100;
    SweepOptions options = options_with(NeighbourUse::kByKernel);
    options.kernel_neighbours = kLimit;
    std::deque<MonotonicTime> recent;
    std::size_t most = 0;
    SweepRun run({.count4 = 1000,
                  .options = options,
                  .rate = PacketRate{rate},
                  .rules =
                      [&](const net::OutgoingPacket& packet, MonotonicTime now) {
                        EXPECT_FALSE(is_question(packet));
                        if (packet.destination < host4(700)) {
                          recent.push_back(now);
                          while (now - recent.front() >= 6s) {
                            recent.pop_front();
                          }
                          most = std::max(most, recent.size());
                        }
                        return packet.destination.v4_value() % 4 == 0 ? with(echo()) : nothing();
                      },
                  .attached = [](const Address& address) { return address < host4(700); }});
    run.run();
    EXPECT_EQ(run.accounting.alive, 250U);
    EXPECT_EQ(run.accounting.silent, 750U);
    EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(1000, 750));
    EXPECT_LE(most, kLimit) << rate;
    EXPECT_EQ(most, kLimit) << "and all of it is used, at " << rate;
    // 700 and 525 of them: twelve windows and a bit must pass at least; some more may, for a trail is coarse.
    EXPECT_LT(run.accounting.elapsed, 90s);
  }
}

TEST(SweepByKernelNeighbours, OfNoLimitAreAskedAtOnce) {
  SweepRun run({.count4 = 5000,
                .options = options_with(NeighbourUse::kByKernel, 0),
                .rules = [](const net::OutgoingPacket&, MonotonicTime) { return with(echo()); },
                .attached = everything});
  run.run();
  EXPECT_EQ(run.accounting.alive, 5000U);
  EXPECT_EQ(run.accounting.neighbour_requests, 0U);
  EXPECT_LT(run.accounting.elapsed, 1s);
}

}  // namespace
}  // namespace echosweep::modes

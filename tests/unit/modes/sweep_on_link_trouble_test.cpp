// The same where something goes wrong: lies, floods, stops, refusals, loss.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <random>
#include <set>

#include "on_link_world.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using support::neighbour_answer;
using Fate = LoopbackNetwork::Fate;

/// Nobody who was not asked yet, or is no target, becomes alive because somebody says so.
TEST(SweepOnLink, AnswersThatNobodyAskedForAreNotBelieved) {
  SweepRun run({.count4 = 100,
                .count6 = 100,
                .seed = std::nullopt,
                .options = options_with(NeighbourUse::kBoth, 0),
                .rate = PacketRate{100},  // a second for each half
                .rules = [](const net::OutgoingPacket&, MonotonicTime) { return nothing(); },
                .attached = everything});
  const WallTime stamp = run.clock.wall();
  for (std::uint64_t i = 20; i < 100; ++i) {
    run.network.inject(neighbour_answer(host4(i), mac_of(host4(i)), stamp), run.start + 100ms);
    run.network.inject(neighbour_answer(host6(i), mac_of(host6(i)), stamp), run.start + 100ms);
    run.network.inject(neighbour_answer(host4(5000 + i), mac_of(host4(i)), stamp), run.start + 100ms);
  }
  // Of those that were asked, only by a MAC address that a host can have, and a real answer.
  run.network.inject(neighbour_answer(host4(0), MacAddress{}, stamp), run.start + 1500ms);
  run.network.inject(neighbour_answer(host4(1), MacAddress{{3, 0, 0, 0, 0, 1}}, stamp), run.start + 1500ms);
  run.network.inject(neighbour_answer(host4(2), mac_of(host4(2)), stamp), run.start + 1500ms);
  run.run();
  EXPECT_EQ(run.accounting.alive, 1U);
  EXPECT_EQ(run.at(host4(2)).mac, mac_of(host4(2)));
  EXPECT_EQ(run.accounting.neighbour_answers, 1U);
  EXPECT_EQ(run.accounting.probes(), 201U) << "one echo";
}

TEST(SweepOnLink, AFloodOfAnswersIsOneAnswer) {
  SweepRun run({.count4 = 50,
                .options = options_with(NeighbourUse::kBoth),
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      Fate fate = lively(packet);
                      if (is_question(packet) && packet.destination == host4(7)) {
                        fate.answers.resize(20'000, fate.answers[0]);
                      }
                      return packet.destination == host4(8) ? nothing() : fate;
                    },
                .attached = everything});
  run.run();
  EXPECT_EQ(run.accounting.alive, 49U);
  EXPECT_EQ(run.accounting.neighbour_answers, 49U);
  EXPECT_EQ(run.accounting.echo_replies, 49U);
  EXPECT_EQ(run.accounting.extra, 0U);
}

/// Stopped in its midst, in each way: who has said that he is there is alive, and who was not asked is
/// unsent.
TEST(SweepOnLink, StopsWithWhatIsKnown) {
  for (const int how_much : {1, 2}) {
    for (const NeighbourUse use : {NeighbourUse::kBoth, NeighbourUse::kEchoOnly, NeighbourUse::kAlone}) {
      SweepRun* current = nullptr;
      std::set<Address> asked;
      SweepRun run({.count4 = 20'000,
                    .options = options_with(use),
                    .rate = PacketRate{10'000},
                    .rules =
                        [&](const net::OutgoingPacket& packet, MonotonicTime now) {
                          if (now - current->start >= 700ms) {
                            current->sweep.request_stop(how_much);
                          }
                          asked.insert(packet.destination);
                          return packet.destination.v4_value() % 2 == 0 ? lively(packet) : taciturn(packet);
                        },
                    .attached = everything});
      current = &run;
      run.run();
      EXPECT_GT(run.accounting.unsent, 10'000U);
      EXPECT_EQ(run.accounting.unsent, 20'000 - asked.size());
      EXPECT_GT(run.accounting.alive, 1000U);
      if (use != NeighbourUse::kEchoOnly) {
        EXPECT_EQ(run.accounting.alive, run.accounting.neighbour_answers);
      }
      EXPECT_LT(run.accounting.elapsed, how_much == 2 ? 800ms : 2s);
    }
  }
}

TEST(SweepOnLink, MaxPacketsCountsEveryPacket) {
  for (const std::uint64_t most : {1U, 2U, 99U, 1000U, 1999U}) {
    for (const NeighbourUse use : {NeighbourUse::kBoth, NeighbourUse::kEchoOnly}) {
      SweepOptions options = options_with(use);
      options.max_probes = most;
      SweepRun run({.count4 = 1000,
                    .options = options,
                    .rules = [](const net::OutgoingPacket& packet, MonotonicTime) { return lively(packet); },
                    .attached = everything});
      run.run();
      EXPECT_LE(run.network.sent(), most);
      EXPECT_EQ(run.accounting.stopped_by, "--max-packets") << most;
    }
  }
}

TEST(SweepOnLink, AnEchoThatCannotLeaveIsToldOf) {
  SweepRun run({.count4 = 100,
                .options = options_with(NeighbourUse::kEchoOnly, 0),
                .rules =
                    [](const net::OutgoingPacket& packet, MonotonicTime) {
                      return is_question(packet) ? lively(packet) : Fate{.error = EMSGSIZE, .answers = {}};
                    },
                .attached = everything});
  run.run();
  EXPECT_EQ(run.accounting.alive, 0U);
  EXPECT_EQ(run.accounting.send_errors.at(EMSGSIZE), 100U);
  EXPECT_EQ(run.sweep.take_advice().size(), 1U);
}

/// Two gateways of which nobody says where they are: each costs its wait, and neither ends the run.
TEST(SweepOnLink, GatewaysThatAreGivenUpOneAfterTheOtherAreNotAStandstill) {
  std::map<Address, MonotonicTime> since;
  SweepRun run({.count4 = 50,
                .seed = std::nullopt,
                .options = options_with(NeighbourUse::kBoth, 0),
                .rules =
                    [&](const net::OutgoingPacket& packet, MonotonicTime now) {
                      if (packet.destination >= host4(3)) {
                        return with(echo());
                      }
                      const MonotonicTime first = since.try_emplace(packet.destination, now).first->second;
                      return Fate{.error = now - first < 2500ms ? EAGAIN : EHOSTDOWN, .answers = {}};
                    },
                .attached = [](const Address&) { return false; }});
  run.run();
  EXPECT_EQ(run.accounting.stopped_by, "");
  EXPECT_EQ(run.accounting.alive, 47U);
  EXPECT_EQ(run.accounting.unsent, 3U);
  EXPECT_EQ(run.at(host4(2)).send_errno, EHOSTDOWN);
}

/// A fifth of everything is lost, also answers: who was heard is alive, who was not is silent.
class SweepOnLossyLink : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SweepOnLossyLink, EachTargetIsWhatWasHeardOfIt) {
  std::mt19937_64 random(GetParam());
  const NeighbourUse use = GetParam() % 3 == 0   ? NeighbourUse::kAlone
                           : GetParam() % 3 == 1 ? NeighbourUse::kBoth
                                                 : NeighbourUse::kEchoOnly;
  constexpr std::uint64_t k4 = 1500;
  constexpr std::uint64_t k6 = 700;
  std::vector<bool> said(k4 + k6);
  std::vector<bool> echoed(k4 + k6);
  SweepRun run({.count4 = k4,
                .count6 = k6,
                .seed = GetParam(),
                .options = options_with(use, 3),
                .rate = PacketRate{GetParam() % 2 == 0 ? 5000.0 : 0.0},
                .rules =
                    [&](const net::OutgoingPacket& packet, MonotonicTime) {
                      const std::uint64_t index = index_of(packet.destination, k4);
                      if (random() % 50 == 0) {
                        return Fate{.error = ENOBUFS, .answers = {}};
                      }
                      const bool there = index % 3 != 0;
                      const bool lost = random() % 5 == 0 || random() % 5 == 0;
                      if (!there || lost || (index % 3 == 1 && !is_question(packet))) {
                        return nothing();
                      }
                      (is_question(packet) ? said : echoed)[index] = true;
                      Fate fate = lively(packet);
                      fate.answers[0].delay = nanoseconds(random() % 900'000'000);
                      fate.answers.resize(random() % 10 == 0 ? 2 : 1, fate.answers[0]);
                      return fate;
                    },
                .attached = everything});
  run.run();
  ASSERT_TRUE(run.captured);
  for (std::uint64_t index = 0; index < run.set.size(); ++index) {
    const bool heard = use == NeighbourUse::kEchoOnly ? echoed[index] : said[index];
    ASSERT_EQ(run.seen[index].state, heard ? State::kAlive : State::kSilent) << to_string(run.set.at(index));
    ASSERT_TRUE(run.seen[index].mac.empty() || said[index]);
    ASSERT_TRUE(!run.seen[index].rtt || echoed[index]);
  }
  EXPECT_EQ(run.accounting.stopped_by, "");
  EXPECT_GT(run.accounting.alive, use == NeighbourUse::kEchoOnly ? 600U : 1200U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SweepOnLossyLink, testing::Range<std::uint64_t>(1, 25));

}  // namespace
}  // namespace echosweep::modes

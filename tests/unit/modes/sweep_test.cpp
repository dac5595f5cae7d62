#include "modes/sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "sweep_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using support::AnswerOptions;
using support::captured;
using support::echo_reply;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;
using Answer = LoopbackNetwork::Answer;
using Fate = LoopbackNetwork::Fate;

SweepOptions options_with(unsigned retries, nanoseconds drain = 1s) {
  SweepOptions options;
  options.retries = retries;
  options.drain = drain;
  return options;
}

Fate alive(nanoseconds delay = 20ms) {
  return {.error = 0, .answers = {{.delay = delay, .error = {}, .options = {}, .dropped = false}}};
}
Fate silent() {
  return {};
}
Fate unreachable(Family family, std::optional<std::size_t> quoted) {
  AnswerOptions options;
  options.from = router(family);
  options.quoted = quoted;
  const IcmpError error = family == Family::kIpv4 ? IcmpError{family, 3, 1} : IcmpError{family, 1, 3};
  return {.error = 0, .answers = {{.delay = 5ms, .error = error, .options = options, .dropped = false}}};
}
LoopbackNetwork::Rules everybody(const Fate& fate) {
  return [fate](const net::OutgoingPacket&, MonotonicTime) { return fate; };
}

TEST(Sweep, FindsAHundredThousandAliveTargetsOnceEach) {
  SweepRun run(
      {.count4 = 60'000, .count6 = 40'000, .options = options_with(1), .rules = everybody(alive(20ms))});
  run.run();
  EXPECT_TRUE(run.captured);
  EXPECT_EQ(run.accounting.alive, 100'000U);
  EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(100'000, 0));
  EXPECT_EQ(run.accounting.echo_replies, 100'000U);
  EXPECT_EQ(run.accounting.extra, 0U);
  EXPECT_EQ(run.accounting.rtt_min, 20ms);
  EXPECT_EQ(run.accounting.rtt_max, 20ms);
  EXPECT_EQ(run.accounting.rtt_count, 100'000U);
  EXPECT_THAT(run.accounting.elapsed, AllOf(Ge(1s), Le(1100ms)));
}

TEST(Sweep, FindsThemAsFastAsItGoes) {
  SweepRun run(
      {.count4 = 20'000, .options = options_with(1), .rate = PacketRate{0}, .rules = everybody(alive(0ns))});
  run.run();
  EXPECT_EQ(run.accounting.alive, 20'000U);
}

TEST(Sweep, PutsEveryTargetIntoItsOwnStateInBothFamilies) {
  constexpr std::uint64_t k4 = 3000;
  for (const std::optional<std::uint64_t> seed :
       {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(6)}) {
    SweepRun run({.count4 = k4,
                  .count6 = 2000,
                  .seed = seed,
                  .options = options_with(1),
                  .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                    const Family family = packet.destination.family();
                    switch (index_of(packet.destination, k4) % 5) {
                      case 0:
                        return alive();
                      case 1:
                        return unreachable(family, 8);
                      case 2:
                        return unreachable(family, std::nullopt);
                      case 3: {
                        Fate fate = alive();
                        fate.answers[0].options.from = router(family);
                        return fate;
                      }
                      default:
                        return silent();
                    }
                  }});
    run.run();
    for (std::uint64_t index = 0; index < run.set.size(); ++index) {
      const Seen& target = run.seen[index];
      const Address address = run.set.at(index);
      constexpr State kTruth[] = {State::kAlive, State::kUnreachable, State::kUnreachable, State::kAlive,
                                  State::kSilent};
      ASSERT_EQ(target.state, kTruth[index % 5]) << to_string(address);
      if (index % 5 == 0) {
        ASSERT_EQ(target.from, address);
        ASSERT_EQ(target.rtt, 20ms);
        ASSERT_EQ(target.ttl, Ttl{64});
      } else if (index % 5 == 3) {
        ASSERT_EQ(target.from, router(address.family()));
      } else {
        ASSERT_EQ(target.probes, 2U);
      }
      if (index % 5 == 1 || index % 5 == 2) {
        ASSERT_EQ(target.from, router(address.family()));
        ASSERT_TRUE(target.error);
        ASSERT_EQ(target.error->family, address.family());
        ASSERT_EQ(target.error->code, address.is_v4() ? 1 : 3);
      }
    }
    EXPECT_EQ(run.accounting.icmp_errors, 4000U) << "two probes each";
    EXPECT_EQ(run.accounting.forged, 0U);
  }
}

TEST(Sweep, RetriesFindWhomTheFirstProbeMissed) {
  SweepRun run({.count4 = 5000,
                .options = options_with(2),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                  return pass_of(packet) >= packet.destination.v4_value() % 4 ? alive() : silent();
                }});
  run.run();
  EXPECT_EQ(run.accounting.alive, 3750U);
  EXPECT_EQ(run.accounting.silent, 1250U);
  EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(5000, 3750, 2500));
  for (const Seen& target : run.seen) {
    if (target.state == State::kSilent) {
      ASSERT_EQ(target.probes, 3U);
    } else {
      ASSERT_EQ(target.rtt, 20ms);
    }
  }
  EXPECT_EQ(std::ranges::count(run.seen, Pass{2}, &Seen::pass), 1250);
}

TEST(Sweep, LateRepliesCountAsLongAsTheRunLasts) {
  SweepRun run({.count4 = 100, .options = options_with(1, 3s), .rules = everybody(alive(2500ms))});
  run.run();
  EXPECT_EQ(run.accounting.alive, 100U);
  EXPECT_EQ(run.accounting.late, run.accounting.echo_replies);
  EXPECT_GE(run.accounting.late, 100U);
}

TEST(Sweep, CountsWhatIsExtraForgedForeignAndMalformed) {
  constexpr std::uint64_t kTargets = 600;
  SweepRun run({.count4 = kTargets,
                .count6 = kTargets,
                .options = options_with(0),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                  Fate fate = alive();
                  Answer& first = fate.answers[0];
                  switch (index_of(packet.destination, kTargets) % 6) {
                    case 0:  // everything twice
                      fate.answers.push_back(first);
                      break;
                    case 1:  // a good sequence and a bad tag from another source: nobody proved anything
                      first.options.damage_tag = true;
                      first.options.from = router(packet.destination.family());
                      break;
                    case 2:
                      first.options.damage_sequence = true;
                      first.options.payload = 4;
                      break;
                    case 3:
                      first.options.damage_checksum = true;
                      break;
                    case 4:  // cut payload, and that is all right
                      first.options.payload = 4;
                      break;
                    default:  // an ICMP error with another sequence
                      first.error = packet.destination.is_v4() ? IcmpError{Family::kIpv4, 3, 1}
                                                               : IcmpError{Family::kIpv6, 1, 0};
                      first.options.damage_sequence = true;
                      first.options.quoted = 8;
                  }
                  return fate;
                }});
  // Somebody else's ping was answered.
  packet::RunKey others = fixed_key();
  others.identifier = Identifier{0x1111};
  const packet::SweepCodec other_codec(others, {});
  std::vector<std::uint8_t> bytes(other_codec.packet_size(Family::kIpv4));
  other_codec.prepare(Family::kIpv4, bytes);
  other_codec.encode({.index = 0, .destination = host4(0), .pass = Pass{0}}, run.start, bytes);
  run.network.inject(captured(Family::kIpv4, echo_reply({bytes, host4(0)}), run.clock.wall()),
                     run.start + 1ms);
  run.run();
  EXPECT_EQ(run.accounting.alive, 400U);
  EXPECT_EQ(run.accounting.silent, 800U);
  EXPECT_EQ(run.accounting.extra, 200U);
  EXPECT_EQ(run.accounting.forged, 600U);
  EXPECT_EQ(run.accounting.malformed, 200U);
  EXPECT_EQ(run.accounting.foreign, 1U);
  EXPECT_EQ(run.accounting.echo_replies, 600U);
  EXPECT_EQ(run.accounting.icmp_errors, 0U);
  for (std::uint64_t index = 0; index < run.seen.size(); ++index) {  // each record says what is its own
    EXPECT_EQ(run.seen[index].rtt.has_value(), index % 6 == 0) << index;
  }
  EXPECT_TRUE(run.sweep.has_given_all_alive());
}

TEST(Sweep, AsksAgainWhereTheCaptureDroppedReplies) {
  SweepRun run({.count4 = 10'000,
                .options = options_with(0),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                  Fate fate = alive();
                  fate.answers[0].dropped = pass_of(packet) == 0 && packet.destination.v4_value() % 100 == 0;
                  return fate;
                }});
  run.run();
  EXPECT_EQ(run.accounting.alive, 10'000U);
  EXPECT_EQ(run.accounting.capture_drops, 100U);
  EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(10'000, 100));
}

TEST(Sweep, CallsNobodyAliveWhoseRepliesWereAllDropped) {
  Fate fate = alive();
  fate.answers[0].dropped = true;
  SweepRun run({.count4 = 100, .options = options_with(1), .rules = everybody(fate)});
  run.run();
  EXPECT_EQ(run.accounting.silent, 100U);
  EXPECT_EQ(run.accounting.capture_drops, 300U);
}

class SweepStopped : public testing::TestWithParam<int> {};

TEST_P(SweepStopped, AddsUpWhenStoppedInTheMiddle) {
  std::atomic<int>* requests = nullptr;
  std::uint64_t tries = 0;
  SweepRun run({.count4 = 20'000,
                .options = options_with(1, 60s),
                .rules = [&](const net::OutgoingPacket& packet, MonotonicTime) {
                  if (++tries == 7'777) {
                    requests->store(GetParam());
                  }
                  return packet.destination.v4_value() % 2 == 0 ? alive(100ms) : silent();
                }});
  requests = &run.sweep.stop_requests();
  run.run();
  // The batch that was being handed over is sent, and no other.
  EXPECT_THAT(run.accounting.probes(), AllOf(Ge(7'777U), Le(7'777U + 64)));
  EXPECT_EQ(run.accounting.unsent, 20'000 - run.accounting.probes());
  for (const Seen& target : run.seen) {
    if (target.state == State::kUnsent) {
      ASSERT_EQ(target.send_errno, 0);
      ASSERT_EQ(target.probes, 0U);
    }
  }
  const auto asked = run.accounting.probes();
  if (GetParam() == 1) {  // the replies on their way were waited for
    EXPECT_NEAR(static_cast<double>(run.accounting.alive), static_cast<double>(asked) / 2, 200);
    EXPECT_LE(run.accounting.elapsed, 1s);
  } else {
    EXPECT_LT(run.accounting.alive, asked / 2);
    EXPECT_LE(run.accounting.elapsed, 110ms);
  }
  EXPECT_EQ(run.accounting.stopped_by, "");
}

INSTANTIATE_TEST_SUITE_P(Requests, SweepStopped, testing::Values(1, 2));

TEST(Sweep, SaysWhyTheRestIsUnsent) {
  SweepOptions options = options_with(0);
  options.max_probes = 300;
  SweepRun run({.count4 = 1000, .seed = {}, .options = options, .rules = everybody(alive())});
  run.run();
  EXPECT_EQ(run.accounting.alive, 300U);
  EXPECT_EQ(run.accounting.unsent, 700U);
  EXPECT_EQ(run.accounting.stopped_by, "--max-packets");
  EXPECT_EQ(run.at(host4(999)).send_reason, "--max-packets");
  EXPECT_EQ(run.at(host4(999)).send_errno, 0);
  EXPECT_EQ(run.at(host4(299)).state, State::kAlive);
}

TEST(Sweep, ABlockedReaderHoldsTheSenderBackAndMissesNothing) {
  SweepRun run({.count4 = 100'000,
                .options = options_with(0),
                .rate = PacketRate{20'000},
                .rules = everybody(alive(10ms))});
  std::uint64_t sent_when_read = 0;
  run.run([&] {
    const bool reads = run.clock.now() - run.start > 20s;  // four times as long as all packets take
    if (reads && sent_when_read == 0) {
      sent_when_read = run.network.sent();
    }
    return reads;
  });
  EXPECT_EQ(run.accounting.alive, 100'000U);
  EXPECT_THAT(sent_when_read, AllOf(Ge(10'000U), Le(66'000U))) << "65,536 slots";
  EXPECT_TRUE(std::ranges::all_of(run.seen, &Seen::details));
  EXPECT_GE(run.accounting.elapsed, 20s);
}

TEST(Sweep, WhatMeetsAFullQueueIsListedAtTheEnd) {
  // Replies come after the timeout, when nobody reckons with them any more, and nobody reads.
  SweepRun run({.count4 = 100'000,
                .options = options_with(0, 5s),
                .rate = PacketRate{20'000},
                .rules = everybody(alive(4s))});
  run.run([] { return false; });
  EXPECT_EQ(run.accounting.alive, 100'000U);
  const auto unlisted = std::ranges::count(run.seen, false, &Seen::details);
  EXPECT_EQ(unlisted, 100'000 - 65'536);
  EXPECT_FALSE(run.sweep.has_given_all_alive());
}

TEST(Sweep, ACaptureThatFailsEndsTheRunWithItsError) {
  SweepRun run({.count4 = 50'000, .options = options_with(1, 60s), .rules = everybody(alive())});
  run.network.break_capture_after(1000, {"the interface went away", 19});
  run.run();
  ASSERT_FALSE(run.captured);
  EXPECT_EQ(run.captured.error().message, "the interface went away");
  EXPECT_LE(run.accounting.alive, 1000U + 256);
  EXPECT_LT(run.accounting.probes(), 100'000U);
}

TEST(Sweep, EndsCleanlyWhenNobodyWaitsForIt) {
  SweepRun run({.count4 = 100'000, .options = options_with(1, 3600s), .rules = everybody(silent())});
  run.sweep.start();
  while (run.network.sent() < 100) {
    std::this_thread::yield();
  }
}  // joins its threads, or the test hangs

TEST(Sweep, CanBeMadeAndNotStarted) {
  const SweepRun run({.count4 = 10, .options = options_with(1), .rules = everybody(silent())});
  EXPECT_EQ(run.network.sent(), 0U);
}

TEST(Sweep, ProgressEndsAtOne) {
  SweepRun run({.count4 = 5000,
                .options = options_with(1),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                  return packet.destination.v4_value() % 3 == 0 ? alive() : silent();
                }});
  EXPECT_EQ(run.sweep.progress().done, 0);
  EXPECT_EQ(run.sweep.progress().probes_to_go, 10'000U);
  double before = 0;
  std::uint64_t probes = 0;
  run.run([&] {
    const Sweep::Progress progress = run.sweep.progress();
    EXPECT_GE(progress.probes, probes);
    EXPECT_LE(progress.done, 1);
    EXPECT_LE(progress.alive, 5000U);
    probes = progress.probes;
    before = progress.done;
    return true;
  });
  const Sweep::Progress progress = run.sweep.progress();
  EXPECT_EQ(progress.done, 1);
  EXPECT_EQ(progress.probes_to_go, 0U);
  EXPECT_EQ(progress.probes, run.accounting.probes());
  EXPECT_EQ(progress.alive, 1667U);
  EXPECT_LE(before, progress.done);
}

TEST(Sweep, TakesRepliesFromElsewhereUnlessToldNotTo) {
  AnswerOptions elsewhere;
  elsewhere.from = router(Family::kIpv4);
  const Fate fate{.error = 0,
                  .answers = {{.delay = 5ms, .error = {}, .options = elsewhere, .dropped = false}}};
  SweepOptions options = options_with(0);
  SweepRun run({.count4 = 3, .options = options, .rules = everybody(fate)});
  run.run();
  EXPECT_EQ(run.accounting.alive, 3U);
  options.check_source = true;
  SweepRun strict({.count4 = 3, .options = options, .rules = everybody(fate)});
  strict.run();
  EXPECT_EQ(strict.accounting.alive, 0U);
  EXPECT_EQ(strict.accounting.silent, 3U);
  EXPECT_EQ(strict.accounting.foreign, 3U);
}

TEST(Sweep, TellsOfTheOthersWhatIsWanted) {
  SweepRun run({.count4 = 3, .options = options_with(0, 0ns), .rules = everybody(silent())});
  run.run();
  for (std::uint64_t index = 0; index < 3; ++index) {
    const auto record = run.sweep.other(index, [](State state) { return state == State::kSilent; });
    ASSERT_TRUE(record);
    EXPECT_EQ(record->address, host4(index));
    EXPECT_FALSE(run.sweep.other(index, [](State state) { return state == State::kUnreachable; }));
  }
}

TEST(Sweep, TellsOfWhatHappensBesidesFirstReplies) {
  SweepOptions options = options_with(1, 1s);
  options.timeout = 100ms;
  options.tell_asides = true;
  options.fail_for_good = true;
  Fate twice = alive(10ms);
  twice.answers.push_back(twice.answers.front());
  std::map<Address, int> asked;
  SweepRun run({.count4 = 3,
                .seed = std::nullopt,
                .options = options,
                .rules = [&](const net::OutgoingPacket& packet, MonotonicTime) -> Fate {
                  ++asked[packet.destination];
                  return packet.destination == host4(0)   ? twice
                         : packet.destination == host4(1) ? Fate{.error = EACCES, .answers = {}}
                                                          : unreachable(Family::kIpv4, std::nullopt);
                }});
  run.run();
  std::multiset<Aside::Kind> kinds;
  while (const auto aside = run.sweep.next_aside()) {
    kinds.insert(aside->kind);
    if (aside->kind == Aside::Kind::kExtraReply) {
      EXPECT_EQ(aside->index, 0U);
      EXPECT_EQ(aside->rtt_ns, 10'000'000);
    } else if (aside->kind == Aside::Kind::kSendFailure) {
      EXPECT_EQ(aside->index, 1U);
      EXPECT_EQ(aside->error, EACCES);
    } else {
      EXPECT_EQ(aside->icmp_type, 3);
      EXPECT_EQ(aside->from, router(Family::kIpv4));
    }
  }
  EXPECT_EQ(kinds.count(Aside::Kind::kExtraReply), 1U);
  EXPECT_EQ(kinds.count(Aside::Kind::kSendFailure), 1U);
  EXPECT_EQ(kinds.count(Aside::Kind::kIcmpError), 2U);
  EXPECT_EQ(asked[host4(1)], 1) << "not asked again";
}

}  // namespace
}  // namespace echosweep::modes

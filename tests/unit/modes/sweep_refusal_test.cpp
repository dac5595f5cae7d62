// Sweeps whose probes the kernel does not take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <random>
#include <set>

#include "sweep_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::Pair;
using Fate = LoopbackNetwork::Fate;

SweepOptions options_with(unsigned retries) {
  SweepOptions options;
  options.retries = retries;
  options.drain = 1s;
  return options;
}

Fate alive() {
  return {.error = 0, .answers = {{.delay = 20ms, .error = {}, .options = {}, .dropped = false}}};
}
Fate refused(int error) {
  return {.error = error, .answers = {}};
}

TEST(SweepRefusal, APermanentErrorIsToldOfItsTarget) {
  SweepRun run(
      {.count4 = 1000,
       .options = options_with(2),
       .rules =
           [](const net::OutgoingPacket& packet, MonotonicTime) {
             const std::uint64_t number = index_of(packet.destination, 1000);
             return number % 100 == 7 ? refused(EPERM) : number % 100 == 8 ? refused(EINVAL) : alive();
           },
       .explain =
           [](int error, const Address&) {
             return error == EPERM ? Explanation{"Operation not permitted", "see the firewall", false}
                                   : Explanation{"Invalid argument", "", false};
           }});
  run.run();
  EXPECT_EQ(run.accounting.alive, 980U);
  EXPECT_EQ(run.accounting.unsent, 20U);
  EXPECT_THAT(run.accounting.send_errors, ElementsAre(Pair(EPERM, 30), Pair(EINVAL, 30)));
  EXPECT_EQ(run.accounting.retries_of_sends, 0U);
  EXPECT_EQ(run.at(host4(107)).send_errno, EPERM);
  EXPECT_EQ(run.at(host4(107)).send_reason, "Operation not permitted");
  EXPECT_EQ(run.at(host4(107)).probes, 0U);
  EXPECT_EQ(run.at(host4(108)).send_errno, EINVAL);
  const auto advice = run.sweep.take_advice();
  ASSERT_EQ(advice.size(), 2U) << "a line for each kind of error";
  EXPECT_THAT(advice, testing::Contains(HasSubstr("Operation not permitted (see the firewall)")));
}

TEST(SweepRefusal, AnErrorThatPassesCostsOneProbe) {
  SweepRun run({.count4 = 500,
                .options = options_with(2),
                .rules = [](const net::OutgoingPacket& packet, MonotonicTime) {
                  const bool odd = index_of(packet.destination, 500) % 2 == 1;
                  return pass_of(packet) == 0 && odd ? refused(EHOSTUNREACH) : Fate{};
                }});
  run.run();
  EXPECT_EQ(run.accounting.silent, 500U);
  EXPECT_THAT(run.accounting.probes_by_pass, ElementsAre(250, 500, 500));
  EXPECT_EQ(run.at(host4(3)).probes, 2U);
  EXPECT_EQ(run.at(host4(4)).probes, 3U);
}

TEST(SweepRefusal, AFullQueueThatEmptiesLosesNothing) {
  std::mt19937 random(5);
  for (const int error : {ENOBUFS, EAGAIN}) {
    SweepRun run({.count4 = 10'000,
                  .options = options_with(1),
                  .rules = [&](const net::OutgoingPacket&, MonotonicTime) {
                    return std::uniform_int_distribution(0, 9)(random) < 3 ? refused(error) : alive();
                  }});
    run.run();
    EXPECT_EQ(run.accounting.alive, 10'000U);
    EXPECT_EQ(run.accounting.extra, 0U) << "none was sent twice";
    EXPECT_EQ(run.accounting.retries_of_sends, run.accounting.send_errors.at(error));
    EXPECT_THAT(run.sweep.take_advice(), IsEmpty());
  }
}

TEST(SweepRefusal, WaitsOutAnOutageOfTwoSeconds) {
  MonotonicTime start;
  SweepRun run({.count4 = 10'000,
                .options = options_with(0),
                .rules = [&](const net::OutgoingPacket&, MonotonicTime now) {
                  return now - start > 50ms && now - start < 2050ms ? refused(ENOBUFS) : alive();
                }});
  start = run.start;
  run.run();
  EXPECT_EQ(run.accounting.alive, 10'000U);
  EXPECT_EQ(run.accounting.unsent, 0U);
}

TEST(SweepRefusal, EndsTheRunWhenNothingMovesForThreeSeconds) {
  std::uint64_t tries = 0;
  SweepRun run(
      {.count4 = 10'000,
       .options = options_with(1),
       .rules = [&](const net::OutgoingPacket&,
                    MonotonicTime) { return ++tries > 500 ? refused(ENOBUFS) : alive(); },
       .explain =
           [](int, const Address&) { return Explanation{"the queue does not move", "look at it", false}; }});
  run.run();
  EXPECT_EQ(run.accounting.alive, 500U);
  EXPECT_EQ(run.accounting.unsent, 9500U);
  EXPECT_EQ(run.accounting.stopped_by, "the queue does not move");
  EXPECT_THAT(run.accounting.elapsed, AllOf(Ge(3s), Le(3s + 800ms)));
  for (const Seen& target : run.seen) {
    if (target.state == State::kUnsent) {
      ASSERT_EQ(target.send_reason, "the queue does not move");
    }
  }
  EXPECT_THAT(run.sweep.take_advice(), ElementsAre(HasSubstr("the queue does not move (look at it)")));
}

TEST(SweepRefusal, AFullNeighbourTableConcernsNobodyBehindARouter) {
  // The first 4,000 are directly attached, and the table holds 1,024 of them.
  std::set<Address> neighbours;
  const auto on_link = [](const Address& address) { return address < host4(4000); };
  SweepRun run({.count4 = 10'000,
                .options = options_with(1),
                .rules =
                    [&](const net::OutgoingPacket& packet, MonotonicTime) {
                      if (on_link(packet.destination) && !neighbours.contains(packet.destination)) {
                        if (neighbours.size() == 1024) {
                          return refused(ENOBUFS);
                        }
                        neighbours.insert(packet.destination);
                      }
                      return alive();
                    },
                .explain =
                    [&](int, const Address& address) {
                      return on_link(address) ? Explanation{"neighbour table full", "sysctl gc_thresh3", true}
                                              : Explanation{"the queue does not move", "", false};
                    }});
  run.run();
  EXPECT_EQ(run.accounting.alive, 6000U + 1024);
  EXPECT_EQ(run.accounting.unsent, 4000U - 1024);
  EXPECT_EQ(run.accounting.stopped_by, "");
  for (std::uint64_t index = 0; index < run.set.size(); ++index) {
    const Address address = run.set.at(index);
    const bool reached = !on_link(address) || neighbours.contains(address);
    ASSERT_EQ(run.seen[index].state, reached ? State::kAlive : State::kUnsent) << to_string(address);
    if (!reached) {
      ASSERT_EQ(run.seen[index].send_reason, "neighbour table full");
      ASSERT_EQ(run.seen[index].send_errno, ENOBUFS);
    }
  }
  EXPECT_LE(run.accounting.elapsed, 8s) << "three seconds once, not for each";
  EXPECT_EQ(run.sweep.take_advice().size(), 1U);
}

TEST(SweepRefusal, AStopIsHeardWhileNothingMoves) {
  for (const int how_much : {1, 2}) {
    std::atomic<int>* requests = nullptr;
    MonotonicTime start;
    std::uint64_t tries = 0;
    SweepRun run({.count4 = 1000,
                  .options = options_with(1),
                  .rules = [&](const net::OutgoingPacket&, MonotonicTime now) {
                    if (now - start > 1s) {
                      requests->store(how_much);
                    }
                    return ++tries > 100 ? refused(ENOBUFS) : Fate{};
                  }});
    requests = &run.sweep.stop_requests();
    start = run.start;
    run.run();
    EXPECT_EQ(run.accounting.silent, 100U);
    EXPECT_EQ(run.accounting.unsent, 900U);
    EXPECT_LE(run.accounting.elapsed, how_much == 1 ? 1800ms : 1100ms);
    EXPECT_THAT(run.sweep.take_advice(), IsEmpty()) << "the user stopped it: nothing is wrong";
  }
}

}  // namespace
}  // namespace echosweep::modes

#include "sender/sender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <cerrno>
#include <numeric>
#include <set>

#include "packet/bytes.hpp"
#include "packet/sweep_codec.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_tx.hpp"

namespace echosweep::sender {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr PacketRate kMax{0};

/// Doubles the rate each second.
class DoublingRate final : public RateControl {
 public:
  PacketRate rate(MonotonicTime now) override {
    asked_at.push_back(now);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now - asked_at.front()).count();
    return PacketRate{1000.0 * static_cast<double>(1 << seconds)};
  }
  std::vector<MonotonicTime> asked_at;
};

packet::RunKey key() {
  packet::RunKey key{.identifier = Identifier{0x4e53}};
  key.tag_key.fill(3);
  key.sequence_key.fill(5);
  return key;
}

Address target(std::uint64_t index) {
  return Address::v4(0xc6120000 + static_cast<std::uint32_t>(index));
}

/// Hands out targets 0 to `count` - 1 once each, and checks that it is told of each before it is asked again.
class CountingSource : public ProbeSource {
 public:
  explicit CountingSource(std::uint64_t count) : count_(count) {}

  Next next(MonotonicTime now, std::span<packet::Probe> out) override {
    EXPECT_EQ(told_, given_) << "asked again before the last probes were told of";
    asked_at.push_back(now);
    room.push_back(out.size());
    if (given_ == count_ || (end_at && now >= *end_at)) {
      return {.probes = 0, .wait_until = now, .done = true};
    }
    if (pause_before && given_ >= *pause_before && now < pause_until) {
      return {.probes = 0, .wait_until = pause_until, .done = false};
    }
    std::size_t written = 0;
    for (; written < out.size() && given_ < count_; ++written, ++given_) {
      out[written] = {.index = given_, .destination = target(given_), .pass = Pass{0}};
    }
    return {.probes = written, .wait_until = now, .done = false};
  }
  void left(std::span<const packet::Probe> probes, MonotonicTime now) override {
    EXPECT_FALSE(probes.empty());
    for (const packet::Probe& probe : probes) {
      EXPECT_EQ(probe.index, told_) << "out of order";
      ++told_;
      left_at.emplace_back(probe.index, now);
    }
  }
  bool try_again(const packet::Probe& probe, int, nanoseconds stuck) override {
    EXPECT_EQ(probe.index, told_);
    stuck_for.push_back(stuck);
    return stuck < patience;
  }
  void failed(const packet::Probe& probe, int error) override {
    EXPECT_EQ(probe.index, told_);
    ++told_;
    failures.emplace_back(probe.index, error);
  }

  nanoseconds patience = 3s;
  std::optional<MonotonicTime> end_at;
  std::optional<std::uint64_t> pause_before;
  MonotonicTime pause_until;

  std::vector<MonotonicTime> asked_at;
  std::vector<std::size_t> room;
  std::vector<std::pair<std::uint64_t, MonotonicTime>> left_at;
  std::vector<nanoseconds> stuck_for;
  std::vector<std::pair<std::uint64_t, int>> failures;

 private:
  std::uint64_t count_;
  std::uint64_t given_ = 0;
  std::uint64_t told_ = 0;
};

class SenderTest : public testing::Test {
 protected:
  void run(CountingSource& source, PacketRate rate) {
    sender_.emplace(clock_, tx_, codec_, source, Pacer(rate));
    sender_->run();
  }
  std::vector<Address> destinations() const {
    std::vector<Address> all;
    for (const auto& sent : tx_.sent()) {
      all.push_back(sent.destination);
    }
    return all;
  }
  static std::vector<Address> targets(std::uint64_t count) {
    std::vector<Address> all;
    for (std::uint64_t i = 0; i < count; ++i) {
      all.push_back(target(i));
    }
    return all;
  }

  support::FakeClock clock_;
  support::FakeTx tx_;
  packet::SweepCodec codec_{key(), {}};
  std::optional<Sender> sender_;
};

TEST_F(SenderTest, SendsEachProbeOnceInOrder) {
  CountingSource source(1000);
  run(source, kMax);
  EXPECT_EQ(destinations(), targets(1000));
  EXPECT_EQ(source.left_at.size(), 1000U);
  EXPECT_THAT(source.failures, IsEmpty());
  EXPECT_THAT(sender_->errors(), IsEmpty());
  EXPECT_EQ(sender_->repeated(), 0U);
}

TEST_F(SenderTest, HandsOverWhatWaitsAndAccountsForWhatDoesNotMove) {
  tx_.keep_back(200, 0);
  CountingSource all(10);
  run(all, kMax);
  EXPECT_EQ(tx_.flush(), 0U);
  EXPECT_THAT(sender_->errors(), IsEmpty());

  tx_.keep_back(200, 64);
  CountingSource some(10);
  run(some, kMax);
  EXPECT_THAT(sender_->errors(), ElementsAre(Pair(ENETDOWN, 64U)));
}

TEST_F(SenderTest, SendsTheRestOfAShortBatch) {
  tx_.take_at_most(3, 0);
  CountingSource source(200);
  run(source, kMax);
  EXPECT_EQ(destinations(), targets(200));
  EXPECT_EQ(source.left_at.size(), 200U);
}

TEST_F(SenderTest, BacksOffAndLosesNothingWhenEachCallFindsRoomForThree) {
  tx_.take_at_most(3, EAGAIN);
  CountingSource source(200);
  run(source, kMax);
  EXPECT_EQ(destinations(), targets(200));
  EXPECT_EQ(source.left_at.size(), 200U);
  // Batches of 64, 64, 64 and 8: 21 times three and one more, and the last three times.
  EXPECT_THAT(sender_->errors(), ElementsAre(Pair(EAGAIN, 3 * 21 + 2)));
  EXPECT_EQ(sender_->repeated(), 3U * 21 + 2);
  EXPECT_THAT(source.stuck_for, Each(0ns)) << "each call made progress";
}

TEST_F(SenderTest, BacksOffForLongerAndLongerWhileNothingMoves) {
  std::vector<nanoseconds> sleeps;
  clock_.on_sleep([&](MonotonicTime when) {
    sleeps.push_back(when - clock_.now());
    clock_.move_to(when);
  });
  tx_.refuse_next(10, ENOBUFS);
  CountingSource source(100);
  run(source, kMax);
  EXPECT_THAT(sleeps, ElementsAre(50us, 100us, 200us, 400us, 800us, 1600us, 3200us, 5ms, 5ms, 5ms));
  EXPECT_EQ(destinations(), targets(100));
  EXPECT_THAT(sender_->errors(), ElementsAre(Pair(ENOBUFS, 10)));
  EXPECT_EQ(sender_->repeated(), 10U);
}

TEST_F(SenderTest, StartsWithAShortPauseAgainOnceSomethingMoved) {
  std::vector<nanoseconds> sleeps;
  clock_.on_sleep([&](MonotonicTime when) {
    sleeps.push_back(when - clock_.now());
    clock_.move_to(when);
  });
  int call = 0;
  tx_.on_send([&](auto) {
    if (++call == 1 || call == 5) {
      tx_.refuse_next(3, ENOBUFS);
    }
  });
  CountingSource source(128);
  run(source, kMax);
  EXPECT_THAT(sleeps, ElementsAre(50us, 100us, 200us, 50us, 100us, 200us));
  EXPECT_THAT(source.stuck_for, ElementsAre(0us, 50us, 150us, 0us, 50us, 150us));
}

TEST_F(SenderTest, EveryPacketCarriesTheTimeOfItsSending) {
  tx_.take_at_most(5, ENOBUFS);
  std::size_t before = 0;
  tx_.on_send([&](std::span<const net::OutgoingPacket> packets) {
    for (const net::OutgoingPacket& packet : packets) {
      const auto time = packet::load_be(packet.bytes.subspan(28).data(), 6);
      const auto now = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count());
      ASSERT_EQ(time, now & ((std::uint64_t{1} << 48) - 1)) << before;
    }
    before = tx_.sent().size();
  });
  CountingSource source(200);
  const MonotonicTime start = clock_.now();
  run(source, PacketRate{10'000});
  EXPECT_EQ(destinations(), targets(200));
  EXPECT_GT(sender_->repeated(), 30U) << "or nothing was held up";
  EXPECT_GT(clock_.now() - start, 15ms);
}

TEST_F(SenderTest, TimestampRequestsCarryTheWallTimeOfTheirSending) {
  packet::SweepCodecOptions options;
  options.request = packet::RequestKind::kTimestamp;
  codec_ = packet::SweepCodec(key(), options);
  tx_.take_at_most(5, ENOBUFS);
  std::set<std::uint32_t> times;
  tx_.on_send([&](std::span<const net::OutgoingPacket> packets) {
    const auto since_midnight = clock_.wall().time_since_epoch() % std::chrono::days(1);
    for (const net::OutgoingPacket& packet : packets) {
      ASSERT_EQ(packet::load_be32(packet.bytes.subspan(28).data()), since_midnight / 1ms);
      times.insert(packet::load_be32(packet.bytes.subspan(28).data()));
    }
  });
  CountingSource source(200);
  run(source, PacketRate{10'000});
  EXPECT_GT(times.size(), 5U) << "or time stood still";
}

TEST_F(SenderTest, SleepsNoLongerThanItsThreadMust) {
  const int before = prctl(PR_GET_TIMERSLACK);
  CountingSource source(1);
  run(source, kMax);
  EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 1);
  prctl(PR_SET_TIMERSLACK, before);
}

TEST_F(SenderTest, TellsTheSourceWhenTheyLeft) {
  tx_.refuse_next(2, EAGAIN);
  CountingSource source(1);
  const MonotonicTime start = clock_.now();
  run(source, kMax);
  EXPECT_THAT(source.left_at, ElementsAre(Pair(0, start + 150us)));
}

class PermanentError : public SenderTest, public testing::WithParamInterface<int> {};

TEST_P(PermanentError, FailsItsOwnProbeAtOnceAndNoOther) {
  for (const std::uint64_t index : {0U, 30U, 31U, 63U, 64U, 99U}) {
    tx_.refuse(target(index), GetParam());
  }
  CountingSource source(100);
  run(source, kMax);
  EXPECT_THAT(source.failures, ElementsAre(Pair(0, GetParam()), Pair(30, GetParam()), Pair(31, GetParam()),
                                           Pair(63, GetParam()), Pair(64, GetParam()), Pair(99, GetParam())));
  EXPECT_EQ(source.left_at.size(), 94U);
  EXPECT_EQ(tx_.sent().size(), 94U);
  EXPECT_THAT(sender_->errors(), ElementsAre(Pair(GetParam(), 6)));
  EXPECT_EQ(sender_->repeated(), 0U);
  EXPECT_EQ(clock_.sleeps(), 0U) << "nobody waits for what does not pass";
}

INSTANTIATE_TEST_SUITE_P(Errnos, PermanentError,
                         testing::Values(EPERM, EACCES, EINVAL, ENETUNREACH, EHOSTUNREACH, EMSGSIZE,
                                         ENETDOWN));

TEST_F(SenderTest, GivesUpOnAProbeWhenTheSourceDoes) {
  tx_.refuse(target(10), ENOBUFS);
  CountingSource source(20);
  source.patience = 3s;
  const MonotonicTime start = clock_.now();
  run(source, kMax);
  EXPECT_THAT(source.failures, ElementsAre(Pair(10, ENOBUFS)));
  EXPECT_EQ(source.left_at.size(), 19U);
  EXPECT_THAT(source.stuck_for.back(), AllOf(Ge(3s), Le(3s + 5ms)));
  EXPECT_LE(clock_.now() - start, 3s + 10ms);
  const std::uint64_t refused = sender_->errors().at(ENOBUFS);
  EXPECT_EQ(sender_->repeated(), refused - 1) << "the last refusal was not followed by a try";
}

TEST_F(SenderTest, SendsAGrantThatIsLargerThanABatch) {
  CountingSource source(1000);
  run(source, PacketRate{100'000});  // 500 a grant
  EXPECT_EQ(destinations(), targets(1000));
  EXPECT_THAT(tx_.calls(), ElementsAre(64, 64, 64, 64, 64, 64, 64, 52, 64, 64, 64, 64, 64, 64, 64, 52));
  EXPECT_EQ(source.left_at.front().second, source.left_at[499].second);
  EXPECT_GE(source.left_at[500].second - source.left_at[499].second, 4ms);
}

TEST_F(SenderTest, SpendsOnlyWhatTheSourceHad) {
  // The source runs dry in the middle of a grant; afterwards the rate is what it was.
  CountingSource source(2000);
  source.pause_before = 100;
  source.pause_until = clock_.now() + 1s;
  run(source, PacketRate{100'000});
  EXPECT_EQ(source.left_at.size(), 2000U);
  const MonotonicTime resumed = source.pause_until;
  std::size_t soon = 0;
  for (const auto& [index, at] : source.left_at) {
    soon += at >= resumed && at < resumed + 5ms ? 1U : 0U;
  }
  EXPECT_LE(soon, 1000U) << "time without work is no credit";
  EXPECT_GE(source.left_at.back().second - resumed, 12ms);
}

TEST_F(SenderTest, AsksNoLaterThanTheSourceWished) {
  CountingSource source(10);
  source.pause_before = 5;
  source.pause_until = clock_.now() + 7ms;
  run(source, PacketRate{0});
  EXPECT_EQ(source.left_at.size(), 10U);
  source.asked_at.clear();

  CountingSource waiting(1);
  waiting.pause_before = 0;
  waiting.pause_until = clock_.now() + 7ms;
  const MonotonicTime wished = waiting.pause_until;
  run(waiting, kMax);
  EXPECT_THAT(waiting.left_at, ElementsAre(Pair(0, wished)));
}

TEST_F(SenderTest, IsAwakeHalfAMillisecondBeforeWhatIsDueAfterALongSleep) {
  std::vector<nanoseconds> sleeps;
  clock_.on_sleep([&](MonotonicTime when) {
    sleeps.push_back(when - clock_.now());
    clock_.move_to(when);
  });
  const auto sleeps_for = [&](nanoseconds pause) {
    sleeps.clear();
    CountingSource source(1);
    source.pause_before = 0;
    source.pause_until = clock_.now() + pause;
    const MonotonicTime wished = source.pause_until;
    run(source, kMax);
    EXPECT_THAT(source.left_at, ElementsAre(Pair(0, wished)));
    return sleeps;
  };
  EXPECT_THAT(sleeps_for(50ms), ElementsAre(20ms, 20ms, 9500us, 500us));
  EXPECT_THAT(sleeps_for(8ms), ElementsAre(7500us, 500us));
  EXPECT_THAT(sleeps_for(7ms), ElementsAre(7ms));
  EXPECT_THAT(sleeps_for(5ms), ElementsAre(5ms)) << "between the batches of a sweep";
  sleeps.clear();
  CountingSource two(2);
  run(two, PacketRate{100});
  EXPECT_THAT(sleeps, ElementsAre(9500us, 500us)) << "what the pacer lets wait";
}

TEST_F(SenderTest, LooksNotTooEarlyWhereAnUnusedGrantWouldCost) {
  std::vector<nanoseconds> sleeps;
  clock_.on_sleep([&](MonotonicTime when) {
    sleeps.push_back(when - clock_.now());
    clock_.move_to(when);
  });
  CountingSource source(1);
  source.pause_before = 0;
  source.pause_until = clock_.now() + 15ms;
  run(source, PacketRate{200'000});
  ASSERT_EQ(source.left_at.size(), 1U);
  EXPECT_THAT(sleeps, testing::Not(testing::Contains(500us)));
}

TEST_F(SenderTest, HearsOfAStopWithinTwentyMillisecondsAtASlowRate) {
  CountingSource source(1000);
  source.end_at = clock_.now() + 5'003ms;
  run(source, PacketRate{0.01});
  EXPECT_THAT(clock_.now() - *source.end_at, AllOf(Ge(0ms), Le(20ms)));
  EXPECT_EQ(tx_.sent().size(), 1U);
}

TEST_F(SenderTest, HearsOfAStopWithinTwentyMillisecondsWhileItWaits) {
  CountingSource source(1000);
  source.pause_before = 0;
  source.pause_until = clock_.now() + 24h;
  source.end_at = clock_.now() + 777ms;
  run(source, kMax);
  EXPECT_THAT(clock_.now() - *source.end_at, AllOf(Ge(0ms), Le(20ms)));
  EXPECT_THAT(tx_.sent(), IsEmpty());
}

TEST_F(SenderTest, StopsInTheMiddleOfALargeGrant) {
  CountingSource source(1'000'000);
  tx_.on_send([&](auto) {
    clock_.advance(100us);  // a slow device: 50,000 packets would take 78 ms
  });
  source.end_at = clock_.now() + 25ms;
  run(source, PacketRate{10'000'000});
  EXPECT_LE(clock_.now() - *source.end_at, 1ms);
}

TEST_F(SenderTest, HoldsItsRateWithLateTimers) {
  clock_.on_sleep([&](MonotonicTime when) { clock_.move_to(when + 80us); });
  CountingSource source(20'000);
  const MonotonicTime start = clock_.now();
  run(source, PacketRate{10'000});
  const double seconds = std::chrono::duration<double>(clock_.now() - start).count();
  EXPECT_NEAR(20'000 / seconds, 10'000, 100);
}

TEST(SenderWithARateControl, HoldsWhatItSays) {
  support::FakeClock clock;
  support::FakeTx tx;
  const packet::SweepCodec codec(key(), {});
  CountingSource source(15'000);  // 1,000 + 2,000 + 4,000 + 8,000
  DoublingRate control;
  Sender sender(clock, tx, codec, source, Pacer(kMax), &control);
  const MonotonicTime start = clock.now();
  sender.run();
  EXPECT_NEAR(std::chrono::duration<double>(clock.now() - start).count(), 4, 0.04);
  for (std::size_t i = 1; i < control.asked_at.size(); ++i) {
    ASSERT_GE(control.asked_at[i] - control.asked_at[i - 1], 2ms);
    ASSERT_LE(control.asked_at[i] - control.asked_at[i - 1], 22ms) << "a nap at most";
  }
}

}  // namespace
}  // namespace echosweep::sender

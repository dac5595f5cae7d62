#include "modes/ping_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "support/fake_clock.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime kStart{1000s};

/// A source whose packets leave at once.
class Source {
 public:
  explicit Source(const PingOptions& given, std::size_t targets = 1)
      : options(given), state(hosts(targets), codec, options), noting(state), source(state, clock) {}

  /// Asks at this moment, and lets leave what there is; the sequence numbers of what left.
  std::vector<std::uint16_t> ask(std::chrono::nanoseconds after) {
    std::array<packet::Probe, 64> room;
    std::vector<std::uint16_t> sequences;
    const MonotonicTime now = kStart + after;
    do {
      next = source.next(now, room);
      for (const packet::Probe& probe : std::span(room).first(next.probes)) {
        std::vector<std::uint8_t> bytes(noting.packet_size(Family::kIpv4));
        noting.prepare(Family::kIpv4, bytes);
        noting.encode(probe, now, bytes, {});
        sequences.push_back(probe.sequence.value);
        last = probe;
      }
      source.left(std::span(room).first(next.probes), now);
    } while (next.probes > 0);
    return sequences;
  }
  void answer(std::uint16_t sequence) {
    (void)state.targets[0].times.take_answer(Sequence{sequence});
    state.targets[0].acknowledged = sequence;
    ++state.targets[0].answers;
  }

  static std::vector<PingTarget> hosts(std::size_t count) {
    std::vector<PingTarget> hosts;
    for (std::size_t i = 0; i < count; ++i) {
      hosts.push_back({.address = Address::v4(0xc0000201 + static_cast<std::uint32_t>(i))});
    }
    return hosts;
  }

  support::FakeClock clock;
  PingOptions options;
  packet::PingCodec codec{{.identifier = Identifier{1}, .data_size = 8}};
  PingState state;
  NotingCodec noting;
  PingSource source;
  PingSource::Next next;
  packet::Probe last;
};

using Sequences = std::vector<std::uint16_t>;

TEST(PingSource, AsksOnceAnInterval) {
  Source source({.interval = 1s});
  EXPECT_EQ(source.ask(0s), Sequences{1});
  EXPECT_EQ(source.ask(999ms), Sequences{});
  EXPECT_EQ(source.next.wait_until, kStart + 1s);
  EXPECT_EQ(source.ask(1s), Sequences{2});
  EXPECT_EQ(source.ask(2010ms), Sequences{3});
  EXPECT_EQ(source.ask(3s), Sequences{4}) << "a late timer does not put off the next one";
}

TEST(PingSource, DoesNotMakeUpForAPause) {
  Source source({.interval = 1s});
  (void)source.ask(0s);
  EXPECT_EQ(source.ask(10s), Sequences{2});
  EXPECT_EQ(source.ask(10'900ms), Sequences{});
  EXPECT_EQ(source.ask(11s), Sequences{3});
}

TEST(PingSource, SendsThePreloadAtOnce) {
  Source source({.interval = 1s, .preload = 3});
  EXPECT_EQ(source.ask(0s), Sequences{1});
  EXPECT_EQ(source.ask(1us), Sequences{2});
  EXPECT_EQ(source.ask(2us), Sequences{3});
  EXPECT_EQ(source.ask(3us), Sequences{});
  EXPECT_EQ(source.ask(1s), Sequences{4});
}

TEST(PingSource, IsDoneAfterTheLastRequest) {
  Source source({.count = 2, .interval = 10ms});
  (void)source.ask(0s);
  EXPECT_FALSE(source.state.targets[0].all_sent.load());
  EXPECT_EQ(source.ask(10ms), Sequences{2});
  EXPECT_TRUE(source.state.targets[0].all_sent.load()) << "and not an interval later";
  EXPECT_EQ(source.ask(20ms), Sequences{});
  EXPECT_TRUE(source.next.done);
}

TEST(PingSource, GoesOnUntilTheDeadlineWhereAnswersCount) {
  Source source({.count = 1, .interval = 10ms, .deadline = 25ms});
  (void)source.ask(0s);
  EXPECT_EQ(source.ask(10ms), Sequences{2}) << "the first one had no answer";
  source.answer(1);
  EXPECT_EQ(source.ask(20ms), Sequences{});
  EXPECT_TRUE(source.next.done);
  Source silent({.count = 1, .interval = 10ms, .deadline = 25ms});
  (void)silent.ask(0s);
  EXPECT_FALSE(silent.next.done);
  EXPECT_EQ(silent.ask(25ms), Sequences{});
  EXPECT_TRUE(silent.next.done);
}

TEST(PingSource, WithADeadlineEndsWithTheFirstError) {
  Source source({.interval = 10ms, .deadline = 1s});
  (void)source.ask(0s);
  ++source.state.targets[0].errors;
  EXPECT_EQ(source.ask(10ms), Sequences{});
  EXPECT_TRUE(source.next.done);
}

TEST(PingSource, FloodsAsFastAsAnswersCome) {
  Source source({.interval = 0s});
  EXPECT_EQ(source.ask(0s), Sequences{1});
  EXPECT_EQ(source.ask(5ms), Sequences{}) << "one is on its way";
  source.answer(1);
  EXPECT_EQ(source.ask(5700us), Sequences{2});
  EXPECT_EQ(source.ask(15ms), Sequences{});
  EXPECT_EQ(source.ask(17ms), Sequences{3}) << "100 a second while nobody answers";
}

TEST(PingSource, FollowsAnIntervalThatAdapts) {
  Source source({.interval = 1s, .adaptive = true});
  (void)source.ask(0s);
  EXPECT_EQ(source.ask(500ms), Sequences{});
  source.state.targets[0].interval_ns = std::chrono::nanoseconds(20ms).count();
  EXPECT_EQ(source.ask(501ms), Sequences{2});
  EXPECT_EQ(source.ask(520ms), Sequences{});
  EXPECT_EQ(source.ask(522ms), Sequences{3});
}

TEST(PingSource, TellsOfRequestsWithoutAnAnswerWhenTheNextLeaves) {
  Source source({.interval = 10ms, .tell_unanswered = true});
  (void)source.ask(0s);
  EXPECT_EQ(source.state.from_sender.pop(), nullptr);
  (void)source.ask(10ms);
  const auto outcome = source.state.from_sender.pop();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<ping::NoAnswerYet>(outcome->what).sequence.value, 1);
  EXPECT_EQ(outcome->wall, source.clock.wall()) << "-D prints it";
  source.answer(2);
  (void)source.ask(20ms);
  EXPECT_EQ(source.state.from_sender.pop(), nullptr);
}

TEST(PingSource, CountsWhatDoesNotLeave) {
  Source source({.interval = 1s});
  (void)source.ask(0s);
  source.source.failed(source.last, EPERM);
  const auto outcome = source.state.from_sender.pop();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<ping::NotSent>(outcome->what).error, EPERM);
  EXPECT_EQ(source.state.targets[0].made.load(), 1U);
  EXPECT_EQ(source.state.targets[0].errors.load(), 0U);
  source.source.failed(source.last, EMSGSIZE);
  EXPECT_EQ(source.state.targets[0].errors.load(), 1U) << "as ping, who hears of it as of an error";
}

TEST(PingSource, HasSentAllWhereTheLastOneDoesNotLeave) {
  Source source({.count = 1, .interval = 1s});
  std::array<packet::Probe, 8> room;
  ASSERT_EQ(source.source.next(kStart, room).probes, 1U);
  std::vector<std::uint8_t> bytes(source.noting.packet_size(Family::kIpv4));
  source.noting.encode(room[0], kStart, bytes, {});
  source.source.failed(room[0], EPERM);
  EXPECT_TRUE(source.state.targets[0].all_sent.load());
}

TEST(PingSource, TriesAgainForThreeSecondsHoweverShortTheWaitForAnswers) {
  Source source({.linger = 300ms});
  EXPECT_TRUE(source.source.try_again({}, ENOBUFS, 2999ms));
  EXPECT_FALSE(source.source.try_again({}, ENOBUFS, 3s));
  source.state.stop_requests = 1;
  EXPECT_FALSE(source.source.try_again({}, ENOBUFS, 0s));
}

TEST(PingSource, PutsTheTargetsFirstRequestsApart) {
  Source source({.interval = 1s}, 3);
  EXPECT_EQ(source.ask(0s).size(), 1U);
  EXPECT_EQ(source.ask(1ms).size(), 1U);
  EXPECT_EQ(source.ask(2ms).size(), 1U);
  EXPECT_EQ(source.last.index, 2U);
  EXPECT_EQ(source.ask(1s).size(), 1U);
}

TEST(PingSource, NotesARequestOnceThatIsMadeTwice) {
  Source source({.interval = 1s, .tell_leaving = true});
  (void)source.ask(0s);
  std::vector<std::uint8_t> bytes(source.noting.packet_size(Family::kIpv4));
  source.noting.prepare(Family::kIpv4, bytes);
  source.noting.encode(source.last, kStart + 5ms, bytes, {});
  EXPECT_EQ(source.state.targets[0].made.load(), 1U);
  EXPECT_EQ(source.state.targets[0].times.find(Sequence{1})->at, kStart + 5ms) << "it left later";
  EXPECT_TRUE(source.state.from_sender.pop());
  EXPECT_FALSE(source.state.from_sender.pop());
}

}  // namespace
}  // namespace echosweep::modes

#include "report/text_sink.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "pipe.hpp"
#include "records.hpp"

namespace echosweep::report {
namespace {

/// Stands at 2023-11-14 22:15:00 UTC.
class StoppedClock final : public Clock {
 public:
  MonotonicTime now() const override { return {}; }
  WallTime wall() const override { return WallTime(std::chrono::nanoseconds(1'700'000'100'000'000'000)); }
  void sleep_until(MonotonicTime) override {}
};

struct Printed {
  std::string out;
  std::string err;
};

/// What a sink prints about `records`.
Printed print(const TextOptions& options, std::initializer_list<Record> records) {
  Pipe out;
  Pipe err;
  const StoppedClock clock;
  TextSink sink(out.output(), err.output(), options, clock);
  for (const Record& record : records) {
    EXPECT_TRUE(sink.record(record));
  }
  EXPECT_TRUE(sink.end(Accounting{}));
  return {out.read_now(), err.read_now()};
}

std::string print_all(const TextOptions& options) {
  return print(options, {alive_record(), unreachable_record(), silent_record(), unsent_record()}).out;
}

TEST(TextSink, DefaultLines) {
  EXPECT_EQ(print_all({}),
            "192.0.2.1 is alive\n"
            "192.0.2.2 is unreachable\n"
            "192.0.2.3 is unreachable\n"
            "192.0.2.4 is unreachable\n");
}

TEST(TextSink, GuessesFromTheTtl) {
  EXPECT_EQ(print({.print_ttl = true, .guess = true}, {alive_record(), silent_record()}).out,
            "192.0.2.1 is alive (TTL 64) (guess: initial TTL 64, 0 hops away, perhaps Linux, BSD or macOS)\n"
            "192.0.2.3 is unreachable\n");
}

TEST(TextSink, BareLists) {
  EXPECT_EQ(print_all({.alive = true}), "192.0.2.1\n");
  EXPECT_EQ(print_all({.unreach = true}), "192.0.2.2\n192.0.2.3\n192.0.2.4\n");
}

TEST(TextSink, QuietSilencesAllButTheLists) {
  EXPECT_EQ(print_all({.quiet = true}), "");
  EXPECT_EQ(print_all({.alive = true, .quiet = true}), "192.0.2.1\n");
  EXPECT_EQ(print_all({.unreach = true, .quiet = true}), "192.0.2.2\n192.0.2.3\n192.0.2.4\n");
}

TEST(TextSink, WantsOnlyWhatItPrints) {
  Pipe pipe;
  const StoppedClock clock;
  const auto wants = [&](const TextOptions& options) {
    const TextSink sink(pipe.output(), pipe.output(), options, clock);
    std::string states;
    for (const State state : {State::kAlive, State::kUnreachable, State::kSilent, State::kUnsent}) {
      states += sink.wants(state) ? '+' : '-';
    }
    return states;
  };
  EXPECT_EQ(wants({}), "++++");
  EXPECT_EQ(wants({.alive = true}), "+---");
  EXPECT_EQ(wants({.unreach = true}), "-+++");
  EXPECT_EQ(wants({.quiet = true}), "----");
  EXPECT_EQ(wants({.alive = true, .quiet = true}), "+---");
}

TEST(TextSink, SuffixesInOrder) {
  TextOptions options{.elapsed = true};
  EXPECT_EQ(print(options, {alive_record()}).out, "192.0.2.1 is alive (0.123 ms)\n");
  options.print_ttl = true;
  options.print_tos = true;
  EXPECT_EQ(print_all(options),
            "192.0.2.1 is alive (TOS 8) (TTL 64) (0.123 ms)\n"
            "192.0.2.2 is unreachable\n"
            "192.0.2.3 is unreachable\n"
            "192.0.2.4 is unreachable\n");
  options.reason = true;
  EXPECT_EQ(print_all(options),
            "192.0.2.1 is alive (TOS 8) (TTL 64) (0.123 ms) (echo-reply ttl 64)\n"
            "192.0.2.2 is unreachable (host-unreachable from 198.51.100.9)\n"
            "192.0.2.3 is unreachable (no-response after 4 probes)\n"
            "192.0.2.4 is unreachable (unsent: Permission denied)\n");
  options.alive = true;
  EXPECT_EQ(print_all(options), "192.0.2.1 (TOS 8) (TTL 64) (0.123 ms) (echo-reply ttl 64)\n");
}

TEST(TextSink, SaysNothingThatItDoesNotKnow) {
  const TextOptions options{.elapsed = true, .print_ttl = true, .print_tos = true, .reason = true};
  Record rewritten = alive_record();
  rewritten.rtt.reset();
  EXPECT_EQ(print(options, {rewritten}).out, "192.0.2.1 is alive (TOS 8) (TTL 64) (echo-reply ttl 64)\n");
  Record overflowed = alive_record();
  overflowed.details = false;
  overflowed.from = Address();
  const Printed printed = print(options, {overflowed});
  EXPECT_EQ(printed.out, "192.0.2.1 is alive (echo-reply)\n");
  EXPECT_EQ(printed.err, "");
}

TEST(TextSink, NamesAndAddresses) {
  Record named = alive_record();
  named.name = "gate.example";
  EXPECT_EQ(print({}, {named}).out, "gate.example is alive\n");
  EXPECT_EQ(print({.host = HostStyle::kAddress}, {named}).out, "192.0.2.1 is alive\n");
  EXPECT_EQ(print({.host = HostStyle::kBoth}, {named, silent_record()}).out,
            "gate.example (192.0.2.1) is alive\n"
            "192.0.2.3 (192.0.2.3) is unreachable\n");
}

TEST(TextSink, NotesRepliesFromElsewhere) {
  Record elsewhere = alive_record();
  elsewhere.name = "gate.example";
  elsewhere.from = Address::v4(0xc0000209);
  const Printed both = print({}, {elsewhere, alive_record()});
  EXPECT_EQ(both.out, "gate.example is alive\n192.0.2.1 is alive\n");
  EXPECT_EQ(both.err, "gate.example [<- 192.0.2.9]\n");
  EXPECT_EQ(print({.alive = true}, {elsewhere}).err, "gate.example [<- 192.0.2.9]\n");
  EXPECT_EQ(print({.unreach = true}, {elsewhere}).err, "");
  EXPECT_EQ(print({.quiet = true}, {elsewhere}).err, "");
}

TEST(TextSink, TimestampsAreOfTheReplyOrOfNow) {
  setenv("TZ", "UTC0", 1);
  tzset();
  TextOptions options{.timestamp = true};
  EXPECT_EQ(print(options, {alive_record(), silent_record()}).out,
            "[1700000000.12346] 192.0.2.1 is alive\n"
            "[1700000100.00000] 192.0.2.3 is unreachable\n");
  options.timestamp_format = TimestampFormat::kIso;
  EXPECT_EQ(print(options, {alive_record()}).out, "[2023-11-14T22:13:20+0000] 192.0.2.1 is alive\n");
  Record overflowed = alive_record();
  overflowed.details = false;
  EXPECT_EQ(print(options, {overflowed}).out, "[2023-11-14T22:15:00+0000] 192.0.2.1 is alive\n");
  unsetenv("TZ");
  tzset();
}

TEST(TextSink, FlushMakesLinesVisible) {
  Pipe out;
  Pipe err;
  const StoppedClock clock;
  TextSink sink(out.output(), err.output(), {}, clock);
  EXPECT_TRUE(sink.record(alive_record()));
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(out.read_now(), "192.0.2.1 is alive\n");
}

TEST(TextSink, PassesOnThatTheReaderHasGone) {
  ASSERT_NE(std::signal(SIGPIPE, SIG_IGN), SIG_ERR);
  Pipe out;
  Pipe err;
  const StoppedClock clock;
  TextSink sink(out.output(), err.output(), {}, clock);
  out.close_reader();
  EXPECT_TRUE(sink.record(alive_record()));
  const auto flushed = sink.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, EPIPE);
  EXPECT_FALSE(sink.record(alive_record()));
}

TEST(TextSink, DoesWithoutStandardError) {
  ASSERT_NE(std::signal(SIGPIPE, SIG_IGN), SIG_ERR);
  Pipe out;
  Pipe err;
  const StoppedClock clock;
  TextSink sink(out.output(), err.output(), {}, clock);
  err.close_reader();
  Record elsewhere = alive_record();
  elsewhere.from = Address::v4(0xc0000209);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(sink.record(elsewhere));
    EXPECT_TRUE(sink.flush());
  }
  EXPECT_EQ(out.read_now(), "192.0.2.1 is alive\n192.0.2.1 is alive\n192.0.2.1 is alive\n");
}

}  // namespace
}  // namespace echosweep::report

#include "report/count_text_sink.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "count_records.hpp"
#include "pipe.hpp"

namespace echosweep::report {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct Printed {
  std::string out;
  std::string err;
};

CountInfo info(std::size_t longest_host = 0) {
  return {.run = {}, .rounds = 3, .period = milliseconds(100), .longest_host = longest_host};
}

/// What `use` makes a sink print.
template <typename Use>
Printed print(const CountTextOptions& options, Use use) {
  Pipe out;
  Pipe err;
  CountTextSink sink(out.output(), err.output(), options);
  EXPECT_TRUE(sink.begin(info()));
  use(sink);
  EXPECT_TRUE(sink.end({}));
  return {out.read_now(), err.read_now()};
}

Printed print_reply(const CountTextOptions& options, const CountReply& reply) {
  return print(options, [&](CountTextSink& sink) { EXPECT_TRUE(sink.reply(reply)); });
}

std::string print_timeout(const CountTextOptions& options, const CountTimeout& timeout) {
  return print(options, [&](CountTextSink& sink) { EXPECT_TRUE(sink.timed_out(timeout)); }).out;
}

std::string print_summary(const CountTextOptions& options, const CountSummary& summary) {
  const Printed printed = print(options, [&](CountTextSink& sink) { EXPECT_TRUE(sink.summary(summary)); });
  EXPECT_EQ(printed.out, "");
  return printed.err;
}

/// UTC for as long as it lives.
class Utc {
 public:
  Utc() {
    setenv("TZ", "UTC0", 1);
    tzset();
  }
  Utc(const Utc&) = delete;
  Utc& operator=(const Utc&) = delete;
  ~Utc() {
    unsetenv("TZ");
    tzset();
  }
};

TEST(CountTextSink, Replies) {
  EXPECT_EQ(print_reply({}, count_reply()).out, "192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n");
  CountReply late = count_reply();
  late.round = 12'345;
  late.rtt = milliseconds(12);
  late.so_far = tally(7, 3);
  EXPECT_EQ(print_reply({}, late).out, "192.0.2.1 : [12345], 64 bytes, 12.0 ms (0.110 avg, 57% loss)\n");
  late.late = true;
  EXPECT_EQ(print_reply({}, late).out,
            "192.0.2.1 : [12345], 64 bytes, 12.0 ms (0.110 avg, 57% loss) (late)\n");
}

TEST(CountTextSink, RepliesOfUnknownRoundTrip) {
  CountReply reply = count_reply();
  reply.rtt.reset();
  reply.so_far.timed = 0;
  EXPECT_EQ(print_reply({}, reply).out, "192.0.2.1 : [0], 64 bytes, NaN ms (NaN avg, 0% loss)\n");
}

TEST(CountTextSink, Timeouts) {
  EXPECT_EQ(print_timeout({}, count_timeout(1, 0)), "192.0.2.1 : [0], timed out (NaN avg, 100% loss)\n");
  EXPECT_EQ(print_timeout({}, count_timeout(3, 1)), "192.0.2.1 : [2], timed out (0.110 avg, 66% loss)\n");
}

TEST(CountTextSink, MoreThanWasSentIsAReturn) {
  CountReply reply = count_reply();
  reply.so_far = tally(2, 3);
  EXPECT_EQ(print_reply({}, reply).out, "192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 150% return)\n");
  EXPECT_EQ(print_summary({.outage = true}, count_summary(tally(2, 3))),
            "192.0.2.1 : xmt/rcv/%return = 2/3/150%, min/avg/max = 0.100/0.110/0.120\n");
}

TEST(CountTextSink, PadsHostsByBytes) {
  Pipe out;
  Pipe err;
  CountTextSink sink(out.output(), err.output(), {});
  EXPECT_TRUE(sink.begin(info(11)));
  CountReply reply = count_reply();
  EXPECT_TRUE(sink.reply(reply));
  reply.host.name = "m\xc3\xbcnchen";  // 8 bytes, 7 columns
  EXPECT_TRUE(sink.reply(reply));
  EXPECT_TRUE(sink.timed_out(count_timeout(1, 0)));
  EXPECT_TRUE(sink.start_summary());
  EXPECT_TRUE(sink.summary(count_summary(tally(1, 1))));
  EXPECT_TRUE(sink.error(count_error()));  // never padded
  EXPECT_TRUE(sink.end({}));
  EXPECT_EQ(out.read_now(),
            "192.0.2.1   : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n"
            "m\xc3\xbcnchen    : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n"
            "192.0.2.1   : [0], timed out (NaN avg, 100% loss)\n");
  EXPECT_EQ(err.read_now(),
            "\n192.0.2.1   : xmt/rcv/%loss = 1/1/0%, min/avg/max = 0.100/0.110/0.120\n"
            "ICMP Host Unreachable from 198.51.100.9 for ICMP Echo sent to 192.0.2.1\n");
}

TEST(CountTextSink, NamesAndAddresses) {
  CountReply reply = count_reply();
  reply.host.name = "gate.example";
  EXPECT_EQ(print_reply({.host = HostStyle::kAddress}, reply).out,
            "192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n");
  EXPECT_EQ(print_reply({.host = HostStyle::kBoth}, reply).out,
            "gate.example (192.0.2.1) : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n");
}

TEST(CountTextSink, Timestamps) {
  const Utc utc;
  CountTextOptions options{.timestamp = true};
  EXPECT_EQ(print_reply(options, count_reply()).out,
            "[1700000000.12346] 192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n");
  EXPECT_EQ(print_timeout(options, count_timeout(1, 0)),
            "[1700000000.12346] 192.0.2.1 : [0], timed out (NaN avg, 100% loss)\n");
  options.timestamp_format = TimestampFormat::kCtime;
  EXPECT_EQ(print_timeout(options, count_timeout(1, 0)),
            "[Tue Nov 14 22:13:20 2023] 192.0.2.1 : [0], timed out (NaN avg, 100% loss)\n");
  options.timestamp_format = TimestampFormat::kIso;
  EXPECT_EQ(print_timeout(options, count_timeout(1, 0)),
            "[2023-11-14T22:13:20+0000] 192.0.2.1 : [0], timed out (NaN avg, 100% loss)\n");
  options.timestamp_format = TimestampFormat::kRfc3339;
  EXPECT_EQ(print_timeout(options, count_timeout(1, 0)),
            "[2023-11-14 22:13:20] 192.0.2.1 : [0], timed out (NaN avg, 100% loss)\n");
  EXPECT_EQ(print_summary(options, count_summary(tally(2, 0))), "192.0.2.1 : xmt/rcv/%loss = 2/0/100%\n");
}

TEST(CountTextSink, ExtrasInOrder) {
  CountTextOptions options{.print_ttl = true};
  EXPECT_EQ(print_reply(options, count_reply()).out,
            "192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss) (TTL 64)\n");
  options.print_tos = true;
  CountReply reply = count_reply();
  reply.size = 20;
  reply.timestamps = IcmpTimestamps{1, 2, 3, 86'399'999};
  EXPECT_EQ(print_reply(options, reply).out,
            "192.0.2.1 : [0], 20 bytes, 0.123 ms (0.110 avg, 0% loss), timestamps: Originate=1 Receive=2 "
            "Transmit=3 Localreceive=86399999 (TOS 8) (TTL 64)\n");
}

TEST(CountTextSink, Summaries) {
  EXPECT_EQ(print_summary({}, count_summary(tally(3, 2))),
            "192.0.2.1 : xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.100/0.110/0.120\n");
  EXPECT_EQ(print_summary({}, count_summary(tally(0, 0))), "192.0.2.1 : xmt/rcv/%loss = 0/0/0%\n");
  EXPECT_EQ(print_summary({.outage = true}, count_summary(tally(3, 1))),
            "192.0.2.1 : xmt/rcv/%loss = 3/1/66%, outage(ms) = 200, min/avg/max = 0.100/0.110/0.120\n");
  EXPECT_EQ(print_summary({.outage = true}, count_summary(tally(2, 0))),
            "192.0.2.1 : xmt/rcv/%loss = 2/0/100%, outage(ms) = 200\n");
}

TEST(CountTextSink, NumbersThatDaysOfLoopsGive) {
  constexpr std::uint64_t kYear = 31'536'000'000;  // a probe each millisecond
  CountTally year = tally(kYear, kYear - 1);
  year.rtt_sum = nanoseconds(100'000) * static_cast<std::int64_t>(kYear - 1);
  EXPECT_EQ(print_summary({.outage = true}, count_summary(year)),
            "192.0.2.1 : xmt/rcv/%loss = 31536000000/31535999999/0%, outage(ms) = 100, min/avg/max = "
            "0.100/0.100/0.120\n");
}

TEST(CountTextSink, ListsOfRoundTrips) {
  const std::array<std::int64_t, 6> rtts = {50'400,     KeptRounds::kNoReply, 1'234'567,
                                            12'345'678, 123'456'789,          KeptRounds::kUnknownRtt};
  CountSummary summary = count_summary(tally(6, 5));
  summary.rounds.rtts_ns = rtts;
  const CountTextOptions options{.outage = true, .all_rtts = true};
  EXPECT_EQ(print_summary(options, summary), "192.0.2.1 : 0.050 - 1.23 12.3 123 NaN\n");
  summary.rounds.rtts_ns = {};
  EXPECT_EQ(print_summary(options, summary), "192.0.2.1 :\n");
}

TEST(CountTextSink, Intervals) {
  const Utc utc;
  const auto interval = [](const CountTextOptions& options) {
    return print(options,
                 [](CountTextSink& sink) {
                   EXPECT_TRUE(sink.start_interval(kReceived));
                   EXPECT_TRUE(sink.interval(count_summary(tally(3, 2))));
                 })
        .err;
  };
  const std::string figures = "192.0.2.1 : xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.100/0.110/0.120\n";
  EXPECT_EQ(interval({.lines = false}), "[22:13:20]\n" + figures);
  EXPECT_EQ(interval({.lines = false, .all_rtts = true}), "[22:13:20]\n" + figures);
  EXPECT_EQ(interval({}), "\n[22:13:20]\n" + figures);
  EXPECT_EQ(interval({.intervals = false}), "");
}

TEST(CountTextSink, QuietLeavesSummariesAlone) {
  const auto all = [](const CountTextOptions& options) {
    return print(options, [](CountTextSink& sink) {
      CountReply elsewhere = count_reply();
      elsewhere.from = Address::v4(0xc0000209);
      EXPECT_TRUE(sink.reply(elsewhere));
      EXPECT_TRUE(sink.timed_out(count_timeout(1, 0)));
      EXPECT_TRUE(sink.error(count_error()));
      EXPECT_TRUE(sink.send_failed(count_send_failure(EHOSTUNREACH)));
      EXPECT_TRUE(sink.start_summary());
      EXPECT_TRUE(sink.summary(count_summary(tally(2, 0))));
    });
  };
  const Printed quiet = all({.lines = false, .icmp_errors = false});
  EXPECT_EQ(quiet.out, "");
  EXPECT_EQ(quiet.err, "192.0.2.1 : xmt/rcv/%loss = 2/0/100%\n");
  const Printed none = all({.lines = false, .icmp_errors = false, .summary = false});
  EXPECT_EQ(none.err, "");
  const Printed loud = all({});
  EXPECT_EQ(loud.out,
            "192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n"
            "192.0.2.1 : [0], timed out (NaN avg, 100% loss)\n");
  EXPECT_EQ(loud.err,
            "192.0.2.1 [<- 192.0.2.9]\n"
            "ICMP Host Unreachable from 198.51.100.9 for ICMP Echo sent to 192.0.2.1\n"
            "\n"
            "192.0.2.1 : xmt/rcv/%loss = 2/0/100%\n");
}

TEST(CountTextSink, MarksRepliesFromElsewhereAsFpingDoes) {
  CountReply elsewhere = count_reply();
  elsewhere.from = Address::v4(0xc0000209);
  const Printed printed = print({.as_fping = true}, [&](CountTextSink& sink) {
    EXPECT_TRUE(sink.reply(elsewhere));
    EXPECT_TRUE(sink.reply(elsewhere));
    EXPECT_TRUE(sink.start_summary());
    EXPECT_TRUE(sink.summary(count_summary(tally(2, 2))));
  });
  EXPECT_EQ(printed.err,
            " [<- 192.0.2.9] [<- 192.0.2.9]\n"
            "192.0.2.1 : xmt/rcv/%loss = 2/2/0%, min/avg/max = 0.100/0.110/0.120\n");
}

TEST(CountTextSink, AZoneIsNoOtherPlace) {
  CountReply reply = count_reply();
  reply.host.address = Address::v6(Uint128{0xfe80} << 112 | 1, 1);
  reply.from = reply.host.address.with_zone(0);
  EXPECT_EQ(print_reply({}, reply).err, "");
  reply.from = reply.from.plus(1);
  EXPECT_NE(print_reply({}, reply).err, "");
}

TEST(CountTextSink, DuplicatesAsEachModeOfFpingHasThem) {
  CountReply again = count_reply();
  again.duplicate = true;
  again.rtt = nanoseconds(830'000);
  const Printed note = print_reply({.lines = false}, again);
  EXPECT_EQ(note.out, "");
  EXPECT_EQ(note.err, "192.0.2.1 : duplicate for [0], 64 bytes, 0.830 ms\n");
  const Printed line = print_reply({.duplicates = Duplicates::kReply}, again);
  EXPECT_EQ(line.out, "192.0.2.1 : [0], 64 bytes, 0.830 ms (0.110 avg, 0% loss)\n");
  EXPECT_EQ(line.err, "");
  const Printed dropped = print_reply({.duplicates = Duplicates::kDrop}, again);
  EXPECT_EQ(dropped.out + dropped.err, "");
  again.from = Address::v4(0xc0000209);
  EXPECT_EQ(print_reply({}, again).err, "192.0.2.1 : duplicate for [0], 64 bytes, 0.830 ms [<- 192.0.2.9]\n");
}

TEST(CountTextSink, BothOutputsInOneFileStandInOrder) {
  Pipe both;
  CountTextSink sink(both.output(), both.output(), {});
  EXPECT_TRUE(sink.begin(info()));
  EXPECT_TRUE(sink.reply(count_reply()));
  EXPECT_TRUE(sink.error(count_error()));
  EXPECT_TRUE(sink.timed_out(count_timeout(2, 1)));
  EXPECT_TRUE(sink.start_summary());
  EXPECT_TRUE(sink.summary(count_summary(tally(2, 1))));
  EXPECT_TRUE(sink.end({}));
  EXPECT_EQ(both.read_now(),
            "192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n"
            "ICMP Host Unreachable from 198.51.100.9 for ICMP Echo sent to 192.0.2.1\n"
            "192.0.2.1 : [1], timed out (0.110 avg, 50% loss)\n"
            "\n"
            "192.0.2.1 : xmt/rcv/%loss = 2/1/50%, min/avg/max = 0.100/0.110/0.120\n");
}

TEST(CountTextSink, FlushMakesLinesVisible) {
  Pipe out;
  Pipe err;
  CountTextSink sink(out.output(), err.output(), {});
  EXPECT_TRUE(sink.timed_out(count_timeout(1, 0)));
  EXPECT_EQ(out.read_now(), "");
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(out.read_now(), "192.0.2.1 : [0], timed out (NaN avg, 100% loss)\n");
}

TEST(CountTextSink, PassesOnThatTheReaderHasGone) {
  ASSERT_NE(std::signal(SIGPIPE, SIG_IGN), SIG_ERR);
  Pipe out;
  Pipe err;
  CountTextSink sink(out.output(), err.output(), {});
  out.close_reader();
  EXPECT_TRUE(sink.reply(count_reply()));
  const auto flushed = sink.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, EPIPE);
  EXPECT_FALSE(sink.reply(count_reply()));
}

TEST(CountTextSink, NotesMayGetLostButSummariesMayNot) {
  Pipe out;
  auto full = Output::create("/dev/full");
  ASSERT_TRUE(full);
  CountTextSink sink(out.output(), std::move(*full), {});
  EXPECT_TRUE(sink.error(count_error()));
  EXPECT_TRUE(sink.reply(count_reply()));
  EXPECT_FALSE(sink.summary(count_summary(tally(1, 1))));
}

TEST(CountTextSink, DoesWithAClosedStandardError) {
  Pipe out;
  CountTextSink sink(out.output(), Output::borrow(-1, "standard error"), {});
  EXPECT_TRUE(sink.reply(count_reply()));
  EXPECT_TRUE(sink.error(count_error()));
  EXPECT_TRUE(sink.start_summary());
  EXPECT_TRUE(sink.summary(count_summary(tally(1, 1))));
  EXPECT_TRUE(sink.end({}));
  EXPECT_EQ(out.read_now(), "192.0.2.1 : [0], 64 bytes, 0.123 ms (0.110 avg, 0% loss)\n");
}

}  // namespace
}  // namespace echosweep::report

#include "report/count_json_sink.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <sstream>

#include "count_records.hpp"
#include "pipe.hpp"

namespace echosweep::report {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The text that `use` makes a sink write.
template <typename Use>
std::string written(const CountJsonOptions& options, Use use) {
  Pipe pipe;
  CountJsonSink sink(pipe.output(), options);
  use(sink);
  EXPECT_TRUE(sink.flush());
  return pipe.read_now();
}

std::string reply_line(const CountJsonOptions& options, const CountReply& reply) {
  return written(options, [&](CountJsonSink& sink) { EXPECT_TRUE(sink.reply(reply)); });
}

std::string summary_line(const CountJsonOptions& options, const CountSummary& summary) {
  return written(options, [&](CountJsonSink& sink) { EXPECT_TRUE(sink.summary(summary)); });
}

CountInfo info() {
  CountInfo info;
  info.run.started = kReceived;
  info.rounds = 3;
  info.period = milliseconds(1500);
  return info;
}

CountTotals totals() {
  CountTotals totals;
  totals.accounting.targets = 3;
  totals.accounting.alive = 1;
  totals.accounting.silent = 2;
  totals.accounting.probes_by_pass = {9};
  totals.accounting.echo_replies = 5;
  totals.accounting.icmp_errors = 2;
  totals.accounting.unresolved_names = 4;
  totals.accounting.rtt_min = nanoseconds(45'000);
  totals.accounting.rtt_max = nanoseconds(1'230'000);
  totals.accounting.rtt_sum = nanoseconds(2'000'000);
  totals.accounting.rtt_count = 4;
  totals.accounting.elapsed = milliseconds(5012);
  totals.timeouts = 6;
  totals.duplicates = 1;
  totals.not_sent = 7;
  return totals;
}

TEST(CountJsonSink, Replies) {
  EXPECT_EQ(reply_line({}, count_reply()),
            "{\"resp\": {\"host\": \"192.0.2.1\", \"seq\": 0, \"size\": 64, \"rtt\": 0.123}}\n");
  CountReply full = count_reply();
  full.timestamps = IcmpTimestamps{1, 2, 3, 4};
  EXPECT_EQ(reply_line({.timestamp = true, .print_ttl = true, .print_tos = true}, full),
            "{\"resp\": {\"timestamp\": \"1700000000.12346\", \"host\": \"192.0.2.1\", \"seq\": 0, \"size\": "
            "64, \"rtt\": 0.123, \"timestamps\": {\"originate\": 1, \"receive\": 2, \"transmit\": 3, "
            "\"localreceive\": 4}, \"tos\": 8, \"ttl\": 64}}\n");
}

TEST(CountJsonSink, RepliesThatAreNotAsTheyShould) {
  CountReply reply = count_reply();
  reply.late = true;
  reply.duplicate = true;
  reply.from = Address::v4(0xc0000209);
  reply.rtt.reset();
  EXPECT_EQ(reply_line({}, reply),
            "{\"resp\": {\"host\": \"192.0.2.1\", \"seq\": 0, \"size\": 64, \"rtt\": null, \"from\": "
            "\"192.0.2.9\", \"late\": true, \"duplicate\": true}}\n");
}

TEST(CountJsonSink, Timeouts) {
  const auto line = [](const CountJsonOptions& options) {
    return written(options, [](CountJsonSink& sink) { EXPECT_TRUE(sink.timed_out(count_timeout(3, 0))); });
  };
  EXPECT_EQ(line({}), "{\"timeout\": {\"host\": \"192.0.2.1\", \"seq\": 2}}\n");
  EXPECT_EQ(line({.timestamp = true}),
            "{\"timeout\": {\"timestamp\": \"1700000000.12346\", \"host\": \"192.0.2.1\", \"seq\": 2}}\n");
}

TEST(CountJsonSink, Summaries) {
  EXPECT_EQ(
      summary_line({}, count_summary(tally(3, 2))),
      "{\"summary\": {\"host\": \"192.0.2.1\", \"xmt\": 3, \"rcv\": 2, \"loss\": 33, \"rttMin\": 0.100, "
      "\"rttAvg\": 0.110, \"rttMax\": 0.120}}\n");
  EXPECT_EQ(summary_line({.outage = true}, count_summary(tally(2, 0))),
            "{\"summary\": {\"host\": \"192.0.2.1\", \"xmt\": 2, \"rcv\": 0, \"loss\": 100, \"outage(ms)\": "
            "200}}\n");
  CountTally more = tally(2, 3);
  more.late = 4;
  more.duplicates = 5;
  EXPECT_EQ(summary_line({.outage = true}, count_summary(more)),
            "{\"summary\": {\"host\": \"192.0.2.1\", \"xmt\": 2, \"rcv\": 3, \"return\": 150, \"rttMin\": "
            "0.100, \"rttAvg\": 0.110, \"rttMax\": 0.120, \"late\": 4, \"duplicates\": 5}}\n");
}

TEST(CountJsonSink, ListsOfRoundTrips) {
  const std::array<std::int64_t, 4> rtts = {54'000, KeptRounds::kNoReply, KeptRounds::kUnknownRtt,
                                            12'345'678};
  CountSummary summary = count_summary(tally(4, 3));
  summary.tally.late = 1;
  summary.rounds.rtts_ns = rtts;
  EXPECT_EQ(summary_line({.all_rtts = true}, summary),
            "{\"vSum\": {\"host\": \"192.0.2.1\", \"values\": [0.054, null, null, 12.3], \"late\": 1}}\n");
  summary.rounds = {};
  summary.tally = {};
  EXPECT_EQ(summary_line({.all_rtts = true}, summary),
            "{\"vSum\": {\"host\": \"192.0.2.1\", \"values\": []}}\n");
}

TEST(CountJsonSink, Intervals) {
  EXPECT_EQ(written({.lines = false, .all_rtts = true},
                    [](CountJsonSink& sink) {
                      EXPECT_TRUE(sink.start_interval(kReceived));
                      EXPECT_TRUE(sink.interval(count_summary(tally(10, 0))));
                    }),
            "{\"intSum\": {\"time\": 1700000000,\"host\": \"192.0.2.1\", \"xmt\": 10, \"rcv\": 0, \"loss\": "
            "100}}\n");
}

TEST(CountJsonSink, Statistics) {
  EXPECT_EQ(
      written({.stats = true}, [](CountJsonSink& sink) { EXPECT_TRUE(sink.end(totals())); }),
      "{\"stats\": {\"targets\": 3, \"alive\": 1, \"unreachable\": 2, \"unknownAddresses\": 4, "
      "\"timeouts\": 6, \"icmpEchosSent\": 16, \"icmpEchoRepliesReceived\": 5, \"otherIcmpReceived\": 2, "
      "\"rttMin\": 0.045, \"rttAvg\": 0.500, \"rttMax\": 1.23, \"elapsed\": 5.012}}\n");
  EXPECT_EQ(written({}, [](CountJsonSink& sink) { EXPECT_TRUE(sink.end(totals())); }), "");
}

TEST(CountJsonSink, NamesWithoutAddresses) {
  EXPECT_EQ(written({.lines = false},
                    [](CountJsonSink& sink) {
                      EXPECT_TRUE(sink.unresolved("no.example", "Name or service not known"));
                    }),
            "{\"warning\": {\"host\": \"no.example\", \"message\": \"Name or service not known\"}}\n");
}

/// Everything that happens within a run.
void tell(CountJsonSink& sink) {
  EXPECT_TRUE(sink.begin(info()));
  EXPECT_TRUE(sink.reply(count_reply()));
  EXPECT_TRUE(sink.timed_out(count_timeout(1, 0)));
  EXPECT_TRUE(sink.error(count_error()));
  EXPECT_TRUE(sink.send_failed(count_send_failure(ENOBUFS)));
}

TEST(CountJsonSink, OfFpingsOwnTellsNothingElse) {
  EXPECT_EQ(written({}, tell),
            "{\"resp\": {\"host\": \"192.0.2.1\", \"seq\": 0, \"size\": 64, \"rtt\": 0.123}}\n"
            "{\"timeout\": {\"host\": \"192.0.2.1\", \"seq\": 0}}\n");
  EXPECT_EQ(written({.lines = false}, tell), "");
}

TEST(CountJsonSink, WithMetadataTellsAll) {
  std::istringstream lines(written({.metadata = true}, [](CountJsonSink& sink) {
    tell(sink);
    EXPECT_TRUE(sink.end(totals()));
  }));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto run = nlohmann::json::parse(line);
  EXPECT_EQ(run.at("type"), "run");
  EXPECT_EQ(run.at("started"), "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(run.at("rounds"), 3);
  EXPECT_EQ(run.at("period_ms"), 1500);
  ASSERT_TRUE(std::getline(lines, line) && std::getline(lines, line) && std::getline(lines, line));
  EXPECT_EQ(line,
            "{\"icmpError\": {\"host\": \"192.0.2.1\", \"seq\": 2, \"from\": \"198.51.100.9\", \"type\": 3, "
            "\"code\": 1, \"error\": \"host-unreachable\"}}");
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line,
            "{\"sendError\": {\"host\": \"192.0.2.1\", \"seq\": 3, \"errno\": \"ENOBUFS\", \"message\": \"No "
            "buffer space available\"}}");
  ASSERT_TRUE(std::getline(lines, line));
  const auto accounting = nlohmann::json::parse(line);
  EXPECT_EQ(accounting.at("type"), "accounting");
  EXPECT_EQ(accounting.at("targets"), 3);
  EXPECT_EQ(accounting.at("timeouts"), 6);
  EXPECT_EQ(accounting.at("duplicates"), 1);
  EXPECT_EQ(accounting.at("not_sent"), 7);
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(CountJsonSink, LoopsHaveNoNumberOfRounds) {
  CountInfo loop = info();
  loop.rounds = 0;
  const auto run = nlohmann::json::parse(
      written({.metadata = true}, [&](CountJsonSink& sink) { EXPECT_TRUE(sink.begin(loop)); }));
  EXPECT_TRUE(run.at("rounds").is_null());
}

TEST(CountJsonSink, EveryLineParsesWhateverTheBytes) {
  const std::string hostile = "a\"b\\c\n\t\x01\x7f\xff\xc3(\xe2\x80";
  const std::string shown = "a\"b\\c\n\t\x01\x7f\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd";
  std::istringstream lines(written({.metadata = true, .timestamp = true}, [&](CountJsonSink& sink) {
    CountReply reply = count_reply();
    CountTimeout timeout = count_timeout(1, 0);
    CountSummary summary = count_summary(tally(1, 1));
    reply.host.name = timeout.host.name = summary.host.name = hostile;
    EXPECT_TRUE(sink.unresolved(hostile, hostile));
    EXPECT_TRUE(sink.reply(reply));
    EXPECT_TRUE(sink.timed_out(timeout));
    EXPECT_TRUE(sink.interval(summary));
    EXPECT_TRUE(sink.summary(summary));
  }));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto parsed = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << line;
    EXPECT_EQ(parsed.begin()->at("host"), shown);
  }
  EXPECT_EQ(count, 5);
}

TEST(CountJsonSink, OneOddByteIsEnough) {
  for (const std::string name : {"a\"b", "a\\b", "a\nb",
                                 "a\x7f\xff"
                                 "b",
                                 "\xc3\xbc"}) {
    CountReply reply = count_reply();
    reply.host.name = name;
    const auto line = nlohmann::json::parse(reply_line({}, reply), nullptr, false);
    ASSERT_FALSE(line.is_discarded()) << name;
    EXPECT_EQ(line.at("resp").at("host"), name == "a\x7f\xff"
                                                  "b"
                                              ? "a\x7f\xef\xbf\xbd"
                                                "b"
                                              : name);
  }
}

TEST(CountJsonSink, RoundTripsOfAnyLengthAreNumbers) {
  for (const std::int64_t ns : {0L, -5'000L, 999'999L, 1'500'000'000L, 2'000'000'000'000L}) {
    CountReply reply = count_reply();
    reply.rtt = nanoseconds(ns);
    const auto line = nlohmann::json::parse(reply_line({}, reply), nullptr, false);
    ASSERT_FALSE(line.is_discarded()) << ns;
    EXPECT_TRUE(line.at("resp").at("rtt").is_number());
  }
}

TEST(CountJsonSink, ReportsAFullDisk) {
  auto full = Output::create("/dev/full");
  ASSERT_TRUE(full);
  CountJsonSink sink(std::move(*full), {});
  EXPECT_TRUE(sink.reply(count_reply()));
  const auto ended = sink.end(totals());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ENOSPC);
}

}  // namespace
}  // namespace echosweep::report

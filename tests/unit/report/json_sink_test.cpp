#include "report/json_sink.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <sstream>
#include <vector>

#include "pipe.hpp"
#include "records.hpp"
#include "runs.hpp"

namespace echosweep::report {
namespace {

/// The text that `use` makes a sink write.
template <typename Use>
std::string written(Use use) {
  Pipe pipe;
  JsonSink sink(pipe.output());
  use(sink);
  EXPECT_TRUE(sink.flush());
  return pipe.read_now();
}

/// What follows the run line of shard 3 of 16 with seed 7.
std::string host_line(const Record& record) {
  RunInfo run = run_info();
  run.seed = 7;
  run.shard = Shard{.index = 3, .count = 16};
  const std::string both = written([&](JsonSink& sink) {
    EXPECT_TRUE(sink.begin(run));
    EXPECT_TRUE(sink.record(record));
  });
  return both.substr(both.find('\n') + 1);
}

TEST(JsonSink, RunLine) {
  EXPECT_EQ(
      written([](JsonSink& sink) { EXPECT_TRUE(sink.begin(run_info())); }),
      R"({"type":"run","version":"1.2.3","command":["echosweep","--json","-","192.0.2.0/30"],)"
      R"("started":"2023-11-14T22:13:20.123456Z","targets":4,"order":"random","seed":18446744073709551615,)"
      R"("shard":{"index":1,"count":1},"rate":10000.0,"rate_mode":"fixed","retries":1,"timeout_ms":500.0})"
      "\n");
}

TEST(JsonSink, RunLineOfARunUntilItIsComplete) {
  RunInfo run = run_info();
  run.retries = 9;
  run.complete = 99.9;
  const auto line = nlohmann::json::parse(written([&](JsonSink& sink) { EXPECT_TRUE(sink.begin(run)); }));
  EXPECT_EQ(line.at("complete"), 99.9);
  EXPECT_EQ(line.at("retries"), 9);
}

TEST(JsonSink, SaysWhyNobodyKnowsWhatWasMissed) {
  Accounting sums = accounting();
  sums.missed.reset();
  sums.missed_unknown = "nobody answered";
  const auto line = nlohmann::json::parse(written([&](JsonSink& sink) { EXPECT_TRUE(sink.end(sums)); }));
  EXPECT_EQ(line.at("missed_unknown"), "nobody answered");
  EXPECT_FALSE(line.contains("missed"));
  EXPECT_FALSE(line.contains("missed_at_most"));
  EXPECT_FALSE(line.contains("answered"));
}

TEST(JsonSink, NoLimitIsNull) {
  RunInfo run = run_info();
  run.rate = PacketRate{};
  const auto line = nlohmann::json::parse(written([&](JsonSink& sink) { EXPECT_TRUE(sink.begin(run)); }));
  EXPECT_TRUE(line.at("rate").is_null());
}

TEST(JsonSink, HostLines) {
  EXPECT_EQ(
      host_line(alive_record()),
      R"({"type":"host","address":"192.0.2.1","state":"alive","reason":"echo-reply","from":"192.0.2.1",)"
      R"("ttl":64,"rtt_us":123.456,"tries":1,"sent":"2023-11-14T22:13:20.123333Z",)"
      R"("received":"2023-11-14T22:13:20.123456Z","seed":7,"shard":3})"
      "\n");
  EXPECT_EQ(host_line(unreachable_record()),
            R"({"type":"host","address":"192.0.2.2","state":"unreachable","reason":"host-unreachable",)"
            R"("from":"198.51.100.9","tries":2,"seed":7,"shard":3})"
            "\n");
  EXPECT_EQ(host_line(silent_record()),
            R"({"type":"host","address":"192.0.2.3","state":"silent","reason":"no-response","tries":4,)"
            R"("seed":7,"shard":3})"
            "\n");
  EXPECT_EQ(host_line(unsent_record()),
            R"({"type":"host","address":"192.0.2.4","state":"unsent","reason":"unsent: Permission denied",)"
            R"("tries":0,"seed":7,"shard":3})"
            "\n");
}

TEST(JsonSink, LinesOfARunThatGoesOnTellItsOriginToo) {
  EXPECT_EQ(written([](JsonSink& sink) {
              EXPECT_TRUE(sink.go_on(run_info()));
              EXPECT_TRUE(sink.record(silent_record()));
            }),
            R"({"type":"host","address":"192.0.2.3","state":"silent","reason":"no-response","tries":4,)"
            R"("seed":18446744073709551615,"shard":1})"
            "\n");
}

TEST(JsonSink, NameAndOtherSourceAndPass) {
  Record record = alive_record();
  record.address = Address::v6(Uint128{0x20010db8} << 96 | 1);
  record.name = "gate.example";
  record.rtt.reset();
  record.pass = Pass{2};
  record.probes = 3;
  EXPECT_EQ(
      host_line(record),
      R"({"type":"host","address":"2001:db8::1","name":"gate.example","state":"alive","reason":"echo-reply",)"
      R"("from":"192.0.2.1","ttl":64,"tries":3,"received":"2023-11-14T22:13:20.123456Z","seed":7,"shard":3})"
      "\n");
  record.details = false;
  EXPECT_EQ(
      host_line(record),
      R"({"type":"host","address":"2001:db8::1","name":"gate.example","state":"alive","reason":"echo-reply",)"
      R"("tries":3,"seed":7,"shard":3})"
      "\n");
}

TEST(JsonSink, AccountingLineHasEveryField) {
  EXPECT_EQ(
      written([](JsonSink& sink) { EXPECT_TRUE(sink.end(accounting())); }),
      R"({"type":"accounting","targets":10,"alive":4,"unreachable":3,"silent":2,"unsent":1,"probes":14,)"
      R"("probes_by_pass":[9,5],"alive_by_pass":[3,1],"missed":0.25,"missed_at_most":5,"answered":0.75,)"
      R"("echo_replies":6,"icmp_errors":7,"late":8,"extra":2,"foreign":11,"forged":12,)"
      R"("malformed":13,"capture_drops":14,"send_errors":{"EPERM":1,"ENOBUFS":5},"retries_of_sends":15,)"
      R"("neighbour_requests":17,"neighbour_answers":16,"transmitted":{"packet":18,"raw":19},)"
      R"("rtt_min_us":123.456,"rtt_avg_us":1000.0,"rtt_max_us":2000.5,"rtt_sum_us":4000.0,"rtt_count":4,)"
      R"("unresolved_names":16,"unsaved_packets":21,"elapsed_s":1.5,"sending_s":0.25,"signal":2,"stopped_by":"--max-runtime",)"
      R"("hints":["raise gc_thresh3"]})"
      "\n");
}

TEST(JsonSink, AccountingOfNothing) {
  const auto line =
      nlohmann::json::parse(written([](JsonSink& sink) { EXPECT_TRUE(sink.end(Accounting{})); }));
  EXPECT_FALSE(line.contains("rtt_min_us"));
  EXPECT_FALSE(line.contains("rtt_avg_us"));
  EXPECT_EQ(line.at("send_errors").dump(), "{}");
  EXPECT_EQ(line.at("probes_by_pass").dump(), "[]");
  EXPECT_EQ(line.at("hints").dump(), "[]");
}

TEST(JsonSink, EveryLineParsesWhateverTheBytes) {
  const std::string hostile = "a\"b\\c\n\t\x01\x7f\xff\xc3(\xe2\x80";
  RunInfo run = run_info();
  run.command = {"echosweep", hostile};
  Record record = unsent_record();
  record.name = hostile;
  record.send_reason = hostile;
  Accounting sums = accounting();
  sums.stopped_by = hostile;
  const std::string text = written([&](JsonSink& sink) {
    EXPECT_TRUE(sink.begin(run));
    EXPECT_TRUE(sink.record(record));
    EXPECT_TRUE(sink.end(sums));
  });
  std::istringstream lines(text);
  std::vector<nlohmann::json> parsed;
  for (std::string line; std::getline(lines, line);) {
    parsed.push_back(nlohmann::json::parse(line, nullptr, false));
    ASSERT_FALSE(parsed.back().is_discarded()) << line;
  }
  ASSERT_EQ(parsed.size(), 3U);
  const std::string shown = "a\"b\\c\n\t\x01\x7f\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd";
  EXPECT_EQ(parsed[0].at("command").at(1), shown);
  EXPECT_EQ(parsed[1].at("name"), shown);
  EXPECT_EQ(parsed[1].at("reason"), "unsent: " + shown);
  EXPECT_EQ(parsed[2].at("stopped_by"), shown);
}

TEST(JsonSink, WantsEveryState) {
  Pipe pipe;
  const JsonSink sink(pipe.output());
  for (const State state : {State::kAlive, State::kUnreachable, State::kSilent, State::kUnsent}) {
    EXPECT_TRUE(sink.wants(state));
  }
}

TEST(JsonSink, ReportsAFullDisk) {
  auto full = Output::create("/dev/full");
  ASSERT_TRUE(full);
  JsonSink sink(std::move(*full));
  EXPECT_TRUE(sink.begin(run_info()));
  const auto ended = sink.end(accounting());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ENOSPC);
}

TEST(JsonSink, TellsOfARateThatFoundItself) {
  RunInfo info = run_info();
  info.rate = {};
  EXPECT_EQ(
      nlohmann::json::parse(written([&](JsonSink& sink) { ASSERT_TRUE(sink.begin(info)); })).at("rate_mode"),
      "max");
  info.max_loss = 0.025;
  const auto run = nlohmann::json::parse(written([&](JsonSink& sink) { ASSERT_TRUE(sink.begin(info)); }));
  EXPECT_TRUE(run.at("rate").is_null());
  EXPECT_EQ(run.at("rate_mode"), "auto");
  EXPECT_EQ(run.at("max_loss"), 2.5);

  Accounting sums;
  sums.rate_at_end = PacketRate{9834.4};
  sums.control = ControlAccount{
      .sent = 812, .answered = 809, .judged = 520, .loss = 0.25, .loss_low = 0.125, .loss_high = 0.5};
  const auto line = nlohmann::json::parse(written([&](JsonSink& sink) { ASSERT_TRUE(sink.end(sums)); }));
  EXPECT_EQ(line.at("rate_at_end"), 9834);
  EXPECT_EQ(line.at("control"),
            nlohmann::json::parse(
                R"({"sent":812,"answered":809,"judged":520,"loss":25,"loss_low":12.5,"loss_high":50})"));
  EXPECT_FALSE(line.contains("rate_falls"));
  sums.control.reset();
  sums.rate_falls = 3;
  const auto max = nlohmann::json::parse(written([&](JsonSink& sink) { ASSERT_TRUE(sink.end(sums)); }));
  EXPECT_EQ(max.at("rate_falls"), 3);
}

}  // namespace
}  // namespace echosweep::report

#include "report/netdata_sink.hpp"

#include <gtest/gtest.h>

#include "count_records.hpp"
#include "pipe.hpp"

namespace echosweep::report {
namespace {

using std::chrono::milliseconds;

/// What a sink writes in `intervals` of them.
std::string written(const CountSummary& summary, int intervals, HostStyle host = HostStyle::kName,
                    milliseconds interval = milliseconds(1000)) {
  Pipe pipe;
  NetdataSink sink(pipe.output(), interval, host);
  for (int i = 0; i < intervals; ++i) {
    EXPECT_TRUE(sink.start_interval(kReceived));
    EXPECT_TRUE(sink.interval(summary));
  }
  EXPECT_TRUE(sink.start_summary());
  EXPECT_TRUE(sink.summary(summary));
  EXPECT_TRUE(sink.end({}));
  return pipe.read_now();
}

TEST(NetdataSink, DeclaresItsChartsOnce) {
  EXPECT_EQ(
      written(count_summary(tally(10, 9)), 2),
      "CHART fping.192_0_2_1_packets '' 'FPing Packets' packets '192.0.2.1' fping.packets line 110020 1\n"
      "DIMENSION xmt sent absolute 1 1\n"
      "DIMENSION rcv received absolute 1 1\n"
      "BEGIN fping.192_0_2_1_packets\n"
      "SET xmt = 10\n"
      "SET rcv = 9\n"
      "END\n"
      "CHART fping.192_0_2_1_quality '' 'FPing Quality' percentage '192.0.2.1' fping.quality area 110010 "
      "1\n"
      "DIMENSION returned '' absolute 1 1\n"
      "BEGIN fping.192_0_2_1_quality\n"
      "SET returned = 90\n"
      "END\n"
      "CHART fping.192_0_2_1_latency '' 'FPing Latency' ms '192.0.2.1' fping.latency area 110000 1\n"
      "DIMENSION min minimum absolute 1 1000000\n"
      "DIMENSION max maximum absolute 1 1000000\n"
      "DIMENSION avg average absolute 1 1000000\n"
      "BEGIN fping.192_0_2_1_latency\n"
      "SET min = 100000\n"
      "SET avg = 110000\n"
      "SET max = 120000\n"
      "END\n"
      "BEGIN fping.192_0_2_1_packets\n"
      "SET xmt = 10\n"
      "SET rcv = 9\n"
      "END\n"
      "BEGIN fping.192_0_2_1_quality\n"
      "SET returned = 90\n"
      "END\n"
      "BEGIN fping.192_0_2_1_latency\n"
      "SET min = 100000\n"
      "SET avg = 110000\n"
      "SET max = 120000\n"
      "END\n");
}

TEST(NetdataSink, SetsNoLatencyWithoutReplies) {
  const auto ends = [](const CountTally& tally, const std::string& end) {
    const std::string text = written(count_summary(tally), 2);
    EXPECT_TRUE(text.ends_with(end)) << text;
  };
  ends(tally(4, 0),
       "SET xmt = 4\nSET rcv = 0\nEND\nBEGIN fping.192_0_2_1_quality\nSET returned = 0\nEND\n"
       "BEGIN fping.192_0_2_1_latency\nEND\n");
  ends(tally(0, 0),
       "SET xmt = 0\nSET rcv = 0\nEND\nBEGIN fping.192_0_2_1_quality\nSET returned = 0\nEND\n"
       "BEGIN fping.192_0_2_1_latency\nEND\n");
}

TEST(NetdataSink, MakesNamesOfLettersAndDigits) {
  CountSummary summary = count_summary(tally(1, 1));
  summary.host.name = "m\xc3\xbcn-1.Example";
  EXPECT_TRUE(written(summary, 1)
                  .starts_with("CHART fping.m__n_1_Example_packets '' 'FPing Packets' packets "
                               "'m\xc3\xbcn-1.Example' fping.packets line 110020 1\n"));
  EXPECT_TRUE(written(summary, 1, HostStyle::kAddress)
                  .starts_with("CHART fping.m__n_1_Example_packets '' 'FPing Packets' packets '192.0.2.1' "));
  summary.host.name = "a'\n\x7f ";
  EXPECT_TRUE(
      written(summary, 1).starts_with("CHART fping.a_____packets '' 'FPing Packets' packets 'a___ ' "));
}

TEST(NetdataSink, TellsWholeSeconds) {
  const CountSummary summary = count_summary(tally(1, 1));
  EXPECT_NE(written(summary, 1, HostStyle::kName, milliseconds(500)).find(" 110020 0\n"), std::string::npos);
  EXPECT_NE(written(summary, 1, HostStyle::kName, milliseconds(60'000)).find(" 110020 60\n"),
            std::string::npos);
}

}  // namespace
}  // namespace echosweep::report

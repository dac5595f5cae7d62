#include "ping/summary_text.hpp"

#include "lines.hpp"

namespace echosweep::ping {
namespace {

using namespace std::chrono_literals;

std::string summary(const Statistics& statistics, const Totals& totals) {
  return text_of([&](report::Line& line) { append_summary(line, "host.example", statistics, totals); });
}

TEST(SummaryText, IsPings) {
  Statistics statistics;
  statistics.received(31us, false);
  statistics.received(49us, false);
  EXPECT_EQ(summary(statistics, {.transmitted = 3, .time = 2003ms}),
            "\n--- host.example ping statistics ---\n"
            "3 packets transmitted, 2 received, 33.3333% packet loss, time 2003ms\n"
            "rtt min/avg/max/mdev = 0.031/0.040/0.049/0.009 ms\n");
}

TEST(SummaryText, CountsWhatIsBesides) {
  Statistics statistics;
  statistics.received(1500us, false);
  statistics.received(2500us, true);
  statistics.corrupted();
  statistics.complained();
  statistics.complained();
  statistics.pipe(4);
  EXPECT_EQ(summary(statistics, {.transmitted = 4, .time = 3000'600us}),
            "\n--- host.example ping statistics ---\n"
            "4 packets transmitted, 1 received, +1 duplicates, +1 corrupted, +2 errors, 75% packet loss, "
            "time 3001ms\n"
            "rtt min/avg/max/mdev = 1.500/2.000/2.500/0.500 ms, pipe 4\n");
}

TEST(SummaryText, HasAnEmptyLineInPlaceOfTimes) {
  EXPECT_EQ(summary({}, {.transmitted = 1}),
            "\n--- host.example ping statistics ---\n"
            "1 packets transmitted, 0 received, 100% packet loss, time 0ms\n\n");
  EXPECT_EQ(summary({}, {}), "\n--- host.example ping statistics ---\n0 packets transmitted, 0 received\n\n");
}

TEST(SummaryText, ShowsGapsWhereTheIntervalFollowedTheReplies) {
  Statistics statistics;
  statistics.received(80us, false);
  statistics.received(80us, false);
  const std::string text = summary(statistics, {.transmitted = 3, .time = 3ms, .shows_gaps = true});
  EXPECT_NE(text.find("0.080/0.080/0.080/0.000 ms, ipg/ewma 1.500/0.080 ms\n"), std::string::npos) << text;
  const std::string one = summary(statistics, {.transmitted = 1, .time = 0ms, .shows_gaps = true});
  EXPECT_EQ(one.find("ipg"), std::string::npos);
}

TEST(SummaryText, ShowsNamesAsTheyCanBeShown) {
  const std::string text = text_of([](report::Line& line) { append_summary(line, "a\x1b[2J", {}, {}); });
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(SummaryText, TellsWhereItStands) {
  Statistics statistics;
  EXPECT_EQ(text_of([&](report::Line& line) { append_status(line, statistics, 0); }),
            "0/0 packets, 0% loss\n");
  statistics.received(40us, false);
  EXPECT_EQ(text_of([&](report::Line& line) { append_status(line, statistics, 3); }),
            "1/3 packets, 66% loss, min/avg/ewma/max = 0.040/0.040/0.040/0.040 ms\n");
}

}  // namespace
}  // namespace echosweep::ping

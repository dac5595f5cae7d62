#include "report/progress.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace echosweep::report {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

ProgressSnapshot snapshot() {
  return {.done = 0.421, .probes = 27'530, .rate = 10'000, .alive = 3'021, .eta = seconds(5), .drops = 0};
}

TEST(FormatProgress, WideLine) {
  EXPECT_EQ(format_progress(snapshot(), 200, false), " 42.1%  27,530 probes  10.0k/s  3,021 alive  eta 5 s");
  ProgressSnapshot dropping = snapshot();
  dropping.drops = 12;
  EXPECT_EQ(format_progress(dropping, 200, false),
            " 42.1%  27,530 probes  10.0k/s  3,021 alive  eta 5 s  12 dropped");
}

TEST(FormatProgress, LosesTheLessImportantFirst) {
  ProgressSnapshot dropping = snapshot();
  dropping.drops = 12;
  const struct {
    std::size_t columns;
    const char* line;
  } cases[] = {
      {65, " 42.1%  27,530 probes  10.0k/s  3,021 alive  eta 5 s  12 dropped"},
      {64, " 42.1%  10.0k/s  3,021 alive  eta 5 s  12 dropped"},
      {50, " 42.1%  10.0k/s  3,021 alive  eta 5 s  12 dropped"},
      {49, " 42.1%  3,021 alive  eta 5 s  12 dropped"},
      {40, " 42.1%  3,021 alive  12 dropped"},
      {31, " 42.1%  12 dropped"},
      {18, " 42.1%"},
      {6, ""},
      {0, ""},
  };
  for (const auto& [columns, line] : cases) {
    EXPECT_EQ(format_progress(dropping, columns, false), line) << columns;
  }
  EXPECT_EQ(format_progress(snapshot(), 40, false), " 42.1%  10.0k/s  3,021 alive  eta 5 s");
}

TEST(FormatProgress, IsNeverTooWide) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const ProgressSnapshot snapshots[] = {
      snapshot(),
      {},
      {.done = 1, .probes = most, .rate = 1e300, .alive = most, .eta = nanoseconds::max(), .drops = most},
  };
  for (const ProgressSnapshot& each : snapshots) {
    for (std::size_t columns = 1; columns <= 400; ++columns) {
      const std::string line = format_progress(each, columns, false);
      ASSERT_LT(line.size(), columns) << line;
      ASSERT_EQ(line.find('\n'), std::string::npos);
    }
  }
}

TEST(FormatProgress, ColourTakesNoColumns) {
  EXPECT_EQ(format_progress(snapshot(), 40, true), " 42.1%  10.0k/s  \x1b[1;32m3,021 alive\x1b[0m  eta 5 s");
}

TEST(FormatProgress, SaysHundredPercentOnlyAtTheEnd) {
  const struct {
    double done;
    const char* line;
  } cases[] = {{0, "  0.0%"},    {0.0005, "  0.0%"}, {0.001, "  0.1%"},
               {0.29, " 29.0%"}, {0.9999, " 99.9%"}, {1, "100.0%"},
               {1.5, "100.0%"},  {-1, "  0.0%"},     {std::numeric_limits<double>::quiet_NaN(), "  0.0%"}};
  for (const auto& [done, line] : cases) {
    EXPECT_EQ(format_progress({.done = done}, 8, false), line) << done;
  }
}

TEST(FormatProgress, Rates) {
  const struct {
    double rate;
    const char* text;
  } cases[] = {{0, "0/s"},          {-1, "0/s"},           {0.5, "0.5/s"},
               {9.94, "9.9/s"},     {9.96, "10/s"},        {999.4, "999/s"},
               {999.6, "1.0k/s"},   {123'456, "123.5k/s"}, {999'940, "999.9k/s"},
               {999'960, "1.0M/s"}, {1'234'567, "1.2M/s"}};
  for (const auto& [rate, text] : cases) {
    EXPECT_EQ(format_progress({.rate = rate}, 80, false),
              std::string("  0.0%  0 probes  ") + text + "  0 alive");
  }
}

TEST(FormatProgress, Etas) {
  const struct {
    nanoseconds eta;
    const char* text;
  } cases[] = {{seconds(0), "eta 0 s"},         {milliseconds(1), "eta 1 s"},
               {-seconds(3), "eta 0 s"},        {seconds(59), "eta 59 s"},
               {seconds(125), "eta 2 min 5 s"}, {hours(3) + seconds(240), "eta 3 h 4 min"},
               {hours(51), "eta 2 d 3 h"}};
  for (const auto& [eta, text] : cases) {
    EXPECT_EQ(format_progress({.eta = eta}, 80, false),
              std::string("  0.0%  0 probes  0/s  0 alive  ") + text);
  }
}

TEST(FormatProgress, GroupsDigits) {
  EXPECT_EQ(format_progress({.probes = 999, .alive = 1000}, 80, false),
            "  0.0%  999 probes  0/s  1,000 alive");
  EXPECT_EQ(format_progress({.probes = 1'234'567, .alive = 123'456}, 80, false),
            "  0.0%  1,234,567 probes  0/s  123,456 alive");
}

TEST(FormatProgress, ShowsTheLossWhereItIsMeasured) {
  ProgressSnapshot lossy = snapshot();
  lossy.loss = 0.0042;
  EXPECT_EQ(format_progress(lossy, 200, false),
            " 42.1%  27,530 probes  10.0k/s  0.4% loss  3,021 alive  eta 5 s");
  EXPECT_EQ(format_progress(lossy, 60, false), " 42.1%  10.0k/s  0.4% loss  3,021 alive  eta 5 s");
  EXPECT_EQ(format_progress(lossy, 48, false), " 42.1%  10.0k/s  3,021 alive  eta 5 s");
}

}  // namespace
}  // namespace echosweep::report

#include "results/summary.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "reading.hpp"
#include "results/summary_text.hpp"

namespace echosweep::results {

namespace {

using std::chrono::microseconds;

std::string alive(const std::string& address, int rtt_us) {
  return host(address, "alive", R"("reason":"echo-reply","rtt_us":)" + std::to_string(rtt_us));
}

/// The rows, a line each.
std::string rows(const std::string& text, const SummaryOptions& options = {}) {
  std::string out;
  for (const PrefixRow& row : summarise(snapshot_of(text), options).rows) {
    out += row.prefix() + " x" + std::to_string(row.prefixes) + ' ' + std::to_string(row.alive()) + '/' +
           std::to_string(row.listed()) +
           (row.median_rtt ? ' ' + std::to_string(row.median_rtt->count() / 1000) : std::string()) + '\n';
  }
  return out;
}

TEST(Summary, CountsByPrefix) {
  const std::string text = alive("10.0.0.1", 300) + alive("10.0.0.2", 100) + alive("10.0.0.3", 200) +
                           host("10.0.0.4", "silent") + alive("10.0.1.1", 5) + alive("2001:db8::1", 7) +
                           alive("2001:db8:0:1::1", 8);
  EXPECT_EQ(
      rows(text),
      "10.0.0.0/24 x1 3/4 200\n10.0.1.0/24 x1 1/1 5\n2001:db8::/64 x1 1/1 7\n2001:db8:0:1::/64 x1 1/1 8\n");
  EXPECT_EQ(rows(text, {.bits4 = 0, .bits6 = 0}), "0.0.0.0/0 x1 4/5 100\n::/0 x1 2/2 7\n");
  EXPECT_EQ(rows(alive("255.255.255.255", 1) + alive("0.0.0.0", 2), {.bits4 = 32, .bits6 = 128}),
            "0.0.0.0/32 x1 1/1 2\n255.255.255.255/32 x1 1/1 1\n");
}

TEST(Summary, RangesAreCutAtPrefixesAndOnlyThere) {
  EXPECT_EQ(rows(range("10.0.0.0/8", "silent")), "10.0.0.0/24 x65536 0/16777216\n");
  EXPECT_EQ(rows(range("10.0.0.0/8", "silent") + alive("10.128.0.7", 1)),
            "10.0.0.0/24 x32768 0/8388608\n10.128.0.0/24 x1 1/256 1\n10.128.1.0/24 x32767 0/8388352\n");
  EXPECT_EQ(rows(range("10.0.0.128/25", "silent") + range("10.0.1.0/24", "silent") +
                 range("10.0.2.0/25", "silent")),
            "10.0.0.0/24 x3 0/512\n");
  EXPECT_EQ(rows(range("0.0.0.0/0", "silent") + range("::/0", "silent"), {.bits4 = 32, .bits6 = 128}),
            "0.0.0.0/32 x4294967296 0/4294967296\n::/128 x18446744073709551615 0/18446744073709551615\n");
}

TEST(Summary, RoundTrips) {
  std::string text;
  for (int i = 1; i <= 100; ++i) {
    text += alive("10.0.0." + std::to_string(i), i * 10);
  }
  const Summary summary = summarise(snapshot_of(text), {});
  EXPECT_EQ(summary.rtts, 100U);
  std::vector<long> percentiles;
  for (const RttPercentile& each : summary.percentiles) {
    percentiles.push_back(each.rtt / microseconds(1));
  }
  EXPECT_THAT(percentiles, testing::ElementsAre(10, 500, 900, 950, 990, 1000));
  std::string histogram;
  for (const RttBucket& bucket : summary.histogram) {
    histogram += std::to_string(bucket.from / microseconds(1)) + '-' +
                 std::to_string(bucket.below / microseconds(1)) + ':' + std::to_string(bucket.count) + ' ';
  }
  EXPECT_EQ(histogram, "10-20:1 20-50:3 50-100:5 100-200:10 200-500:30 500-1000:50 1000-2000:1 ");
  EXPECT_EQ(summarise(snapshot_of(alive("::1", 0)), {}).histogram.front().count, 1U);
  EXPECT_TRUE(summarise(snapshot_of(""), {}).percentiles.empty());
}

const std::string kRun =
    R"({"type":"run","command":["echosweep","\u001b[2J","192.0.2.0/24"],"started":"2023-11-14T22:13:20.000000Z","targets":256})"
    "\n";
const std::string kSums =
    R"({"type":"accounting","targets":256,"alive":2,"unreachable":0,"silent":254,"unsent":0,"elapsed_s":1.25})"
    "\n";

TEST(SummaryText, IsWhatAPersonReads) {
  const std::string text = kRun + alive("192.0.2.1", 300) + alive("192.0.2.2", 1500) +
                           range("192.0.2.4/30", "silent") + range("192.0.2.0/24", "silent") + kSums;
  const Summary summary = summarise(snapshot_of(text), {});
  EXPECT_TRUE(summary.lists_all());
  EXPECT_EQ(summary_text(summary, 80), R"(echosweep \x1b[2J 192.0.2.0/24
2023-11-14T22:13:20.000000Z, 1.2 s

targets      256
alive          2   0.8%
unreachable    0   0.0%
silent       254  99.2%
unsent         0   0.0%

prefix        asked  alive  share    median
192.0.2.0/24    256      2   0.8%  0.300 ms

round trips: 2
  least         0.300 ms
  median        0.300 ms
  90%            1.50 ms
  95%            1.50 ms
  99%            1.50 ms
  greatest       1.50 ms

  under  0.500 ms  1  ##################################################
  under   1.00 ms  0
  under   2.00 ms  1  ##################################################

reasons
alive        echo-reply  2
)");
}

TEST(SummaryText, FitsItsWidth) {
  const std::string text = kRun + alive("192.0.2.1", 300) + alive("2001:db8:aaaa:bbbb::2", 1500) +
                           range("10.0.0.0/8", "silent") +
                           host("10.0.0.1", "unsent", "\"reason\":\"" + std::string(200, 'x') + "\"");
  for (const std::size_t width : {std::size_t{40}, std::size_t{80}}) {
    std::istringstream lines(summary_text(summarise(snapshot_of(text), {}), width));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), width) << line;
    }
  }
}

TEST(SummaryText, OfAListNobodyKnowsWhoWasAsked) {
  EXPECT_EQ(summary_text(summarise(snapshot_of("192.0.2.1\n192.0.2.2\n"), {}), 80), R"(targets  2
alive    2  100.0%

prefix        listed  alive  median
192.0.2.0/24       2      2       -
)");
}

}  // namespace

}  // namespace echosweep::results

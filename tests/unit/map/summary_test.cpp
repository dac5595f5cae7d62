#include "map/summary.hpp"

#include <gtest/gtest.h>

namespace echosweep::map {
namespace {

std::vector<std::string> words(const Summary& summary) {
  std::vector<std::string> found;
  for (const LegendEntry& entry : legend(summary)) {
    found.push_back(entry.text);
  }
  return found;
}

TEST(Summary, TellsTheCircumstances) {
  Summary summary;
  summary.targets = 1;
  EXPECT_EQ(circumstances(summary), "1 target");
  summary.targets = 2540;
  summary.started = WallTime(std::chrono::seconds(1'772'357'459));
  summary.elapsed = std::chrono::milliseconds(12'340);
  summary.stopped_by = "interrupted";
  EXPECT_EQ(circumstances(summary), "2,540 targets, 2026-03-01 09:30 UTC, 12.3 s, interrupted");
}

TEST(Summary, HasALegend) {
  Summary summary;
  summary.targets = 1010;
  summary.alive = 1000;
  summary.unreachable = 1;
  summary.unsent = 2;
  summary.silent = 7;
  EXPECT_EQ(words(summary),
            (std::vector<std::string>{"alive 1,000", "unreachable 1", "unsent 2", "silent 7", "not swept"}));
  summary.running = true;
  EXPECT_EQ(words(summary), (std::vector<std::string>{"alive 1,000", "no answer yet 10", "not swept"}));
}

TEST(Summary, ExplainsWhatASpotIs) {
  const Prefix space{*Address::parse("10.0.0.0"), 8};
  EXPECT_EQ(explain_spot("square", space, 0), "A square is an address.");
  EXPECT_EQ(
      explain_spot("square", space, 4),
      "A square is a /28: 16 addresses, shown as the first of: alive (by its fastest reply), unreachable, "
      "unsent, silent.");
  EXPECT_NE(explain_spot("square", {*Address::parse("::"), 0}, 108).find("a /20: 2^108 addresses"),
            std::string::npos);
}

TEST(Summary, SaysWhatIsNotShown) {
  Summary summary;
  EXPECT_EQ(explain_missing(summary, Family::kIpv4), "");
  summary.not_shown = 1;
  EXPECT_EQ(explain_missing(summary, Family::kIpv4), "1 IPv6 target is not shown.");
  summary.not_shown = 3000;
  EXPECT_EQ(explain_missing(summary, Family::kIpv6), "3,000 IPv4 targets are not shown.");
}

}  // namespace
}  // namespace echosweep::map

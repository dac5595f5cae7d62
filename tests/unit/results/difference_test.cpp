#include "results/difference.hpp"

#include <gmock/gmock.h>

#include "reading.hpp"
#include "results/change_lines.hpp"

namespace echosweep::results {

namespace {

std::string changes(std::string_view before, std::string_view now, const RttRule& rule = {},
                    std::string (*line)(const Change&) = text_line) {
  Snapshot a = snapshot_of(before);
  Snapshot b = snapshot_of(now);
  align_zones(a, b);
  std::string out;
  const auto compared = compare(a, b, rule, [&](const Change& change) -> Result<void> {
    out += line(change);
    return {};
  });
  return compared ? out : compared.error().message;
}

TEST(Difference, TellsWhatChangedInTheOrderOfAddresses) {
  EXPECT_EQ(changes(host("10.0.0.9", "alive") + host("10.0.0.1", "silent") + host("10.0.0.2", "silent") +
                        host("::1", "alive"),
                    host("10.0.0.2", "unreachable") + host("10.0.0.1", "alive") + host("10.0.0.9", "silent") +
                        host("::2", "alive")),
            "+ 10.0.0.1 alive (was silent)\n"
            "~ 10.0.0.2 unreachable (was silent)\n"
            "- 10.0.0.9 silent (was alive)\n"
            "- ::1 not listed (was alive)\n"
            "+ ::2 alive (was not listed)\n");
}

TEST(Difference, WhoIsNotAliveNeedNotBeListed) {
  EXPECT_EQ(changes(host("10.0.0.1", "silent") + host("10.0.0.2", "alive"), "10.0.0.2\n"), "");
}

TEST(Difference, RangesAreComparedWithoutBeingCounted) {
  EXPECT_EQ(changes(range("0.0.0.0/0", "silent") + range("::/0", "unsent"),
                    range("0.0.0.0/0", "silent") + range("::/0", "unsent")),
            "");
  EXPECT_EQ(
      changes(range("10.0.0.0/30", "unsent") + host("10.0.0.1", "alive"), range("10.0.0.0/30", "silent")),
      "~ 10.0.0.0 silent (was unsent)\n"
      "- 10.0.0.1 silent (was alive)\n"
      "~ 10.0.0.2/31 silent (was unsent)\n");
}

TEST(Difference, OneHostInARange) {
  EXPECT_EQ(
      changes(range("192.0.2.0/24", "silent"), range("192.0.2.0/24", "silent") + host("192.0.2.7", "alive")),
      "+ 192.0.2.7 alive (was silent)\n");
}

TEST(Difference, RoundTrips) {
  const auto at = [](const char* us) { return host("10.0.0.1", "alive", "\"rtt_us\":" + std::string(us)); };
  EXPECT_EQ(changes(at("10000"), at("20000")), "");
  EXPECT_EQ(changes(at("10000"), at("20001")), "* 10.0.0.1 alive 20.0 ms (was 10.0 ms)\n");
  EXPECT_EQ(changes(at("20001"), at("10000")), "* 10.0.0.1 alive 10.0 ms (was 20.0 ms)\n");
  EXPECT_EQ(changes(at("100"), at("900")), "");  // a LAN's jitter
  const RttRule exact{.told = true, .factor = 3, .least = std::chrono::nanoseconds(0)};
  EXPECT_EQ(changes(at("100"), at("301"), exact), "* 10.0.0.1 alive 0.301 ms (was 0.100 ms)\n");
  EXPECT_EQ(changes(at("100"), at("300"), exact), "");
  EXPECT_EQ(changes(at("0"), at("0"), exact), "");
  EXPECT_EQ(changes(at("10000"), at("50000"), {.told = false}), "");
  EXPECT_EQ(changes(at("10000"), host("10.0.0.1", "alive")), "");
}

TEST(Difference, OfDuplicatesTheBetterCounts) {
  EXPECT_EQ(changes(host("10.0.0.1", "silent") + host("10.0.0.1", "alive") + host("10.0.0.1", "unreachable"),
                    "10.0.0.1\n"),
            "");
}

TEST(Difference, ZonesAreComparedByName) {
  EXPECT_EQ(changes("fe80::1%a\nfe80::1%c\n", "fe80::1%b\nfe80::1%c\n"),
            "- fe80::1%a not listed (was alive)\n+ fe80::1%b alive (was not listed)\n");
}

TEST(Difference, AsJson) {
  EXPECT_EQ(
      changes(host("10.0.0.1", "silent", R"("reason":"no-response")"),
              host("10.0.0.1", "alive", R"("reason":"a\"b","rtt_us":0.5)"), {}, json_line),
      R"({"type":"change","change":"came","address":"10.0.0.1","old":{"state":"silent","reason":"no-response"},)"
      R"("new":{"state":"alive","reason":"a\"b","rtt_us":0.5}})"
      "\n");
  EXPECT_EQ(
      changes("10.0.0.0/8\n", "", {}, json_line),
      R"({"type":"change","change":"went","prefix":"10.0.0.0/8","count":16777216,"old":{"state":"alive"},"new":null})"
      "\n");
}

}  // namespace

}  // namespace echosweep::results

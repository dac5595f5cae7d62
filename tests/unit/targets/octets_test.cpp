#include "targets/octets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace echosweep::targets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Range range(std::string_view first, std::string_view last) {
  return {Address::parse(first).value(), Address::parse(last).value()};
}

std::vector<Range> ranges_of(std::string_view text) {
  return parse_octets(text).value();
}

std::string rejection(std::string_view text) {
  const auto ranges = parse_octets(text);
  return ranges ? "accepted" : ranges.error().message;
}

TEST(Octets, TakesListsAndOpenRanges) {
  EXPECT_THAT(ranges_of("198.18.0.1,3,5-6"),
              ElementsAre(range("198.18.0.1", "198.18.0.1"), range("198.18.0.3", "198.18.0.3"),
                          range("198.18.0.5", "198.18.0.6")));
  EXPECT_THAT(ranges_of("198.18.0.250-"), ElementsAre(range("198.18.0.250", "198.18.0.255")));
  EXPECT_THAT(ranges_of("198.18.0.-5"), ElementsAre(range("198.18.0.0", "198.18.0.5")));
  EXPECT_THAT(ranges_of("198.18.0.-"), ElementsAre(range("198.18.0.0", "198.18.0.255")));
  EXPECT_THAT(ranges_of("198.18.0.*"), ElementsAre(range("198.18.0.0", "198.18.0.255")));
  EXPECT_THAT(ranges_of("198.18.0.*,7"), ElementsAre(range("198.18.0.0", "198.18.0.255")));
}

TEST(Octets, SortsAndCountsOverlapsOnce) {
  EXPECT_THAT(ranges_of("198.18.0.9,3-5,4-6,3"),
              ElementsAre(range("198.18.0.3", "198.18.0.6"), range("198.18.0.9", "198.18.0.9")));
  EXPECT_THAT(ranges_of("198.18.0.1,2,3"), ElementsAre(range("198.18.0.1", "198.18.0.3")));
}

TEST(Octets, MergesFullOctetsAtTheEnd) {
  EXPECT_THAT(ranges_of("198.18.*.*"), ElementsAre(range("198.18.0.0", "198.18.255.255")));
  EXPECT_THAT(ranges_of("198.18-19.*.0-255"), ElementsAre(range("198.18.0.0", "198.19.255.255")));
  EXPECT_THAT(ranges_of("198.18.1,3.-"),
              ElementsAre(range("198.18.1.0", "198.18.1.255"), range("198.18.3.0", "198.18.3.255")));
  EXPECT_THAT(ranges_of("*.*.*.*"), ElementsAre(range("0.0.0.0", "255.255.255.255")));
  EXPECT_THAT(ranges_of("10-11.*.*.*"), ElementsAre(range("10.0.0.0", "11.255.255.255")));
}

TEST(Octets, ExpandsEveryCombinationInOrder) {
  EXPECT_THAT(ranges_of("1-2.3,5.7.9-10"),
              ElementsAre(range("1.3.7.9", "1.3.7.10"), range("1.5.7.9", "1.5.7.10"),
                          range("2.3.7.9", "2.3.7.10"), range("2.5.7.9", "2.5.7.10")));
}

TEST(Octets, RefusesMoreRangesThanItsLimit) {
  EXPECT_EQ(ranges_of("1-16.*.*.1").size(), kMaxOctetRanges);
  EXPECT_THAT(rejection("1-17.*.*.1"),
              HasSubstr("'1-17.*.*.1' makes 1114112 separate ranges, above the 1048576 "));
  EXPECT_THAT(rejection("*.*.*.1,3"), HasSubstr("makes 33554432 separate ranges"));
  EXPECT_THAT(rejection("*.*.*.1,3"), HasSubstr("--exclude-file"));
}

TEST(Octets, SaysWhatIsWrong) {
  EXPECT_EQ(rejection("198.18.0.1-300"), "'198.18.0.1-300' has an octet above 255");
  EXPECT_EQ(rejection("198.256.0.*"), "'198.256.0.*' has an octet above 255");
  EXPECT_EQ(rejection("198.18.0.1-99999999999999999999"),
            "'198.18.0.1-99999999999999999999' has an octet above 255");
  EXPECT_EQ(rejection("198.18.0.9-1"), "'198.18.0.9-1' has an octet range that ends before it begins");
  EXPECT_EQ(rejection("198.018.0.1-9"),
            "'198.018.0.1-9' has an octet with a leading zero, which some read as octal: leave it out");
  for (const char* text : {"198.18.0", "198.18.0.1.2-3", "198.18..1-3", "198.18.0.1,", "198.18.0.,1",
                           "198.18.0.1-2-3", "198.18.0.*-3", "198.18.0.", "", "a.b.c.d"}) {
    EXPECT_THAT(rejection(text), HasSubstr("is not an address, a range or a name")) << text;
  }
}

}  // namespace
}  // namespace echosweep::targets

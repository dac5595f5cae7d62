#include "targets/spec.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace echosweep::targets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Range range(std::string_view first, std::string_view last) {
  return {Address::parse(first).value(), Address::parse(last).value()};
}

/// What the word means, on one line: ranges, `single`, `name`.
std::string meaning(const Result<Spec>& spec) {
  if (!spec) {
    return spec.error().message;
  }
  std::string out = spec->name;
  for (const Range& one : spec->ranges) {
    out += to_string(one.first) + " .. " + to_string(one.last);
  }
  return out + (spec->single ? " single" : "");
}

std::string meaning(std::string_view text) {
  return meaning(parse_spec(text));
}

std::string rejection(std::string_view text) {
  const auto spec = parse_spec(text);
  return spec ? "accepted" : spec.error().message;
}

TEST(Spec, TakesSingleAddresses) {
  EXPECT_EQ(meaning("198.18.0.1"), "198.18.0.1 .. 198.18.0.1 single");
  EXPECT_EQ(meaning("0.0.0.0"), "0.0.0.0 .. 0.0.0.0 single");
  EXPECT_EQ(meaning("255.255.255.255"), "255.255.255.255 .. 255.255.255.255 single");
  EXPECT_EQ(meaning("FD00:E5:0:0::1"), "fd00:e5::1 .. fd00:e5::1 single");
  EXPECT_EQ(meaning("::"), ":: .. :: single");
  EXPECT_EQ(meaning("fe80::1%lo"), "fe80::1%lo .. fe80::1%lo single");
  EXPECT_EQ(meaning("fe80::1%1"), "fe80::1%lo .. fe80::1%lo single");
}

TEST(Spec, TakesPrefixesOfBothFamiliesAndMasksHostBits) {
  EXPECT_EQ(meaning("198.18.0.0/24"), "198.18.0.0 .. 198.18.0.255");
  EXPECT_EQ(meaning("198.18.5.77/16"), "198.18.0.0 .. 198.18.255.255");
  EXPECT_EQ(meaning("198.18.0.1/32"), "198.18.0.1 .. 198.18.0.1");
  EXPECT_EQ(meaning("198.18.0.1/31"), "198.18.0.0 .. 198.18.0.1");
  EXPECT_EQ(meaning("1.2.3.4/0"), "0.0.0.0 .. 255.255.255.255");
  EXPECT_EQ(meaning("fd00:e5::77/112"), "fd00:e5:: .. fd00:e5::ffff");
  EXPECT_EQ(meaning("fd00:e5::1/128"), "fd00:e5::1 .. fd00:e5::1");
  EXPECT_EQ(meaning("::/0"), ":: .. ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(meaning("fe80::1%lo/120"), "fe80::%lo .. fe80::ff%lo");
  EXPECT_EQ(meaning("fe80::1/120%lo"), "fe80::%lo .. fe80::ff%lo");
}

TEST(Spec, TakesRangesOfBothFamilies) {
  EXPECT_EQ(meaning("198.18.0.250-198.18.1.3"), "198.18.0.250 .. 198.18.1.3");
  EXPECT_EQ(meaning("198.18.0.1-198.18.0.1"), "198.18.0.1 .. 198.18.0.1");
  EXPECT_EQ(meaning("0.0.0.0-255.255.255.255"), "0.0.0.0 .. 255.255.255.255");
  EXPECT_EQ(meaning("fd00:e5::1-fd00:e5::1:0"), "fd00:e5::1 .. fd00:e5::1:0");
}

TEST(Spec, AZoneAtEitherEndOfARangeHoldsForBoth) {
  EXPECT_EQ(meaning("fe80::1%lo-fe80::9%1"), "fe80::1%lo .. fe80::9%lo");
  EXPECT_EQ(meaning("fe80::1-fe80::9%lo"), "fe80::1%lo .. fe80::9%lo");
  EXPECT_EQ(meaning("fe80::1%lo-fe80::9"), "fe80::1%lo .. fe80::9%lo");
  EXPECT_EQ(rejection("fe80::1%1-fe80::9%999999"),
            "'fe80::1%1-fe80::9%999999' begins in one zone and ends in another");
}

TEST(Spec, TakesOctetForms) {
  const auto spec = parse_spec("198.18.3-5,7.1-254");
  ASSERT_TRUE(spec);
  EXPECT_THAT(spec->ranges,
              ElementsAre(range("198.18.3.1", "198.18.3.254"), range("198.18.4.1", "198.18.4.254"),
                          range("198.18.5.1", "198.18.5.254"), range("198.18.7.1", "198.18.7.254")));
  EXPECT_FALSE(spec->single);
  EXPECT_EQ(meaning("198.18.0.10-"), "198.18.0.10 .. 198.18.0.255");
}

TEST(Spec, TakesNames) {
  for (const char* name : {"localhost", "host.example.org", "a", "3com.example", "_dns.example",
                           "x-1.y_2.example.", "10.example", "0xg", "1e100.net", "dead.beef", "10.0.0.1a"}) {
    const auto spec = parse_spec(name);
    ASSERT_TRUE(spec) << name << ": " << spec.error().message;
    EXPECT_EQ(spec->name, name);
    EXPECT_TRUE(spec->ranges.empty());
    EXPECT_FALSE(spec->single);
  }
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
                              "." + std::string(61, 'd');
  EXPECT_EQ(meaning(longest), longest);
  EXPECT_EQ(meaning(longest + "."), longest + ".");
  EXPECT_THAT(rejection(longest + "d"), HasSubstr("is too long for a name"));
}

TEST(Spec, RefusesWhatIsNothing) {
  for (const char* text : {"",
                           "10.0.0.300",
                           "10.0.0",
                           "10.0.0.0.1",
                           "10",
                           "1.2.3.4.",
                           ".1.2.3.4",
                           "...",
                           "-",
                           "*",
                           ",",
                           "1.2.3.4-1.2.3",
                           "1.2.3.4-1.2.3.4-1.2.3.4",
                           "1.2.3,.4",
                           "1.2..4-5",
                           "1.2.3.4,",
                           "1.2.3.1-2-3",
                           "1.2.3.**",
                           "010.0.0.1",
                           ":",
                           ":::",
                           "1::2::3",
                           "fd00:e5::g",
                           "fd00:e5::1%",
                           "fd00:e5::1-",
                           "-fd00:e5::1",
                           "fd00:e5::1-host",
                           "host:80",
                           "fe80::%lo%lo",
                           "198.18.0.1%lo",
                           "a..b",
                           ".a",
                           "-a.example",
                           "a-.example",
                           "a b",
                           "a!b",
                           "a/",
                           "/",
                           "/24",
                           "//",
                           "1.2.3.4/24/24",
                           "1.2.3.4-5/24",
                           "host%lo/24",
                           "%lo"}) {
    EXPECT_FALSE(parse_spec(text)) << text;
  }
  EXPECT_EQ(rejection("10.0.0.300"), "'10.0.0.300' is not an address, a range or a name");
  EXPECT_EQ(rejection("10.0.0"), "'10.0.0' is not an address, a range or a name");
  EXPECT_EQ(rejection("a!b"), "'a!b' is not an address, a range or a name");
  EXPECT_EQ(rejection(""), "'' is not an address, a range or a name");
  EXPECT_EQ(rejection(std::string(64, 'a')),
            fmt::format("'{:a>64}' is not an address, a range or a name", ""));
  EXPECT_EQ(rejection(std::string_view("host\0.example", 13)),
            "'host\\x00.example' is not an address, a range or a name");
}

TEST(Spec, NeverTakesForANameWhatTheResolverTakesForANumber) {
  for (const char* text : {"0x7f.1", "0x7f000001", "0X7F", "0x", "127.1", "host.1", "host.0x1", "1.0x1."}) {
    EXPECT_FALSE(parse_spec(text)) << text;
  }
}

TEST(Spec, SaysWhatIsWrongWithAPrefix) {
  EXPECT_EQ(rejection("198.18.0.0/33"), "'198.18.0.0/33' has a prefix length above 32");
  EXPECT_EQ(rejection("198.18.0.0/99999999999"), "'198.18.0.0/99999999999' has a prefix length above 32");
  EXPECT_EQ(rejection("fd00:e5::/129"), "'fd00:e5::/129' has a prefix length above 128");
  EXPECT_EQ(rejection("198.18.0.0/"), "'198.18.0.0/' has a prefix length that is not a number");
  EXPECT_EQ(rejection("198.18.0.0/08"), "'198.18.0.0/08' has a prefix length that is not a number");
  EXPECT_EQ(rejection("198.18.0.0/-1"), "'198.18.0.0/-1' has a prefix length that is not a number");
  EXPECT_EQ(rejection("198.18.0.0/255.255.0.0"),
            "'198.18.0.0/255.255.0.0' has a prefix length that is not a number");
  EXPECT_EQ(rejection("host.example/24"),
            "'host.example/24' has a prefix length behind a name: only an address takes one");
  EXPECT_EQ(rejection("10.0.0.300/24"), "'10.0.0.300/24' is not an address, a range or a name");
  EXPECT_EQ(rejection("fe80::%lo/64%lo"), "'fe80::%lo/64%lo' has two zones");
  EXPECT_EQ(rejection("198.18.0.0/24%lo"), "'198.18.0.0/24%lo' is not an address, a range or a name");
}

TEST(Spec, SaysWhatIsWrongWithARange) {
  EXPECT_EQ(rejection("198.18.0.9-198.18.0.1"), "'198.18.0.9-198.18.0.1' ends before it begins");
  EXPECT_EQ(rejection("fd00:e5::9-fd00:e5::1"), "'fd00:e5::9-fd00:e5::1' ends before it begins");
  EXPECT_EQ(rejection("198.18.0.1-fd00:e5::1"),
            "'198.18.0.1-fd00:e5::1' begins in one address family and ends in the other");
  EXPECT_EQ(rejection("198.18.0.1-198.18.0.300"),
            "'198.18.0.1-198.18.0.300' is not an address, a range or a name");
}

TEST(Spec, SaysThatAnInterfaceIsMissing) {
  for (const char* text : {"fe80::1%nosuch0", "fe80::1%no-such", "fe80::/64%nosuch0", "fe80::%nosuch0/64",
                           "fe80::1%nosuch0-fe80::9", "fe80::1-fe80::9%nosuch0"}) {
    EXPECT_EQ(rejection(text), fmt::format("'{}' names an interface that this machine does not have", text));
  }
}

TEST(Spec, TellsHowToWriteAnInternationalName) {
  EXPECT_EQ(rejection("m\xc3\xbcller.example"),
            "'m\\xc3\\xbcller.example' has a character beyond ASCII: write an international name as xn--...");
}

TEST(Generate, LeavesOutBothEndsOfAPrefix) {
  EXPECT_EQ(meaning(parse_generate("198.18.0.77/24")), "198.18.0.1 .. 198.18.0.254");
  EXPECT_EQ(meaning(parse_generate("198.18.0.0/30")), "198.18.0.1 .. 198.18.0.2");
  EXPECT_EQ(meaning(parse_generate("198.18.0.1/31")), "198.18.0.0 .. 198.18.0.1");
  EXPECT_EQ(meaning(parse_generate("198.18.0.1/32")), "198.18.0.1 .. 198.18.0.1");
  EXPECT_EQ(meaning(parse_generate("0.0.0.0/0")), "0.0.0.1 .. 255.255.255.254");
  EXPECT_EQ(meaning(parse_generate("fd00:e5::/126")), "fd00:e5::1 .. fd00:e5::2");
  EXPECT_EQ(meaning(parse_generate("fd00:e5::/127")), "fd00:e5:: .. fd00:e5::1");
  EXPECT_EQ(meaning(parse_generate("::/0")), "::1 .. ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
  EXPECT_EQ(meaning(parse_generate("fe80::/120%lo")), "fe80::1%lo .. fe80::fe%lo");
}

TEST(Generate, IncludesBothEndsOfARange) {
  EXPECT_EQ(meaning(parse_generate("198.18.0.0", "198.18.1.255")), "198.18.0.0 .. 198.18.1.255");
  EXPECT_EQ(meaning(parse_generate("fd00:e5::", "fd00:e5::ff")), "fd00:e5:: .. fd00:e5::ff");
  EXPECT_EQ(meaning(parse_generate("198.18.0.7", "198.18.0.7")), "198.18.0.7 .. 198.18.0.7");
}

TEST(Generate, SaysWhatIsWrong) {
  EXPECT_EQ(meaning(parse_generate("198.18.0.1")), "'198.18.0.1' is not a CIDR: -g takes one, or START END");
  EXPECT_EQ(meaning(parse_generate("198.18.0.0/40")), "'198.18.0.0/40' has a prefix length above 32");
  EXPECT_EQ(meaning(parse_generate("host", "198.18.0.1")),
            "'host' is not an address: -g takes START END, or one CIDR");
  EXPECT_EQ(meaning(parse_generate("198.18.0.1", "9")),
            "'9' is not an address: -g takes START END, or one CIDR");
  EXPECT_EQ(meaning(parse_generate("198.18.0.9", "198.18.0.1")),
            "'198.18.0.9-198.18.0.1' ends before it begins");
  EXPECT_EQ(meaning(parse_generate("198.18.0.9", "::1")),
            "'198.18.0.9-::1' begins in one address family and ends in the other");
}

TEST(InQuotes, IsFitForATerminal) {
  EXPECT_EQ(in_quotes("plain"), "'plain'");
  EXPECT_EQ(in_quotes("\x1b[31m\x7f\t\xff"), "'\\x1b[31m\\x7f\\x09\\xff'");
  EXPECT_EQ(in_quotes(std::string(80, 'x')), fmt::format("'{:x>80}'", ""));
  EXPECT_EQ(in_quotes(std::string(81, 'x')), fmt::format("'{:x>80}...'", ""));
}

}  // namespace
}  // namespace echosweep::targets

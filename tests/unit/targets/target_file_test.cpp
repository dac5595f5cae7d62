#include "targets/target_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "targets/permutation.hpp"
#include "targets/target_set.hpp"

namespace echosweep::targets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What was read, as `LINE:WHAT`; bad lines apart.
struct Read {
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

Read read(std::string_view text) {
  Read out;
  parse_target_lines(
      text, {.on_address =
                 [&](const Address& address, std::size_t line) {
                   out.good.push_back(fmt::format("{}:{}", line, to_string(address)));
                 },
             .on_spec =
                 [&](Spec&& spec, std::size_t line) {
                   std::string what = spec.name;
                   for (const Range& range : spec.ranges) {
                     what += fmt::format("[{} {}]", to_string(range.first), to_string(range.last));
                   }
                   out.good.push_back(fmt::format("{}:{}", line, what));
                 },
             .on_bad = [&](BadLine&& bad) { out.bad.push_back(fmt::format("{}:{}", bad.line, bad.why)); }});
  return out;
}

TEST(TargetFile, ReadsOneTargetALine) {
  const Read got = read("198.18.0.1\n198.18.1.0/30\nhost.example\nfd00:e5::1\n198.18.2.1,3\n");
  EXPECT_THAT(got.good, ElementsAre("1:198.18.0.1", "2:[198.18.1.0 198.18.1.3]", "3:host.example",
                                    "4:fd00:e5::1", "5:[198.18.2.1 198.18.2.1][198.18.2.3 198.18.2.3]"));
  EXPECT_THAT(got.bad, IsEmpty());
}

TEST(TargetFile, TakesTheFirstWordAndSkipsCommentsAndBlankLines) {
  const Read got = read(
      "# head\n\n  \t\n \t198.18.0.1 gateway 198.18.0.9\n198.18.0.2# tight\n198.18.0.3 # loose\n#198.18.0.4");
  EXPECT_THAT(got.good, ElementsAre("4:198.18.0.1", "5:198.18.0.2", "6:198.18.0.3"));
  EXPECT_THAT(got.bad, IsEmpty());
}

TEST(TargetFile, ReadsWindowsFilesAndALastLineWithoutNewline) {
  const Read got = read(
      "\xef\xbb\xbf"
      "198.18.0.1\r\n\r\nhost.example\r\n198.18.0.2");
  EXPECT_THAT(got.good, ElementsAre("1:198.18.0.1", "3:host.example", "4:198.18.0.2"));
  EXPECT_THAT(got.bad, IsEmpty());
}

TEST(TargetFile, TakesAByteOrderMarkAtTheStartOnly) {
  EXPECT_THAT(read("198.18.0.1\n\xef\xbb\xbf"
                   "198.18.0.2\n")
                  .bad,
              ElementsAre(HasSubstr("2:'\\xef\\xbb\\xbf198.18.0.2'")));
  EXPECT_THAT(read("\xef\xbb\xbf").good, IsEmpty());
  EXPECT_THAT(read("").good, IsEmpty());
}

TEST(TargetFile, ReportsEveryBadLineAndReadsOn) {
  const Read got = read("10.0.0.300\n198.18.0.1\n198.18.0.0/33 x\nwhat?\n198.18.0.2\n");
  EXPECT_THAT(got.good, ElementsAre("2:198.18.0.1", "5:198.18.0.2"));
  EXPECT_THAT(got.bad, ElementsAre("1:'10.0.0.300' is not an address, a range or a name",
                                   "3:'198.18.0.0/33' has a prefix length above 32",
                                   "4:'what?' is not an address, a range or a name"));
}

TEST(TargetFile, RefusesBytesThatWouldHideTargets) {
  using namespace std::string_view_literals;
  EXPECT_THAT(read("198.18.0.1\0\n198.18.0.2\n"sv).bad,
              ElementsAre(HasSubstr("1:the line holds a NUL byte")));
  EXPECT_THAT(read("198.18.0.1 # \0\n"sv).bad, ElementsAre(HasSubstr("1:the line holds a NUL byte")));
  EXPECT_THAT(read("198.18.0.1\r198.18.0.2\r").bad,
              ElementsAre(HasSubstr("1:the line holds a carriage return")));
}

TEST(TargetFile, RefusesOverlongLines) {
  const std::string address = "198.18.0.1 ";
  const std::string longest = address + std::string(kLongestLine - address.size(), 'x');
  EXPECT_THAT(read(longest + "\n").good, ElementsAre("1:198.18.0.1"));
  const Read got = read(longest + "x\n198.18.0.2\n");
  EXPECT_THAT(got.good, ElementsAre("2:198.18.0.2"));
  EXPECT_THAT(got.bad, ElementsAre("1:a line of 4097 bytes is longer than the 4096 that are taken"));
}

TEST(TargetFile, HandsOutSingleAddressesApart) {
  std::size_t addresses = 0;
  std::size_t specs = 0;
  parse_target_lines("198.18.0.1\nfe80::1%lo\nff02::1\n198.18.0.1/32\n198.18.0.1-198.18.0.1\n",
                     {.on_address = [&](const Address&, std::size_t) { ++addresses; },
                      .on_spec =
                          [&](Spec&& spec, std::size_t) {
                            EXPECT_FALSE(spec.single);
                            ++specs;
                          },
                      .on_bad = [](BadLine&& bad) { FAIL() << bad.why; }});
  EXPECT_EQ(addresses, 3U);
  EXPECT_EQ(specs, 2U);
}

TEST(TargetFile, AMillionLinesMakeAMillionTargetsInTheirOrder) {
  constexpr std::uint64_t kLines = 1'000'000;
  const Permutation shuffled(kLines, 42);
  std::string text;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    text += to_string(Address::v4(static_cast<std::uint32_t>(0x0a000000 + shuffled.at(i))));
    text += '\n';
  }
  TargetSetBuilder builder;
  std::uint64_t lines = 0;
  parse_target_lines(text, {.on_address =
                                [&](const Address& address, std::size_t) {
                                  builder.add({address, address}, true);
                                  ++lines;
                                },
                            .on_spec = [](Spec&&, std::size_t) { FAIL(); },
                            .on_bad = [](BadLine&& bad) { FAIL() << bad.why; }});
  EXPECT_EQ(lines, kLines);
  const TargetSet set = builder.build().value();
  ASSERT_EQ(set.size(), kLines);
  EXPECT_EQ(set.counts().duplicates, 0U);
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    const Address address = Address::v4(static_cast<std::uint32_t>(0x0a000000 + shuffled.at(i)));
    wrong += set.at(i) == address && set.find(address) == i ? 0U : 1U;
  }
  EXPECT_EQ(wrong, 0U);
}

TEST(TargetFile, ComesInPieces) {
  std::vector<std::size_t> lines;
  const LineHandlers handlers = {
      .on_address = [&](const Address&, std::size_t line) { lines.push_back(line); },
      .on_spec = [](Spec&&, std::size_t) {},
      .on_bad = [&](BadLine&& bad) { lines.push_back(1000 + bad.line); }};
  const std::size_t second = parse_target_lines("\xef\xbb\xbf 198.18.0.1\n\n198.18.0.2\n", handlers);
  EXPECT_EQ(second, 4U);
  EXPECT_EQ(parse_target_lines("", handlers, second), 4U);
  // A byte order mark stands at the beginning of a file, and nowhere else.
  EXPECT_EQ(parse_target_lines("198.18.0.3\n\xef\xbb\xbf!", handlers, second), 6U);
  EXPECT_EQ(parse_target_lines("\xef\xbb\xbf"
                               "198.18.0.4",
                               handlers, 6),
            7U);
  EXPECT_THAT(lines, ElementsAre(1, 3, 4, 1005, 1006));
}

}  // namespace
}  // namespace echosweep::targets

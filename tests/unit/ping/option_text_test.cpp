#include "lines.hpp"

namespace echosweep::ping {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::string words(OptionText& text, const Bytes& options) {
  return text_of([&](report::Line& line) { text.append(line, options, plain_name); });
}
std::string words(const Bytes& options) {
  OptionText text;
  return words(text, options);
}

/// A record route option with room for three, of which two are filled in.
const Bytes kRoute = {7, 15, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0, 0, 0, 0, 0};

TEST(OptionText, ListsARecordedRoute) {
  EXPECT_EQ(words(kRoute), "\nRR: \t192.0.2.1\n\t192.0.2.2\n");
}

TEST(OptionText, SaysWhenTheRouteIsTheSame) {
  OptionText text;
  (void)words(text, kRoute);
  EXPECT_EQ(words(text, kRoute), "\t(same route)");
  Bytes other = kRoute;
  other[6] = 9;
  EXPECT_EQ(words(text, other), "\nRR: \t192.0.2.9\n\t192.0.2.2\n");
}

TEST(OptionText, SaysNothingOfARouteThatNobodyFilledIn) {
  EXPECT_EQ(words({7, 7, 4, 0, 0, 0, 0, 0}), "");
}

TEST(OptionText, CountsTimesFromTheOneBefore) {
  // Three times, one hop more.
  EXPECT_EQ(words({68, 16, 17, 0x10, 0, 0, 3, 232, 0, 0, 3, 233, 0, 0, 3, 231}),
            "\nTS: \t1000 absolute\n\t1\n\t-2\nUnrecorded hops: 1\n");
}

TEST(OptionText, SaysWhoseTimesTheyAre) {
  EXPECT_EQ(words({68, 20, 13, 1, 192, 0, 2, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0}),
            "\nTS: \t192.0.2.1\t5 absolute\n");
}

TEST(OptionText, MarksTimesThatAreNotMillisecondsSinceMidnight) {
  EXPECT_EQ(words({68, 12, 13, 0, 0x80, 0, 0, 9, 0x80, 0, 0, 11}),
            "\nTS: \t9 absolute not-standard\n\t2 not-standard\n");
}

TEST(OptionText, KnowsSourceRoutes) {
  EXPECT_EQ(words({131, 7, 8, 192, 0, 2, 1, 0}), "\nLSRR: \t192.0.2.1\n");
  EXPECT_EQ(words({137, 7, 8, 0, 0, 0, 0, 0}), "\nSSRR: \t0.0.0.0\n");
  EXPECT_EQ(words({1, 148, 4, 0, 0}), "\nNOP\nunknown option 94");
}

TEST(OptionText, StaysWithinWhatIsThere) {
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{7, 68, 131}) {
    for (int pointer = 0; pointer < 256; ++pointer) {
      for (std::uint8_t length = 0; length < 12; ++length) {
        Bytes option = {type, length, static_cast<std::uint8_t>(pointer), 0xf1, 1, 2, 3, 4};
        (void)words(option);
        option.resize(3);
        (void)words(option);
      }
    }
  }
  EXPECT_EQ(words({7, 7, 255, 192, 0, 2, 1, 0}), "\nRR: \t192.0.2.1\n")
      << "a pointer behind the option's end";
}

}  // namespace
}  // namespace echosweep::ping

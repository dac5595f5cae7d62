#include "map/terminal_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "map/palette.hpp"
#include "survey.hpp"

namespace echosweep::map {
namespace {

std::string drawn(const TerminalSize& size) {
  const auto survey = example_survey();
  return draw_terminal(survey->grid(), survey->summary(), size);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

/// Columns that a line takes: escape sequences none, and a character of several bytes one.
std::size_t width_of(const std::string& line) {
  const std::string plain = std::regex_replace(line, std::regex("\x1b\\[[0-9;]*m"), "");
  return static_cast<std::size_t>(std::ranges::count_if(
      plain, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

TEST(TerminalMap, InShades) {
  EXPECT_EQ(drawn({.columns = 40, .rows = 24}),
            "192.0.2.0/24\n"
            "240 targets, 2026-03-01 09:30 UTC, 1.5 s\n"
            "192.0.2.0/26    192.0.2.64/26\n"
            "··░░@@··························\n"
            "██▒▒····························\n"
            "································\n"
            "································\n"
            "xx······??······················\n"
            "································\n"
            "································\n"
            "································\n"
            "192.0.2.192/26  192.0.2.128/26\n"
            "································\n"
            "································\n"
            "································\n"
            "································\n"
            "        ························\n"
            "        ························\n"
            "        ························\n"
            "        ························\n"
            "alive 4    1 ms ██▓▓▒▒░░ 100 ms\n"
            "@@ untimed  xx unreachable 1\n"
            "?? unsent 1  ·· silent 234\n");
}

TEST(TerminalMap, InColour) {
  const auto lines = lines_of(drawn({.columns = 20, .rows = 0, .colour = true}));
  // Two rows of spots a line: above 0 3 4 5 …, below 1 2 7 6 …
  const RttScale scale(std::chrono::milliseconds(1), std::chrono::milliseconds(100));
  const auto number = [](Rgb colour) { return std::to_string(nearest_of_256(colour)); };
  const std::string silent = number(kSilentColour);
  const std::string first = "\x1b[38;5;" + silent + ";48;5;" + std::to_string(rtt_colour_number(0)) + "m▀";
  const auto line = std::ranges::find_if(
      lines, [](const std::string& text) { return text.find("▀") != std::string::npos; });
  ASSERT_NE(line, lines.end());
  EXPECT_TRUE(line->starts_with(first)) << *line;
  EXPECT_TRUE(line->ends_with("\x1b[0m"));
  EXPECT_EQ(width_of(*line), 16U);
  EXPECT_EQ(std::ranges::count_if(
                lines, [](const std::string& text) { return text.find("▀") != std::string::npos; }),
            8);
}

TEST(TerminalMap, ShortensNamesThatHaveNoRoom) {
  const auto lines = lines_of(drawn({.columns = 20, .rows = 0, .colour = true}));
  EXPECT_NE(std::ranges::find(lines, ".0/26   .64/26"), lines.end());
  EXPECT_NE(std::ranges::find(lines, ".192/26 .128/26"), lines.end());
}

TEST(TerminalMap, FitsTheWindow) {
  for (const std::size_t columns : {40U, 80U, 120U, 200U, 300U}) {
    for (const std::size_t rows : {24U, 50U, 80U}) {
      for (const bool colour : {false, true}) {
        const auto lines = lines_of(drawn({.columns = columns, .rows = rows, .colour = colour}));
        EXPECT_LT(lines.size(), rows) << columns << 'x' << rows;
        for (const std::string& line : lines) {
          EXPECT_LE(width_of(line), columns) << line;
        }
      }
    }
  }
}

TEST(TerminalMap, IsAsLargeAsTheWindowAllows) {
  const auto wide = lines_of(drawn({.columns = 200, .rows = 0, .colour = true}));
  // 12 columns a cell: 192 of 200.
  EXPECT_EQ(width_of(*std::ranges::find_if(
                wide, [](const auto& line) { return line.find("▀") != std::string::npos; })),
            192U);
}

TEST(TerminalMap, OfALargeSpaceMergesCells) {
  const Address base = Address::v4(0x0a000000);
  const auto survey = Survey::of({{base, base.plus(0xffffff)}});
  report::Record record;
  record.address = base.plus(0x800000);
  record.state = report::State::kAlive;
  survey->record(record);
  const auto lines = lines_of(draw_terminal(survey->grid(), survey->summary(), {.columns = 80, .rows = 50}));
  EXPECT_EQ(lines.front(), "10.0.0.0/8  16,777,216 targets");
  EXPECT_NE(std::ranges::find_if(
                lines, [](const auto& line) { return line.find("each spot a /18") != std::string::npos; }),
            lines.end());
  EXPECT_EQ(
      std::ranges::count_if(lines, [](const auto& line) { return line.find("·@@·") != std::string::npos; }),
      1);
}

TEST(TerminalMap, OfATinyWindowIsAsSmallAsItGets) {
  const auto lines = lines_of(drawn({.columns = 10, .rows = 5}));
  EXPECT_GT(lines.size(), 16U);
}

}  // namespace
}  // namespace echosweep::map

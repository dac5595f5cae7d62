#include "map/font.hpp"

#include <gtest/gtest.h>

#include <map>

#include "map/canvas.hpp"

namespace echosweep::map {
namespace {

TEST(Font, HasAGlyphOfItsOwnForEachCharacter) {
  std::map<Glyph, char> seen;
  for (char character = ' '; character <= '~'; ++character) {
    const auto [other, is_new] = seen.emplace(glyph_of(character), character);
    EXPECT_TRUE(is_new) << character << " looks like " << other->second;
  }
}

TEST(Font, ShowsAQuestionMarkForWhatItLacks) {
  EXPECT_EQ(glyph_of('\n'), glyph_of('?'));
  EXPECT_EQ(glyph_of('\x7f'), glyph_of('?'));
  EXPECT_EQ(glyph_of('\xc3'), glyph_of('?'));
}

TEST(Font, KnowsHowWideATextIs) {
  EXPECT_EQ(text_width("", 2), 0);
  EXPECT_EQ(text_width("1", 1), 5);
  EXPECT_EQ(text_width("10/8", 2), 46);
}

TEST(Canvas, WritesTextWhereItIsTold) {
  Canvas canvas(20, 12, {0, 0, 0});
  canvas.write(1, 2, "L1", 1, {255, 255, 255});
  std::string drawn;
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 13; ++x) {
      drawn += canvas.at(x, y) == Rgb{255, 255, 255} ? '#' : '.';
    }
    drawn += '\n';
  }
  EXPECT_EQ(drawn,
            ".............\n"
            ".............\n"
            ".#.......#...\n"
            ".#......##...\n"
            ".#.....#.#...\n"
            ".#.......#...\n"
            ".#.......#...\n"
            ".#.......#...\n"
            ".#####.#####.\n"
            ".............\n"
            ".............\n"
            ".............\n");
}

TEST(Canvas, LosesWhatIsBeyondItsEdges) {
  Canvas canvas(4, 3, {0, 0, 0});
  canvas.fill({.x = -5, .y = -5, .width = 100, .height = 7}, {9, 9, 9});
  canvas.fill({.x = 50, .y = 0, .width = 5, .height = 5}, {1, 1, 1});
  canvas.set(4, 0, {1, 1, 1});
  canvas.set(0, -1, {1, 1, 1});
  canvas.write(-3, -3, "####", 3, {9, 9, 9});
  EXPECT_EQ(canvas.at(3, 1), (Rgb{9, 9, 9}));
  EXPECT_EQ(canvas.pixels().size(), 12U);
}

}  // namespace
}  // namespace echosweep::map

#include "map/picture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "decoded_png.hpp"
#include "map/font.hpp"
#include "map/png_writer.hpp"
#include "survey.hpp"

namespace echosweep::map {
namespace {

using namespace std::chrono_literals;

bool meet(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

Grid grid_of(const char* base, int length) {
  return Grid(Prefix{*Address::parse(base), length});
}

TEST(Picture, HasTheRightPixelsAtTheRightPlaces) {
  const auto survey = example_survey();
  const auto bytes = encode_png(draw_picture(survey->grid(), survey->summary()));
  ASSERT_TRUE(bytes);
  const DecodedPng png = decode_png(*bytes);
  ASSERT_GT(png.width, 1024);
  const PictureLayout layout(survey->grid());
  const RttScale scale = RttScale::of(survey->grid(), 8);
  for (std::uint64_t i = 0; i < 256; ++i) {
    const Rgb expected = i == 1    ? rtt_colour(scale.position(1ms))
                         : i == 2  ? rtt_colour(scale.position(10ms))
                         : i == 3  ? rtt_colour(scale.position(100ms))
                         : i == 4  ? kUntimedColour
                         : i == 16 ? kUnreachableColour
                         : i == 32 ? kUnsentColour
                         : i < 240 ? kSilentColour
                                   : kUnsweptColour;
    const Box cell = layout.cell(i);
    // Beside the number in the middle, within the frame, off the hatching.
    EXPECT_EQ(png.at(cell.x + 5, cell.y + 8), expected) << i;
  }
}

TEST(Picture, CellsLieOnTheCurve) {
  // The first block of a /24, as drawn by hand in hilbert_test.cpp: 0 3 4 5 are its upper row.
  const PictureLayout layout(grid_of("192.0.2.0", 24));
  const Box first = layout.cell(0);
  EXPECT_EQ(layout.cell(3).x, first.x + 64);
  EXPECT_EQ(layout.cell(3).y, first.y);
  EXPECT_EQ(layout.cell(5).x, first.x + 3 * 64);
  EXPECT_EQ(layout.cell(15).x, first.x);
  EXPECT_EQ(layout.cell(15).y, first.y + 3 * 64);
}

class PictureOfSize : public testing::TestWithParam<int> {};

TEST_P(PictureOfSize, KeepsNamesOffTheCells) {
  const Grid grid = grid_of("0.0.0.0", GetParam());
  const PictureLayout layout(grid);
  const std::uint64_t blocks = std::uint64_t{1} << layout.block_bits();
  const int inner = grid.bits() - layout.block_bits();
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const Box label = layout.label(i);
    EXPECT_LE(text_width(layout.name(i), layout.label_scale()), label.width) << layout.name(i);
    for (std::uint64_t j = 0; j < blocks; ++j) {
      EXPECT_FALSE(j != i && meet(label, layout.label(j))) << i << ' ' << j;
      for (const std::uint64_t cell : {j << inner, ((j + 1) << inner) - 1}) {
        ASSERT_FALSE(meet(label, layout.cell(cell))) << layout.name(i) << " on " << cell;
      }
    }
  }
}

TEST_P(PictureOfSize, NamesEachBlockAboveIt) {
  const Grid grid = grid_of("0.0.0.0", GetParam());
  const PictureLayout layout(grid);
  const int inner = grid.bits() - layout.block_bits();
  const std::uint64_t last = (std::uint64_t{1} << layout.block_bits()) - 1;
  for (const std::uint64_t block : {std::uint64_t{0}, std::uint64_t{1}, last}) {
    int left = 1 << 20;
    int top = 1 << 20;
    for (std::uint64_t cell = block << inner; cell < (block + 1) << inner; ++cell) {
      left = std::min(left, layout.cell(cell).x);
      top = std::min(top, layout.cell(cell).y);
    }
    EXPECT_EQ(left, layout.label(block).x);
    EXPECT_EQ(top, layout.label(block).y + layout.label(block).height);
    EXPECT_EQ(layout.name(block), short_text(grid.space().part(block, layout.block_bits())));
  }
}

TEST_P(PictureOfSize, IsWithinItsFrame) {
  const Grid grid = grid_of("0.0.0.0", GetParam());
  const Canvas canvas = draw_picture(grid, Summary{});
  const Box map = PictureLayout(grid).map();
  EXPECT_GE(map.x, 0);
  EXPECT_LT(map.x + map.width, canvas.width());
  EXPECT_LT(map.y + map.height, canvas.height());
  for (int y = 0; y < canvas.height(); ++y) {
    ASSERT_EQ(canvas.at(canvas.width() - 1, y), kPaper);
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, PictureOfSize,
                         testing::Values(0, 1, 4, 8, 11, 12, 13, 16, 17, 20, 22, 23, 24));

TEST(Picture, OfTheWholeOfIpv4NamesEachSlash8) {
  const PictureLayout layout(grid_of("0.0.0.0", 0));
  EXPECT_EQ(layout.block_bits(), 8);
  EXPECT_EQ(layout.name(198), "198/8");
}

TEST(Picture, FindsRoomForLongNames) {
  const PictureLayout layout(grid_of("2001:db8:1111:2222:3333:4444:5555:0", 112));
  EXPECT_EQ(layout.block_bits(), 4);
  EXPECT_EQ(layout.label_scale(), 1);
}

TEST(Picture, ShowsAllSixLooksInItsLegend) {
  const auto survey = example_survey();
  const Canvas canvas = draw_picture(survey->grid(), survey->summary());
  const Box map = PictureLayout(survey->grid()).map();
  std::set<std::tuple<int, int, int>> seen;
  for (int y = map.y + map.height; y < canvas.height(); ++y) {
    for (int x = 0; x < canvas.width(); ++x) {
      const Rgb colour = canvas.at(x, y);
      seen.emplace(colour.red, colour.green, colour.blue);
    }
  }
  for (const Rgb colour : {rtt_colour(0), rtt_colour(1), kUntimedColour, kUnreachableColour, kUnsentColour,
                           kSilentColour, kUnsweptColour}) {
    EXPECT_TRUE(seen.contains({colour.red, colour.green, colour.blue}))
        << int{colour.red} << ',' << int{colour.green} << ',' << int{colour.blue};
  }
}

}  // namespace
}  // namespace echosweep::map

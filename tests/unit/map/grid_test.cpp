#include "map/grid.hpp"

#include <gtest/gtest.h>

namespace echosweep::map {
namespace {

using namespace std::chrono_literals;
using report::State;

Address addr(const char* text) {
  return *Address::parse(text);
}

Grid grid_of(const char* base, int length) {
  return Grid(Prefix{addr(base), length});
}

TEST(Grid, IsUnsweptWhereThereIsNoTarget) {
  Grid grid = grid_of("192.0.2.0", 24);
  grid.add_targets({addr("192.0.2.4"), addr("192.0.2.6")});
  EXPECT_EQ(grid.bits(), 8);
  EXPECT_EQ(grid.cell_bits(), 0);
  EXPECT_EQ(grid.spot(3).look, Look::kUnswept);
  EXPECT_EQ(grid.spot(4).look, Look::kSilent);
  EXPECT_EQ(grid.spot(6).look, Look::kSilent);
  EXPECT_EQ(grid.spot(7).look, Look::kUnswept);
}

TEST(Grid, ShowsWhatBecameOfEachAddress) {
  Grid grid = grid_of("192.0.2.0", 24);
  grid.add_targets({addr("192.0.2.0"), addr("192.0.2.255")});
  grid.record(addr("192.0.2.1"), State::kAlive, 1500us);
  grid.record(addr("192.0.2.2"), State::kAlive, std::nullopt);
  grid.record(addr("192.0.2.3"), State::kUnreachable, std::nullopt);
  grid.record(addr("192.0.2.4"), State::kUnsent, std::nullopt);
  grid.record(addr("192.0.2.5"), State::kSilent, std::nullopt);
  EXPECT_EQ(grid.spot(1), (Spot{Look::kAlive, 1500us}));
  EXPECT_EQ(grid.spot(2), (Spot{Look::kAlive, std::nullopt}));
  EXPECT_EQ(grid.spot(3).look, Look::kUnreachable);
  EXPECT_EQ(grid.spot(4).look, Look::kUnsent);
  EXPECT_EQ(grid.spot(5).look, Look::kSilent);
}

TEST(Grid, OfALargeSpaceHasAMillionCells) {
  const Grid grid = grid_of("0.0.0.0", 0);
  EXPECT_EQ(grid.bits(), 20);
  EXPECT_EQ(grid.cell_bits(), 12);
}

TEST(Grid, ACellOfManyShowsItsBest) {
  Grid grid = grid_of("10.0.0.0", 8);  // 16 addresses a cell
  grid.add_targets({addr("10.0.0.0"), addr("10.255.255.255")});
  EXPECT_EQ(grid.spot(0).look, Look::kSilent);
  grid.record(addr("10.0.0.1"), State::kUnsent, std::nullopt);
  EXPECT_EQ(grid.spot(0).look, Look::kUnsent);
  grid.record(addr("10.0.0.2"), State::kUnreachable, std::nullopt);
  EXPECT_EQ(grid.spot(0).look, Look::kUnreachable);
  grid.record(addr("10.0.0.3"), State::kAlive, 20ms);
  grid.record(addr("10.0.0.4"), State::kAlive, 10ms);
  grid.record(addr("10.0.0.15"), State::kAlive, 30ms);
  EXPECT_EQ(grid.spot(0), (Spot{Look::kAlive, 10ms}));
  EXPECT_EQ(grid.spot(1).look, Look::kSilent);
}

TEST(Grid, BlocksOfCellsShowTheirBestToo) {
  Grid grid = grid_of("192.0.2.0", 24);
  grid.add_targets({addr("192.0.2.64"), addr("192.0.2.255")});
  grid.record(addr("192.0.2.130"), State::kAlive, 3ms);
  grid.record(addr("192.0.2.190"), State::kAlive, 2ms);
  EXPECT_EQ(grid.spot(0, 2).look, Look::kUnswept);
  EXPECT_EQ(grid.spot(1, 2).look, Look::kSilent);
  EXPECT_EQ(grid.spot(2, 2), (Spot{Look::kAlive, 2ms}));
  EXPECT_EQ(grid.spot(0, 0), (Spot{Look::kAlive, 2ms}));
}

TEST(Grid, TakesRangesThatBeginAndEndWithinCells) {
  Grid grid = grid_of("10.0.0.0", 8);
  grid.add_targets({addr("10.0.0.31"), addr("10.0.0.48")});
  EXPECT_EQ(grid.spot(0).look, Look::kUnswept);
  EXPECT_EQ(grid.spot(1).look, Look::kSilent);
  EXPECT_EQ(grid.spot(2).look, Look::kSilent);
  EXPECT_EQ(grid.spot(3).look, Look::kSilent);
  EXPECT_EQ(grid.spot(4).look, Look::kUnswept);
  // The only target of the cell: no silent one is left in it.
  grid.record(addr("10.0.0.48"), State::kUnsent, std::nullopt);
  EXPECT_EQ(grid.spot(3).look, Look::kUnsent);
}

TEST(Grid, CutsOffWhatIsOutside) {
  Grid grid = grid_of("192.0.2.0", 24);
  grid.add_targets({addr("192.0.0.0"), addr("192.0.2.0")});
  grid.add_targets({addr("192.0.2.255"), addr("192.0.4.0")});
  grid.add_targets({addr("198.18.0.0"), addr("198.18.0.9")});
  grid.add_targets({addr("::1"), addr("::2")});
  grid.record(addr("198.18.0.1"), State::kAlive, 1ms);
  grid.record(addr("::1"), State::kAlive, 1ms);
  EXPECT_EQ(grid.spot(0).look, Look::kSilent);
  EXPECT_EQ(grid.spot(1).look, Look::kUnswept);
  EXPECT_EQ(grid.spot(254).look, Look::kUnswept);
  EXPECT_EQ(grid.spot(255).look, Look::kSilent);
}

TEST(Grid, HoldsAllOfIpv6) {
  Grid grid = grid_of("::", 0);
  grid.add_targets(
      {addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0"), addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")});
  grid.record(addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), State::kAlive, 1ms);
  EXPECT_EQ(grid.spot((1 << 20) - 1), (Spot{Look::kAlive, 1ms}));
  EXPECT_EQ(grid.spot((1 << 20) - 2).look, Look::kUnswept);
  grid.add_targets({addr("::"), addr("fffe::")});
  EXPECT_EQ(grid.spot(0).look, Look::kSilent);
  // So many that they are not counted any more: some stay silent, whatever is told of.
  grid.record(addr("::1"), State::kUnsent, std::nullopt);
  EXPECT_EQ(grid.spot(0).look, Look::kUnsent);
}

}  // namespace
}  // namespace echosweep::map

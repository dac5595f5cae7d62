#include "html/host_table.hpp"

#include <gtest/gtest.h>

namespace echosweep::html {
namespace {

using report::State;

HostRow row(unsigned number, State state) {
  return {.address = Address::v4(number), .name = {}, .state = state, .reason = {}, .rtt = std::nullopt};
}

TEST(HostTable, SortsByAddress) {
  HostTable table;
  table.add(row(3, State::kAlive));
  table.add(row(1, State::kSilent));
  table.add(row(2, State::kAlive));
  EXPECT_FALSE(table.alive_only());
  const auto rows = table.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0]->address, Address::v4(1));
  EXPECT_EQ(rows[2]->address, Address::v4(3));
}

TEST(HostTable, HoldsAsManyAsAPageBears) {
  HostTable table;
  for (unsigned i = 0; i < HostTable::kMost; ++i) {
    table.add(row(i, i % 4 == 0 ? State::kAlive : State::kSilent));
  }
  EXPECT_FALSE(table.alive_only());
  EXPECT_EQ(table.rows().size(), HostTable::kMost);
}

TEST(HostTable, BeyondThatOnlyThoseAlive) {
  HostTable table;
  for (unsigned i = 0; i <= HostTable::kMost; ++i) {
    table.add(row(i, i % 4 == 0 ? State::kAlive : State::kSilent));
  }
  EXPECT_TRUE(table.alive_only());
  EXPECT_EQ(table.hosts(), HostTable::kMost + 1);
  EXPECT_EQ(table.alive(), HostTable::kMost / 4 + 1);
  EXPECT_EQ(table.rows().size(), table.alive());
}

TEST(HostTable, AndOfTheseTheFirst) {
  HostTable table;
  for (unsigned i = 0; i < 2 * HostTable::kMost; ++i) {
    table.add(row(i, State::kAlive));
  }
  EXPECT_EQ(table.alive(), 2 * HostTable::kMost);
  EXPECT_EQ(table.rows().size(), HostTable::kMost);
}

}  // namespace
}  // namespace echosweep::html

#include "targets/interval.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace echosweep::targets {
namespace {

constexpr Uint128 kTop = ~Uint128{0};

Piece v4(std::uint32_t first, std::uint32_t last, std::uint64_t place = 0) {
  return {first, last, place, 0, Family::kIpv4};
}
Piece v6(Uint128 first, Uint128 last, std::uint64_t place = 0, std::uint32_t zone = 0) {
  return {first, last, place, zone, Family::kIpv6};
}

/// `FIRST-LAST@PLACE` each, v6 with `%ZONE`; the top of IPv6 counts down from `top`.
std::string text(const std::vector<Piece>& pieces) {
  const auto number = [](Uint128 value) {
    return value > kTop - 1000 ? fmt::format("top{}", static_cast<int>(value - kTop))
                               : fmt::format("{}", value);
  };
  std::string out;
  for (const Piece& piece : pieces) {
    out += fmt::format("{}{}-{}@{}", out.empty() ? "" : " ", number(piece.first), number(piece.last),
                       piece.place);
    out += piece.family == Family::kIpv6 ? fmt::format("%{}", piece.zone) : "";
  }
  return out;
}

std::string tidied(std::vector<Piece> pieces) {
  tidy(pieces);
  return text(pieces);
}

TEST(Tidy, SortsByFamilyZoneAndNumber) {
  EXPECT_EQ(tidied({v6(1, 2, 0, 7), v6(5, 6, 1), v4(9, 9, 2), v4(3, 4, 3)}), "3-4@3 9-9@2 5-6@1%0 1-2@0%7");
  EXPECT_EQ(tidied({}), "");
}

TEST(Tidy, GivesWhatOverlapsToTheFirstPlace) {
  EXPECT_EQ(tidied({v4(10, 20, 0), v4(15, 30, 1)}), "10-20@0 21-30@1");
  EXPECT_EQ(tidied({v4(10, 20, 1), v4(15, 30, 0)}), "10-14@1 15-30@0");
  EXPECT_EQ(tidied({v4(10, 30, 1), v4(15, 20, 0)}), "10-14@1 15-20@0 21-30@1");
  EXPECT_EQ(tidied({v4(10, 30, 0), v4(15, 20, 1)}), "10-30@0");
  EXPECT_EQ(tidied({v4(1, 9, 3), v4(1, 9, 1), v4(1, 9, 2)}), "1-9@1");
  EXPECT_EQ(tidied({v4(1, 100, 2), v4(10, 90, 1), v4(20, 30, 0), v4(85, 95, 3)}),
            "1-9@2 10-19@1 20-30@0 31-90@1 91-100@2");
}

TEST(Tidy, KeepsNeighboursOfDifferentPlacesApart) {
  EXPECT_EQ(tidied({v4(1, 5, 0), v4(6, 9, 1)}), "1-5@0 6-9@1");
  EXPECT_EQ(tidied({v4(1, 5, 0), v4(6, 9, 1), v4(6, 9, 2)}), "1-5@0 6-9@1");
}

TEST(Tidy, DoesNotMixFamiliesAndZones) {
  EXPECT_EQ(tidied({v4(1, 9, 0), v6(1, 9, 1), v6(1, 9, 2, 3), v6(5, 7, 0, 3)}),
            "1-9@0 1-9@1%0 1-4@2%3 5-7@0%3 8-9@2%3");
}

TEST(Tidy, ReachesTheLastAddressOfEachFamily) {
  EXPECT_EQ(tidied({v6(0, kTop, 1), v6(kTop, kTop, 0), v6(3, kTop, 2), v6(4, 5, 0, 1)}),
            "0-top-1@1%0 top0-top0@0%0 4-5@0%1");
  EXPECT_EQ(tidied({v4(5, 0xffffffff, 1), v4(0xffffffff, 0xffffffff, 0), v6(0, 1, 2)}),
            "5-4294967294@1 4294967295-4294967295@0 0-1@2%0");
}

TEST(Carve, TakesHolesOutAndReturnsThem) {
  std::vector<Piece> pieces = {v4(10, 20, 0), v4(30, 40, 1), v4(50, 60, 2), v4(70, 80, 3)};
  const auto taken =
      carve(pieces, {v4(0, 5), v4(12, 13), v4(15, 35), v4(50, 60), v4(80, 99)}, HoleZone::kSame);
  EXPECT_EQ(text(pieces), "10-11@0 14-14@0 36-40@1 70-79@3");
  EXPECT_EQ(text(taken), "12-13@0 15-20@0 30-35@1 50-60@2 80-80@3");
}

TEST(Carve, ReachesTheLastAddress) {
  std::vector<Piece> pieces = {v6(0, kTop, 0)};
  EXPECT_EQ(text(carve(pieces, {v6(0, 7), v6(kTop, kTop)}, HoleZone::kSame)), "0-7@0%0 top0-top0@0%0");
  EXPECT_EQ(text(pieces), "8-top-1@0%0");
  EXPECT_EQ(text(carve(pieces, {v6(0, kTop)}, HoleZone::kSame)), "8-top-1@0%0");
  EXPECT_EQ(text(pieces), "");
}

TEST(Carve, HeedsZonesAsTold) {
  const std::vector<Piece> holes = {v6(3, 3), v6(5, 5, 0, 2)};
  std::vector<Piece> pieces = {v6(1, 9, 0), v6(1, 9, 1, 2)};
  EXPECT_EQ(text(carve(pieces, holes, HoleZone::kSame)), "3-3@0%0 5-5@1%2");
  pieces = {v6(1, 9, 0), v6(1, 9, 1, 2)};
  EXPECT_EQ(text(carve(pieces, holes, HoleZone::kNone)), "3-3@0%0 3-3@1%2");
}

TEST(CountAddresses, AddsUp) {
  EXPECT_TRUE(count_addresses({v4(1, 9), v4(20, 20), v6(0, 4)}) == 15);
  EXPECT_TRUE(count_addresses({v6(1, kTop)}) == kTop);
}

}  // namespace
}  // namespace echosweep::targets

// The tables against an array with an entry for each address of a small network.
#include "results/host_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "results/snapshot.hpp"

namespace echosweep::results {

namespace {

constexpr std::uint32_t kBase = 0xffffff00;  // up to the last address of all

State state_of(std::uint_fast32_t number) {
  return static_cast<State>(number % 4);
}

/// The best state at each address, worked out one by one.
using Truth = std::map<std::uint32_t, State>;

void note(Truth& truth, std::uint32_t value, State state) {
  const auto [at, added] = truth.emplace(value, state);
  at->second = std::max(at->second, state);
}

TEST(HostTable, KnowsOfEachAddressWhatAnArrayKnows) {
  std::independent_bits_engine<std::mt19937, 32, std::uint32_t> random(7);
  for (int round = 0; round < 500; ++round) {
    HostTable<Key4, PackedHost4> table;
    Truth truth;
    for (unsigned i = random() % 20; i > 0; --i) {
      const std::uint32_t value = kBase + random() % 256;
      const State state = state_of(random());
      table.add(PackedHost4({value}, Verdict(state, std::nullopt, 0)));
      note(truth, value, state);
    }
    for (unsigned i = random() % 6; i > 0; --i) {
      const std::uint32_t first = kBase + random() % 256;
      const std::uint32_t last = first + random() % (0xffffffffU - first + 1);
      const State state = state_of(random());
      table.add(KeyRange<Key4>{{first}, {last}, Verdict(state, std::nullopt, 0), 0});
      for (std::uint64_t value = first; value <= last; ++value) {
        note(truth, static_cast<std::uint32_t>(value), state);
      }
    }
    table.seal([](const auto&, const auto&) {});
    Truth seen;
    const auto walked = for_each_segment(table, [&](Key4 first, const auto& segment) -> Result<void> {
      const Verdict verdict = segment.host != nullptr ? segment.host->verdict() : segment.range->verdict;
      for (std::uint64_t value = first.value; value <= segment.last.value; ++value) {
        EXPECT_TRUE(seen.emplace(static_cast<std::uint32_t>(value), verdict.state()).second);
      }
      return {};
    });
    ASSERT_TRUE(walked);
    ASSERT_EQ(seen, truth) << "round " << round;
  }
}

TEST(HostTable, IsEmptyWhereNothingWasAdded) {
  HostTable<Key6, PackedHost6> table;
  table.seal([](const auto&, const auto&) {});
  TableWalk<Key6, PackedHost6> walk(table);
  const auto segment = walk.at(Key6::lowest());
  EXPECT_EQ(segment.last, Key6::highest());
  EXPECT_EQ(segment.host, nullptr);
}

TEST(HostTable, ZonesFollowOneAnother) {
  EXPECT_EQ(Key6::at(1, ~Uint128{0}).next(), Key6::at(2, 0));
  EXPECT_EQ(Key6::at(2, 0).previous(), Key6::at(1, ~Uint128{0}));
  EXPECT_LT(Key6::at(1, ~Uint128{0}), Key6::at(2, 0));
}

TEST(Prefixes, CoverExactlyWhatTheyShould) {
  std::independent_bits_engine<std::mt19937, 32, std::uint32_t> random(3);
  for (int round = 0; round < 500; ++round) {
    const std::uint32_t first = kBase + random() % 256;
    const std::uint32_t last = first + random() % (0xffffffffU - first + 1);
    std::uint64_t at = first;
    const auto cut = for_each_prefix(Key4{first}, Key4{last},
                                     [&](Key4 block, int bits, std::uint64_t count) -> Result<void> {
                                       EXPECT_EQ(block.value, at);
                                       EXPECT_EQ(count, std::uint64_t{1} << (32 - bits));
                                       EXPECT_EQ(block.value % count, 0U);
                                       at += count;
                                       return {};
                                     });
    ASSERT_TRUE(cut);
    ASSERT_EQ(at, std::uint64_t{last} + 1);
  }
}

TEST(Prefixes, AllOfAFamilyIsOne) {
  int calls = 0;
  const auto cut = for_each_prefix(Key6::at(0, 0), Key6::at(0, ~Uint128{0}),
                                   [&](const Key6&, int bits, std::uint64_t count) -> Result<void> {
                                     ++calls;
                                     EXPECT_EQ(bits, 0);
                                     EXPECT_EQ(count, ~std::uint64_t{0});
                                     return {};
                                   });
  EXPECT_TRUE(cut);
  EXPECT_EQ(calls, 1);
}

}  // namespace

}  // namespace echosweep::results

#include "modes/ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <thread>
#include <vector>

namespace echosweep::modes {
namespace {

constexpr std::array kStates = {State::kUnsent, State::kSilent, State::kUnreachable, State::kAlive};

TEST(Ledger, StartsUnsent) {
  for (const std::uint64_t size : {1U, 31U, 32U, 33U, 100U}) {
    const Ledger ledger(size);
    EXPECT_EQ(ledger.size(), size);
    for (std::uint64_t i = 0; i < size; ++i) {
      ASSERT_EQ(ledger.state(i), State::kUnsent);
    }
    EXPECT_EQ(ledger.count().unsent, size);
    EXPECT_EQ(ledger.alive(), 0U);
  }
}

TEST(Ledger, OnlyRises) {
  for (const State from : kStates) {
    for (const State to : kStates) {
      Ledger ledger(3);
      ledger.raise(1, from);
      EXPECT_EQ(ledger.raise(1, to), from);
      EXPECT_EQ(ledger.state(1), std::max(from, to));
      EXPECT_EQ(ledger.state(0), State::kUnsent) << "a neighbour in the same word";
      EXPECT_EQ(ledger.state(2), State::kUnsent) << "a neighbour in the same word";
    }
  }
}

TEST(Ledger, CountsEachAliveTargetOnce) {
  Ledger ledger(40);
  ledger.raise(39, State::kAlive);
  ledger.raise(39, State::kAlive);
  ledger.raise(39, State::kSilent);
  ledger.raise(3, State::kUnreachable);
  EXPECT_EQ(ledger.alive(), 1U);
}

TEST(Ledger, AgreesWithAnArrayOfStates) {
  std::mt19937 random(1);
  constexpr std::size_t kSize = 1000;
  Ledger ledger(kSize);
  std::vector<State> model(kSize, State::kUnsent);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t index = std::uniform_int_distribution<std::size_t>(0, kSize - 1)(random);
    const State to = kStates[std::uniform_int_distribution<std::size_t>(0, i < 500 ? 3 : 2)(random)];
    ASSERT_EQ(ledger.raise(index, to), model[index]);
    model[index] = std::max(model[index], to);
  }
  for (std::size_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(ledger.state(i), model[i]);
  }
  const auto models = [&](State state) {
    return static_cast<std::uint64_t>(std::ranges::count(model, state));
  };
  const Ledger::Counts counts = ledger.count();
  EXPECT_EQ(counts.unsent, models(State::kUnsent));
  EXPECT_EQ(counts.silent, models(State::kSilent));
  EXPECT_EQ(counts.unreachable, models(State::kUnreachable));
  EXPECT_EQ(counts.alive, models(State::kAlive));
  EXPECT_EQ(ledger.alive(), models(State::kAlive));
}

TEST(Ledger, ARangeIsRaisedAsEachOfItWouldBe) {
  constexpr std::uint64_t kSize = 169;  // up to the last target, in a word that is not full
  for (std::uint64_t first = 0; first < 70; ++first) {
    for (std::uint64_t end = first; end <= first + 100; ++end) {
      Ledger ranges(kSize);
      Ledger one_by_one(kSize);
      for (std::uint64_t i = 0; i < kSize; ++i) {
        const auto before = static_cast<State>((i * 7 + first) % 4);
        ranges.raise(i, before);
        one_by_one.raise(i, before);
      }
      ranges.raise_to_silent(first, end);
      for (std::uint64_t i = first; i < end; ++i) {
        one_by_one.raise(i, State::kSilent);
      }
      ASSERT_EQ(ranges.alive(), one_by_one.alive());
      for (std::uint64_t i = 0; i < kSize; ++i) {
        ASSERT_EQ(ranges.state(i), one_by_one.state(i)) << i << " of " << first << " to " << end;
      }
    }
  }
}

TEST(Ledger, TwoThreadsLoseNothing) {
  // As in a sweep: one thread raises all to silent, by batches, the other some to alive and some to
  // unreachable.
  constexpr std::uint64_t kSize = 200'000;
  Ledger ledger(kSize);
  std::uint64_t first_alive = 0;
  std::thread sender([&] {
    constexpr std::uint64_t kBatch = 25;
    for (std::uint64_t i = 0; i < kSize; i += kBatch) {
      ledger.raise_to_silent(i, i + kBatch);
    }
  });
  std::thread receiver([&] {
    for (std::uint64_t i = 0; i < kSize; ++i) {
      if (i % 3 == 0) {
        first_alive += ledger.raise(i, State::kAlive) != State::kAlive ? 1U : 0U;
      } else if (i % 3 == 1) {
        ledger.raise(i, State::kUnreachable);
      }
    }
  });
  sender.join();
  receiver.join();
  const Ledger::Counts counts = ledger.count();
  EXPECT_EQ(counts.alive, (kSize + 2) / 3);
  EXPECT_EQ(counts.unreachable, (kSize + 1) / 3);
  EXPECT_EQ(counts.silent, kSize / 3);
  EXPECT_EQ(counts.unsent, 0U);
  EXPECT_EQ(ledger.alive(), counts.alive);
  EXPECT_EQ(first_alive, counts.alive);
}

TEST(Ledger, TwoThreadsOnTheSameTargetSeeOneFirst) {
  constexpr std::uint64_t kSize = 100'000;
  Ledger ledger(kSize);
  std::array<std::uint64_t, 2> firsts{};
  std::array<std::thread, 2> threads;
  for (std::size_t t = 0; t < 2; ++t) {
    threads[t] = std::thread([&, t] {
      for (std::uint64_t i = 0; i < kSize; ++i) {
        firsts[t] += ledger.raise(i, State::kUnreachable) != State::kUnreachable ? 1U : 0U;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(firsts[0] + firsts[1], kSize);
  EXPECT_EQ(ledger.count().unreachable, kSize);
}

}  // namespace
}  // namespace echosweep::modes

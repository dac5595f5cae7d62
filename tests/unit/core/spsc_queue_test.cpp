#include "core/spsc_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

namespace echosweep {
namespace {

TEST(SpscQueue, RoundsItsCapacityUp) {
  EXPECT_EQ(SpscQueue<int>(1).capacity(), 1U);
  EXPECT_EQ(SpscQueue<int>(5).capacity(), 8U);
  EXPECT_EQ(SpscQueue<int>(8).capacity(), 8U);
}

TEST(SpscQueue, GivesBackWhatWentInInItsOrder) {
  SpscQueue<int> queue(4);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_TRUE(queue.push(3));
  std::vector<int> out;
  for (int value = 0; queue.pop(value);) {
    out.push_back(value);
  }
  EXPECT_THAT(out, testing::ElementsAre(1, 2, 3));
}

TEST(SpscQueue, RefusesWhatDoesNotFit) {
  SpscQueue<int> queue(2);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_FALSE(queue.push(3));
  int value = 0;
  ASSERT_TRUE(queue.pop(value));
  EXPECT_EQ(value, 1);
  EXPECT_TRUE(queue.push(4));
  ASSERT_TRUE(queue.pop(value));
  EXPECT_EQ(value, 2);
  ASSERT_TRUE(queue.pop(value));
  EXPECT_EQ(value, 4) << "the refused element must not be in there";
}

TEST(SpscQueue, LeavesTheValueAloneWhenEmpty) {
  SpscQueue<int> queue(2);
  int value = 42;
  EXPECT_FALSE(queue.pop(value));
  EXPECT_EQ(value, 42);
}

/// Queues are made for the worst case: what a run does not need of them should cost it nothing.
TEST(SpscQueue, TouchesNoMemoryBeforeItIsUsed) {
  struct Element {
    std::uint64_t number = 1;  // not zero: making one would write it
    std::uint64_t more = 2;
  };
  constexpr std::size_t kElements = 1 << 21;  // 32 MiB, which comes from the kernel as it is
  // An eighth of it is what the address sanitizer writes down about such a piece of memory.
  const auto quarter = static_cast<long>(kElements * sizeof(Element)) / sysconf(_SC_PAGESIZE) / 4;
  const auto faults = [] {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_minflt + used.ru_majflt;
  };
  const long before = faults();
  SpscQueue<Element> queue(kElements);
  EXPECT_TRUE(queue.push({}));
  EXPECT_LE(faults() - before, quarter);
  Element out{.number = 0, .more = 0};
  EXPECT_TRUE(queue.pop(out));
  EXPECT_EQ(out.number, 1U);
}

TEST(SpscQueue, CountsItsFreeSlots) {
  SpscQueue<int> queue(4);
  EXPECT_EQ(queue.free_slots(), 4U);
  int value = 0;
  // More than its capacity in all, so that the counters have passed their first wrap.
  for (int round = 0; round < 5; ++round) {
    for (std::size_t used = 1; used <= 4; ++used) {
      ASSERT_TRUE(queue.push(round));
      EXPECT_EQ(queue.free_slots(), 4 - used);
    }
    while (queue.pop(value)) {
    }
    EXPECT_EQ(queue.free_slots(), 4U);
  }
}

/// What the receiver and main threads do: each element comes out once, in order, whole, however the two
/// threads interleave, and neither waits for more than the other's progress.
TEST(SpscQueue, LosesNothingBetweenTwoThreads) {
  struct Element {
    std::uint64_t number;
    std::uint64_t inverted;  // a torn element does not match its first half
  };
  constexpr std::uint64_t kElements = 500'000;
  SpscQueue<Element> queue(64);
  std::uint64_t refused = 0;
  std::thread producer([&] {
    for (std::uint64_t number = 0; number < kElements;) {
      if (queue.push({number, ~number})) {
        ++number;
      } else {
        ++refused;
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t received = 0;
  std::uint64_t wrong = 0;
  Element element{};
  while (received < kElements) {
    if (queue.pop(element)) {
      wrong += element.number == received && element.inverted == ~received ? 0 : 1;
      ++received;
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_FALSE(queue.pop(element)) << "more came out than went in";
  EXPECT_EQ(queue.free_slots(), queue.capacity());
  RecordProperty("refused", static_cast<int>(refused % std::numeric_limits<int>::max()));
}

/// free_slots() is what holds the sender back: a third thread may ask, and must never hear a number that
/// the queue cannot have.
TEST(SpscQueue, ToldFreeSlotsAreNeverMoreThanThereAre) {
  SpscQueue<int> queue(16);
  std::atomic<bool> done{false};
  std::size_t most = 0;
  std::thread watcher([&] {
    while (!done.load(std::memory_order_acquire)) {
      most = std::max(most, queue.free_slots());
    }
  });
  std::thread consumer([&] {
    int value = 0;
    for (int popped = 0; popped < 200'000;) {
      if (queue.pop(value)) {
        ++popped;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (int pushed = 0; pushed < 200'000;) {
    if (queue.push(pushed)) {
      ++pushed;
    } else {
      std::this_thread::yield();
    }
  }
  consumer.join();
  done.store(true, std::memory_order_release);
  watcher.join();
  EXPECT_LE(most, queue.capacity());
  EXPECT_EQ(queue.free_slots(), queue.capacity());
}

}  // namespace
}  // namespace echosweep

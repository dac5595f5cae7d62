#include "net/xsk_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace echosweep::net {
namespace {

constexpr std::size_t kFrame = 60;
constexpr int kTries = 100'000;

/// Plays xsk_generic_xmit() of Linux 6.18: reads in order, and says how far only after a call that sent
/// something or that found the ring empty.
class FakeKernel final : public XskRings {
 public:
  FakeKernel() : bytes_(std::size_t{kSlots} * kSlotBytes) { memory_ = bytes_; }

  void submit(std::span<const Descriptor> descriptors) override {
    ring_.insert(ring_.end(), descriptors.begin(), descriptors.end());
    EXPECT_LE(ring_.size(), kSlots);
  }
  void withdraw(std::uint32_t count) override { ring_.erase(ring_.end() - count, ring_.end()); }
  int kick() override {
    if (down != 0) {
      return down;
    }
    bool sent = false;
    for (int budget = 64; !ring_.empty(); --budget) {
      const int fate = budget == 0 ? EAGAIN : next_fate ? next_fate() : 0;
      if (fate == EAGAIN || fate == ENOBUFS) {
        published_ = sent ? read_ : published_;
        return fate;
      }
      const Descriptor descriptor = ring_.front();
      ring_.pop_front();
      ++read_;
      completed_.push_back(descriptor.slot);
      if (fate == EBUSY) {
        published_ = sent ? read_ : published_;
        return EBUSY;
      }
      sent = true;
      std::uint64_t number = 0;
      EXPECT_EQ(descriptor.size, kFrame);
      std::memcpy(&number, slot(descriptor.slot).data(), sizeof number);
      ++delivered[number];
    }
    published_ = read_;
    return 0;
  }
  std::uint32_t consumed() const override { return published_; }
  std::size_t complete(std::span<std::uint32_t> slots) override {
    std::size_t count = 0;
    for (; count < slots.size() && completed_.size() > held_back; ++count) {
      slots[count] = completed_.front();
      completed_.pop_front();
    }
    return count;
  }
  bool zero_copy() const override { return zero_copying; }

  std::function<int()> next_fate;  ///< of a descriptor: 0, EAGAIN, ENOBUFS or EBUSY
  int down = 0;
  std::size_t held_back = 0;  ///< completions that come later
  bool zero_copying = false;
  std::map<std::uint64_t, int> delivered;

 private:
  std::vector<std::uint8_t> bytes_;
  std::deque<Descriptor> ring_;
  std::deque<std::uint32_t> completed_;
  std::uint32_t read_ = 0;
  std::uint32_t published_ = 0;
};

class XskQueueTest : public testing::Test {
 protected:
  XskQueueTest() {
    auto owned = std::make_unique<FakeKernel>();
    kernel = owned.get();
    queue = std::make_unique<XskQueue>(std::move(owned), 1514);
  }
  /// Frames with these numbers, to be used before the next call.
  std::span<const OutgoingFrame> frames(std::uint64_t first, std::size_t count) {
    bytes.assign(count, {});
    outgoing.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t number = first + i;
      std::memcpy(bytes[i].data(), &number, sizeof number);
      outgoing.push_back({.bytes = bytes[i], .interface = 1});
    }
    return outgoing;
  }
  void expect_each_once(std::size_t count) const {
    EXPECT_EQ(kernel->delivered.size(), count);
    for (const auto& [number, times] : kernel->delivered) {
      EXPECT_EQ(times, 1) << "frame " << number;
    }
  }

  FakeKernel* kernel;
  std::unique_ptr<XskQueue> queue;
  std::vector<std::array<std::uint8_t, kFrame>> bytes;
  std::vector<OutgoingFrame> outgoing;
};

TEST_F(XskQueueTest, SendsABatchLongerThanItsOwn) {
  const auto result = queue->send(frames(0, 500));
  EXPECT_EQ(result.left, 500U);
  EXPECT_EQ(result.error, 0);
  EXPECT_EQ(queue->flush(), 0U);
  expect_each_once(500);
}

TEST_F(XskQueueTest, EachFrameLeavesOnceWhateverTheKernelSays) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    kernel->delivered.clear();
    kernel->next_fate = [&] {
      const auto dice = random() % 20;
      return dice < 14 ? 0 : dice < 16 ? EAGAIN : dice == 16 ? ENOBUFS : EBUSY;
    };
    std::size_t left = 0;
    for (int tries = 0; left < 5000; ++tries) {
      ASSERT_LT(tries, kTries);
      const auto result = queue->send(frames(left, std::min<std::size_t>(5000 - left, 1 + random() % 200)));
      ASSERT_THAT(result.error, testing::AnyOf(0, EAGAIN, ENOBUFS));
      left += result.left;
    }
    for (int tries = 0; queue->flush() != 0; ++tries) {
      ASSERT_LT(tries, kTries);
    }
    expect_each_once(5000);
  }
}

TEST_F(XskQueueTest, AFrameDroppedFirstIsTheOneSentAgain) {
  int calls = 0;
  kernel->next_fate = [&] { return calls++ < 3 ? EBUSY : 0; };
  EXPECT_EQ(queue->send(frames(0, 4)).left, 4U);
  EXPECT_TRUE(kernel->delivered.empty());
  EXPECT_EQ(queue->flush(), 4U);  // the second is dropped too
  EXPECT_EQ(queue->flush(), 4U);
  EXPECT_EQ(queue->flush(), 0U);
  expect_each_once(4);
}

TEST_F(XskQueueTest, TakesNothingNewWhileOldFramesWait) {
  kernel->next_fate = [] { return EAGAIN; };
  EXPECT_EQ(queue->send(frames(0, 10)).left, 10U);
  const auto refused = queue->send(frames(10, 10));
  EXPECT_EQ(refused.left, 0U);
  EXPECT_EQ(refused.error, EAGAIN);
  EXPECT_EQ(queue->flush(), 10U);
  kernel->next_fate = nullptr;
  EXPECT_EQ(queue->send(frames(10, 10)).left, 10U);
  expect_each_once(20);
}

TEST_F(XskQueueTest, ALostFrameWaitsForItsSlot) {
  bool dropped = false;
  kernel->next_fate = [&] { return std::exchange(dropped, true) ? 0 : EBUSY; };
  kernel->held_back = 1;
  EXPECT_EQ(queue->send(frames(0, 1)).left, 1U);
  EXPECT_EQ(queue->flush(), 1U);
  EXPECT_TRUE(kernel->delivered.empty());
  kernel->held_back = 0;
  EXPECT_EQ(queue->flush(), 0U);
  expect_each_once(1);
}

TEST_F(XskQueueTest, AnInterfaceThatIsDownGetsNothing) {
  kernel->down = ENETDOWN;
  const auto result = queue->send(frames(0, 10));
  EXPECT_EQ(result.left, 0U);
  EXPECT_EQ(result.error, ENETDOWN);
  EXPECT_EQ(queue->flush(), 0U);
  kernel->down = 0;
  EXPECT_EQ(queue->send(frames(0, 10)).left, 10U);
  expect_each_once(10);
}

TEST_F(XskQueueTest, SlowCompletionsAreBackPressure) {
  kernel->held_back = XskRings::kSlots;
  const auto result = queue->send(frames(0, 2000));
  EXPECT_EQ(result.left, std::size_t{XskRings::kSlots});
  EXPECT_EQ(result.error, EAGAIN);
  kernel->held_back = 0;
  EXPECT_EQ(queue->send(frames(XskRings::kSlots, 100)).left, 100U);
  expect_each_once(XskRings::kSlots + 100);
}

TEST_F(XskQueueTest, ZeroCopyWaitsForTheDriverToGiveSlotsBack) {
  kernel->zero_copying = true;
  kernel->held_back = 5;
  EXPECT_EQ(queue->send(frames(0, 100)).left, 100U);
  EXPECT_EQ(queue->flush(), 5U);
  kernel->held_back = 0;
  EXPECT_EQ(queue->flush(), 0U);
  expect_each_once(100);
}

TEST_F(XskQueueTest, RefusesFramesOfTheWrongSize) {
  const std::array<std::uint8_t, 13> runt{};
  const std::array<std::uint8_t, 1515> giant{};
  const auto good = frames(0, 1)[0];
  const std::array first = {good, OutgoingFrame{.bytes = giant, .interface = 1}, good};
  const auto large = queue->send(first);
  EXPECT_EQ(large.left, 1U);
  EXPECT_EQ(large.error, EMSGSIZE);
  const std::array second = {OutgoingFrame{.bytes = runt, .interface = 1}, good};
  const auto small = queue->send(second);
  EXPECT_EQ(small.left, 0U);
  EXPECT_EQ(small.error, EINVAL);
}

}  // namespace
}  // namespace echosweep::net

#include "modes/on_link.hpp"

#include <gtest/gtest.h>

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;

class NothingAttached final : public net::Attached {
 public:
  bool is_attached(const Address& address) override { return address == Address::v4(7); }
  bool learn(std::uint32_t, const Address&, const MacAddress&) override { return true; }
};

MacAddress mac(std::uint64_t number) {
  return MacAddress::from_value(0x02e500000000 + number);
}
ResolvedTarget resolved(std::uint64_t index) {
  return {.index = index, .mac = mac(index)};
}
OnLink::Pending pending(std::uint64_t index) {
  return {.index = index, .mac = mac(index), .received = WallTime(1s)};
}

class OnLinkTest : public testing::Test {
 protected:
  /// The next overdue target's index; nothing: none.
  std::optional<std::uint64_t> overdue(MonotonicTime now) {
    const auto found = on_link_.next_overdue(now, 500ms);
    return found ? std::optional(found->index) : std::nullopt;
  }

  NothingAttached attached_;
  OnLink on_link_{attached_, NeighbourUse::kBoth, 1000, 4};
  const MonotonicTime start_{1000s};
};

TEST_F(OnLinkTest, CoversWhatIsAttached) {
  EXPECT_TRUE(on_link_.covers(Address::v4(7)));
  EXPECT_FALSE(on_link_.covers(Address::v4(8)));
  EXPECT_EQ(on_link_.use(), NeighbourUse::kBoth);
}

TEST_F(OnLinkTest, AQuestionIsAnsweredOnce) {
  EXPECT_FALSE(on_link_.close_question(63)) << "nobody asked";
  on_link_.open_question(63);
  on_link_.open_question(999);
  EXPECT_FALSE(on_link_.close_question(62));
  EXPECT_FALSE(on_link_.close_question(64));
  EXPECT_TRUE(on_link_.close_question(63));
  EXPECT_FALSE(on_link_.close_question(63)) << "a second answer";
  on_link_.open_question(63);
  EXPECT_TRUE(on_link_.close_question(63)) << "asked again by the next pass";
  EXPECT_TRUE(on_link_.close_question(999));
}

TEST_F(OnLinkTest, ResolvedTargetsAreHandedOverInOrderUntilItIsFull) {
  EXPECT_FALSE(on_link_.has_resolved());
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(on_link_.hand_over(resolved(10 + i)), i);
  }
  EXPECT_TRUE(on_link_.has_resolved());
  EXPECT_EQ(on_link_.free_slots(), 0U);
  EXPECT_EQ(on_link_.hand_over(resolved(14)), std::nullopt);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const auto next = on_link_.next_resolved();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->index, 10 + i);
    EXPECT_EQ(next->mac, mac(10 + i));
  }
  EXPECT_FALSE(on_link_.next_resolved());
  EXPECT_EQ(on_link_.hand_over(resolved(15)), 4U);
}

TEST_F(OnLinkTest, AnEchoIsOverdueATimeoutAfterItHasLeft) {
  on_link_.await_echo(pending(10), on_link_.hand_over(resolved(10)));
  EXPECT_EQ(on_link_.pending(), 1U);
  EXPECT_EQ(overdue(start_ + 10s), std::nullopt) << "it is still in the queue";
  on_link_.echo_is_out();
  EXPECT_EQ(overdue(start_ + 20s), std::nullopt) << "seen to be out only now";
  EXPECT_EQ(overdue(start_ + 20s + 499ms), std::nullopt);
  const auto found = on_link_.next_overdue(start_ + 20s + 500ms, 500ms);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->index, 10U);
  EXPECT_EQ(found->mac, mac(10));
  EXPECT_EQ(found->received, WallTime(1s));
  EXPECT_EQ(on_link_.pending(), 0U);
  EXPECT_EQ(overdue(start_ + 30s), std::nullopt) << "told once";
  EXPECT_FALSE(on_link_.echo_came(10));
}

TEST_F(OnLinkTest, WhatCameIsNotOverdueAndHoldsBackNobody) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    on_link_.await_echo(pending(i), on_link_.hand_over(resolved(i)));
    on_link_.echo_is_out();
  }
  EXPECT_EQ(overdue(start_), std::nullopt);
  EXPECT_TRUE(on_link_.echo_came(0));
  EXPECT_FALSE(on_link_.echo_came(0));
  EXPECT_EQ(overdue(start_ + 1s), 1U);
  EXPECT_EQ(overdue(start_ + 1s), 2U);
  EXPECT_EQ(overdue(start_ + 1s), std::nullopt);
}

TEST_F(OnLinkTest, OnesThatFoundNoRoomWaitAsLongAsThoseBeforeThem) {
  for (std::uint64_t i = 0; i < 6; ++i) {  // four have room
    on_link_.await_echo(pending(i), on_link_.hand_over(resolved(i)));
  }
  EXPECT_EQ(on_link_.pending(), 6U);
  for (int i = 0; i < 3; ++i) {
    on_link_.echo_is_out();
  }
  EXPECT_EQ(overdue(start_), std::nullopt);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(overdue(start_ + 1s), i);
  }
  EXPECT_EQ(overdue(start_ + 1s), std::nullopt);
  on_link_.echo_is_out();
  EXPECT_EQ(overdue(start_ + 2s), std::nullopt);
  for (std::uint64_t i = 3; i < 6; ++i) {
    EXPECT_EQ(overdue(start_ + 3s), i);
  }
}

TEST_F(OnLinkTest, TheRestIsLeftOver) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    on_link_.await_echo(pending(i), on_link_.hand_over(resolved(i)));
  }
  EXPECT_TRUE(on_link_.echo_came(1));
  std::uint64_t sum = 0;
  unsigned count = 0;
  while (const auto left = on_link_.next_left_over()) {
    sum += left->index;
    ++count;
  }
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(sum, 2U);
  EXPECT_EQ(on_link_.pending(), 0U);
}

TEST_F(OnLinkTest, OneMachineForMostAddressesIsAProxy) {
  EXPECT_FALSE(on_link_.proxy());
  for (std::uint64_t i = 0; i < 31; ++i) {
    on_link_.count_answer(mac(1), 3);
  }
  EXPECT_FALSE(on_link_.proxy()) << "too few to say";
  on_link_.count_answer(mac(1), 3);
  ASSERT_TRUE(on_link_.proxy());
  EXPECT_EQ(on_link_.proxy()->mac, mac(1));
  EXPECT_EQ(on_link_.proxy()->interface, 3U);
  EXPECT_EQ(on_link_.proxy()->answers, 32U);
  for (std::uint64_t i = 0; i < 31; ++i) {
    on_link_.count_answer(mac(100 + i), 3);
  }
  EXPECT_TRUE(on_link_.proxy()) << "32 of 63";
  on_link_.count_answer(mac(200), 3);
  EXPECT_FALSE(on_link_.proxy()) << "half is not most";
  EXPECT_EQ(on_link_.answers(), 64U);
}

TEST_F(OnLinkTest, ManyMachinesAreNoProxyAndCostNoMemory) {
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    on_link_.count_answer(mac(i), 3);
  }
  EXPECT_FALSE(on_link_.proxy());
  EXPECT_EQ(on_link_.answers(), 100'000U);
}

}  // namespace
}  // namespace echosweep::modes

#include "modes/mtu_hops.hpp"

#include <gtest/gtest.h>

namespace echosweep::modes {
namespace {

constexpr Ttl kMost{64};

/// How many questions it takes where the truth is `hops`, and the reply came in with that TTL.
int questions_for(int hops, int reply_ttl) {
  MtuHops search(kMost);
  search.guess(Ttl{static_cast<std::uint8_t>(reply_ttl)});
  int questions = 0;
  for (; search.next() != 0 && questions < 64; ++questions) {
    const Ttl ttl{search.next()};
    search.asked(ttl, ttl.value >= hops);
  }
  EXPECT_EQ(search.count(), hops) << reply_ttl;
  return questions;
}

TEST(MtuHops, TwoQuestionsConfirmARightGuess) {
  EXPECT_EQ(questions_for(1, 64), 1) << "there is no TTL below";
  for (const int start : {32, 64, 128, 255}) {
    for (int hops = 2; hops < 20; ++hops) {
      EXPECT_EQ(questions_for(hops, start - hops + 1), 2);
    }
  }
}

TEST(MtuHops, AWrongGuessTakesAFewMore) {
  for (int hops = 1; hops <= 64; ++hops) {
    for (int reply = 0; reply <= 255; ++reply) {
      ASSERT_LE(questions_for(hops, reply), 8) << hops << " hops, reply with " << reply;
    }
  }
}

TEST(MtuHops, TheFirstReplyMakesTheGuess) {
  MtuHops search(kMost);
  search.guess(Ttl{60});
  search.guess(Ttl{50});
  EXPECT_EQ(search.next(), 5);
}

TEST(MtuHops, AReplyWithASmallerTtlCountsWheneverItComes) {
  MtuHops search(kMost);
  search.guess(Ttl{60});
  search.arrived(Ttl{3});
  search.asked(Ttl{5}, false);
  EXPECT_EQ(search.next(), 2) << "what was lost at 5 was lost on the way";
  search.asked(Ttl{2}, false);
  EXPECT_EQ(search.next(), 0);
  EXPECT_EQ(search.count(), 3);
}

}  // namespace
}  // namespace echosweep::modes

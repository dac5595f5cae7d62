#include "core/ttl_guess.hpp"

#include <gtest/gtest.h>

namespace echosweep {
namespace {

std::string text_of(int ttl) {
  const auto guess = guess_from(Ttl{static_cast<std::uint8_t>(ttl)});
  return guess ? to_string(*guess) : "";
}

TEST(TtlGuess, TakesTheNextStartUp) {
  EXPECT_EQ(text_of(64), "initial TTL 64, 0 hops away, perhaps Linux, BSD or macOS");
  EXPECT_EQ(text_of(63), "initial TTL 64, 1 hop away, perhaps Linux, BSD or macOS");
  EXPECT_EQ(text_of(65), "initial TTL 128, 63 hops away, perhaps Windows");
  EXPECT_EQ(text_of(117), "initial TTL 128, 11 hops away, perhaps Windows");
  EXPECT_EQ(text_of(129), "initial TTL 255, 126 hops away, perhaps network equipment or Solaris");
  EXPECT_EQ(text_of(255), "initial TTL 255, 0 hops away, perhaps network equipment or Solaris");
  EXPECT_EQ(text_of(32), "initial TTL 32, 0 hops away, perhaps Windows before 2000");
  EXPECT_EQ(text_of(33), "initial TTL 64, 31 hops away, perhaps Linux, BSD or macOS");
}

TEST(TtlGuess, SaysNothingOfZero) {
  EXPECT_FALSE(guess_from(Ttl{0}));
}

}  // namespace
}  // namespace echosweep

#include "trace/mark.hpp"

#include <gtest/gtest.h>

#include "tracing.hpp"

namespace echosweep::trace {
namespace {

std::string mark4(std::uint8_t type, std::uint8_t code, std::uint32_t mtu = 0) {
  Answer answer = error_by(1, 1, type, code);
  answer.mtu = mtu;
  return mark_of(answer);
}

std::string mark6(std::uint8_t type, std::uint8_t code, std::uint32_t mtu = 0) {
  Answer answer = error_by(1, 1, type, code);
  answer.error.family = Family::kIpv6;
  answer.mtu = mtu;
  return mark_of(answer);
}

TEST(Mark, AreTraceroutes) {
  EXPECT_EQ(mark4(11, 0), "");
  EXPECT_EQ(mark4(11, 1), "!<11-1>");
  EXPECT_EQ(mark4(12, 0), "!<12-0>");
  const std::vector<std::string> unreachable = {"!N", "!H", "!P", "",   "!F-1400", "!S", "!N", "!H",
                                                "!N", "!X", "!X", "!N", "!H",      "!X", "!V", "!C"};
  for (std::uint8_t code = 0; code < unreachable.size(); ++code) {
    EXPECT_EQ(mark4(3, code, 1400), unreachable[code]) << int{code};
  }
  EXPECT_EQ(mark4(3, 16), "!<16>");
}

TEST(Mark, OfIpv6) {
  EXPECT_EQ(mark6(3, 0), "");
  EXPECT_EQ(mark6(3, 1), "!<3-1>");
  const std::vector<std::string> unreachable = {"!N", "!X", "!H", "!H", "", "!<5>", "!<6>"};
  for (std::uint8_t code = 0; code < unreachable.size(); ++code) {
    EXPECT_EQ(mark6(1, code), unreachable[code]) << int{code};
  }
  EXPECT_EQ(mark6(2, 0, 1280), "!F-1280");
  EXPECT_EQ(mark6(4, 1), "!<4-1>");
}

TEST(Mark, RepliesHaveNone) {
  EXPECT_EQ(mark_of(reply_by_target(1)), "");
  EXPECT_EQ(word_of(reply_by_target(1)), "echo-reply");
  EXPECT_EQ(word_of(error_by(1, 1)), "time-exceeded");
}

TEST(Mark, ObjectsAreTraceroutes) {
  Answer answer = error_by(1, 1);
  EXPECT_EQ(objects_of(answer), "");
  answer.objects = mpls_objects();
  EXPECT_EQ(objects_of(answer), "MPLS:L=16,E=0,S=0,T=1/L=17,E=1,S=1,T=2");
  const std::vector<std::uint8_t> other = {0, 12, 2, 1, 0, 0, 0, 10, 192, 0, 2, 1};
  answer.objects.insert(answer.objects.end(), other.begin(), other.end());
  EXPECT_EQ(objects_of(answer), "MPLS:L=16,E=0,S=0,T=1/L=17,E=1,S=1,T=2;2/1:0000000a,c0000201");
  answer.objects = {0, 3, 1, 1};
  EXPECT_EQ(objects_of(answer), "") << "an object whose length is wrong";
}

}  // namespace
}  // namespace echosweep::trace

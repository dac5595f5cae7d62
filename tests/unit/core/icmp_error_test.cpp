#include "core/icmp_error.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

namespace echosweep {
namespace {

std::string_view word4(int type, int code) {
  return word({Family::kIpv4, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code)});
}

std::string_view word6(int type, int code) {
  return word({Family::kIpv6, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code)});
}

TEST(IcmpErrorWord, NamesEveryUnreachableOfIpv4) {
  const std::vector<std::string> words = {
      "net-unreachable",      "host-unreachable",    "protocol-unreachable", "port-unreachable",
      "fragmentation-needed", "source-route-failed", "net-unknown",          "host-unknown",
      "source-isolated",      "net-prohibited",      "host-prohibited",      "net-unreachable-tos",
      "host-unreachable-tos", "admin-prohibited",    "precedence-violation", "precedence-cutoff"};
  for (int code = 0; code < 16; ++code) {
    EXPECT_EQ(word4(3, code), words[static_cast<std::size_t>(code)]) << "code " << code;
  }
  EXPECT_EQ(word4(3, 16), "unreachable");
  EXPECT_EQ(word4(3, 255), "unreachable");
}

TEST(IcmpErrorWord, NamesTheOtherTypesOfIpv4) {
  EXPECT_EQ(word4(4, 0), "source-quench");
  EXPECT_EQ(word4(5, 1), "redirect");
  EXPECT_EQ(word4(11, 0), "time-exceeded");
  EXPECT_EQ(word4(11, 1), "reassembly-time-exceeded");
  EXPECT_EQ(word4(12, 0), "parameter-problem");
}

TEST(IcmpErrorWord, NamesThoseOfIpv6) {
  EXPECT_EQ(word6(1, 0), "no-route");
  EXPECT_EQ(word6(1, 1), "admin-prohibited");
  EXPECT_EQ(word6(1, 2), "beyond-scope");
  EXPECT_EQ(word6(1, 3), "address-unreachable");
  EXPECT_EQ(word6(1, 4), "port-unreachable");
  EXPECT_EQ(word6(1, 5), "policy-failed");
  EXPECT_EQ(word6(1, 6), "reject-route");
  EXPECT_EQ(word6(1, 7), "unreachable");
  EXPECT_EQ(word6(2, 0), "packet-too-big");
  EXPECT_EQ(word6(3, 0), "time-exceeded");
  EXPECT_EQ(word6(3, 1), "reassembly-time-exceeded");
  EXPECT_EQ(word6(4, 0), "parameter-problem");
}

/// Other programs split these lines at spaces.
TEST(IcmpErrorWord, IsOneLowerCaseWordForAnyTypeAndCode) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    for (int type = 0; type < 256; ++type) {
      for (int code = 0; code < 256; ++code) {
        const auto text = word({family, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code)});
        ASSERT_FALSE(text.empty());
        for (const char letter : text) {
          ASSERT_TRUE(std::islower(static_cast<unsigned char>(letter)) != 0 || letter == '-') << text;
        }
      }
    }
  }
}

TEST(IcmpErrorUnreachable, LeavesOutSourceQuenchAndRedirect) {
  EXPECT_TRUE(is_unreachable({Family::kIpv4, 3, 1}));
  EXPECT_FALSE(is_unreachable({Family::kIpv4, 4, 0}));
  EXPECT_FALSE(is_unreachable({Family::kIpv4, 5, 1}));
  EXPECT_TRUE(is_unreachable({Family::kIpv4, 11, 0}));
  EXPECT_TRUE(is_unreachable({Family::kIpv4, 12, 0}));
}

/// The numbers 4 and 5 mean something else there.
TEST(IcmpErrorUnreachable, TakesEveryErrorOfIpv6) {
  for (int type = 1; type <= 4; ++type) {
    EXPECT_TRUE(is_unreachable({Family::kIpv6, static_cast<std::uint8_t>(type), 0}));
  }
}

}  // namespace
}  // namespace echosweep

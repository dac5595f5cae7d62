#include "net/source_addresses.hpp"

#include <gtest/gtest.h>

#include "probes.hpp"

namespace echosweep::net {
namespace {

class SourceAddressesTest : public BehindATun {};

TEST_F(SourceAddressesTest, AreTheKernels) {
  auto sources = SourceAddresses::open({});
  ASSERT_TRUE(sources) << sources.error().message;
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(sources->of(parse("127.0.0.9")), parse("127.0.0.1"));
    EXPECT_EQ(sources->of(parse("198.18.1.2")), parse("198.19.255.254"));
    EXPECT_EQ(sources->of(parse("198.19.255.253")), parse("198.19.255.253"));
    EXPECT_EQ(sources->of(parse("203.0.113.1")), Address{}) << "there is no route";
  }
}

}  // namespace
}  // namespace echosweep::net

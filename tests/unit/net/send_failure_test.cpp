#include "net/send_failure.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "probes.hpp"

namespace echosweep::net {
namespace {

class SendFailureTest : public BehindATun {
 protected:
  void make() override {
    ASSERT_NO_FATAL_FAILURE(BehindATun::make());
    ASSERT_TRUE(tap_.open("tap0", IFF_TAP)) << std::strerror(errno);
    ASSERT_TRUE(
        ip_batch("link set tap0 up\n"
                 "addr add 240.1.0.1/24 dev tap0\n"
                 "addr add fd00:e5:a::1/64 dev tap0 nodad"));
  }

  static SendFailure explain(int error, const char* target) {
    return explain_send_failure(error, parse(target), {});
  }
  static void expect(const SendFailure& failure, const char* reason, const char* advice, bool on_link_only) {
    EXPECT_EQ(failure.reason, reason);
    EXPECT_NE(failure.advice.find(advice), std::string::npos) << failure.advice;
    EXPECT_EQ(failure.on_link_only, on_link_only);
  }

  VirtualLink tap_;
};

TEST_F(SendFailureTest, OfADirectlyAttachedTargetIsTheNeighbourTable) {
  for (const int error : {ENOBUFS, EAGAIN}) {
    expect(explain(error, "240.1.0.9"), "neighbour table full",
           "tap0 is directly attached, and the kernel holds no more neighbours: sudo sysctl -w "
           "net.ipv4.neigh.default.gc_thresh3=",
           true);
    expect(explain(error, "fd00:e5:a::9"), "neighbour table full",
           "net.ipv6.neigh.default.gc_thresh3=", true);
  }
  expect(explain(EINVAL, "fd00:e5:a::9"), "neighbour table full", "net.ipv6.neigh.default.gc_thresh3=", true);
}

TEST_F(SendFailureTest, OfAStuckQueueNamesTheInterface) {
  expect(explain(ENOBUFS, "198.18.1.2"), "the queue of tun0 does not move", "tc -s qdisc show dev tun0",
         false);
}

TEST_F(SendFailureTest, OfALinkWithoutCarrierSaysSo) {
  // A dormant link is one that is not running, and says so at once; a pulled plug is noticed up to 1 s later.
  ASSERT_TRUE(ip_batch("link set tun0 mode dormant state dormant"));
  expect(explain(ENOBUFS, "198.18.1.2"), "tun0 has no carrier", "ip link show tun0", false);
}

TEST_F(SendFailureTest, OfRoutesAndFirewallsSaysWhereToLook) {
  expect(explain(EINVAL, "198.18.1.2"), "Invalid argument",
         "blackhole route stands in the way: see 'ip route get", false);
  expect(explain(EINVAL, "240.1.0.9"), "Invalid argument", "blackhole route", false);
  expect(explain(EACCES, "198.18.1.2"), "Permission denied", "see 'ip route get 198.18.1.2'", false);
  expect(explain(EPERM, "198.18.1.2"), "Operation not permitted", "nft list ruleset", false);
  expect(explain(ENETUNREACH, "203.0.113.1"), "Network is unreachable", "see 'ip route get 203.0.113.1'",
         false);
  expect(explain(EHOSTUNREACH, "203.0.113.1"), "No route to host", "has no route there", false);
  expect(explain(EMSGSIZE, "198.18.1.2"), "Message too long", "a smaller -b", false);
}

TEST_F(SendFailureTest, OfWhatItDoesNotKnowGivesTheErrnosWords) {
  const SendFailure failure = explain(EIO, "198.18.1.2");
  EXPECT_EQ(failure.reason, "Input/output error");
  EXPECT_EQ(failure.advice, "");
  EXPECT_EQ(explain(ENOBUFS, "203.0.113.1").reason, "No buffer space available");  // no route any more
}

}  // namespace
}  // namespace echosweep::net

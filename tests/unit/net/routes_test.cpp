#include "net/routes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "probes.hpp"

namespace echosweep::net {
namespace {

class Routes : public BehindATun {
 protected:
  void make() override {
    ASSERT_NO_FATAL_FAILURE(BehindATun::make());
    ASSERT_TRUE(tap_.open("tap0", IFF_TAP)) << std::strerror(errno);
    ASSERT_TRUE(
        ip_batch("link set tap0 mtu 1400 up\n"
                 "addr add 240.1.0.1/24 brd + dev tap0\n"
                 "addr add fd00:e5:a::1/64 dev tap0 nodad\n"
                 "route add 240.2.0.0/16 via 240.1.0.2\n"
                 "route add 240.3.0.0/16 via inet6 fd00:e5:a::2 dev tap0\n"
                 "route add fd00:e5:b::/48 via fd00:e5:a::2\n"
                 "route add blackhole 198.18.65.0/24\n"
                 "route add prohibit 198.18.66.0/24\n"
                 "route add unreachable 198.18.67.0/24\n"
                 "route add throw 198.18.68.0/24\n"
                 "route add blackhole fd00:e5:65::/48\n"
                 "route add prohibit fd00:e5:66::/48\n"
                 "route add unreachable fd00:e5:67::/48\n"
                 "route add throw fd00:e5:68::/48"));
    ASSERT_TRUE(is_ours("fd00:e5:a::1"));
    auto netlink = Netlink::open();
    ASSERT_TRUE(netlink) << netlink.error().message;
    netlink_.emplace(std::move(*netlink));
  }

  Route route(const char* destination, const RouteQuery& query = {}) {
    const auto found = route_to(*netlink_, parse(destination), query);
    EXPECT_TRUE(found) << destination << ": " << found.error().message;
    return found.value_or(Route{});
  }

  VirtualLink tap_;
  std::optional<Netlink> netlink_;
};

TEST_F(Routes, NameInterfaceSourceAndLink) {
  for (const auto& [destination, source] :
       {std::pair{"198.18.1.2", "198.19.255.254"}, std::pair{"fd00:e5::9", "fd00:e5:ffff::1"}}) {
    const Route found = route(destination);
    EXPECT_EQ(found.interface, if_nametoindex("tun0"));
    EXPECT_EQ(found.link.name, "tun0");
    EXPECT_EQ(found.link.kind, "tun");
    EXPECT_EQ(found.link.mtu, 1500U);
    EXPECT_EQ(found.link.master, 0U);
    EXPECT_EQ(found.link.flags & (IFF_UP | IFF_NOARP), unsigned{IFF_UP | IFF_NOARP});
    EXPECT_EQ(found.source, parse(source));
    EXPECT_EQ(found.gateway, std::nullopt);
    EXPECT_FALSE(found.local);
    EXPECT_FALSE(found.needs_neighbour()) << "a tun has no neighbours";
  }
}

TEST_F(Routes, NameTheGateway) {
  EXPECT_EQ(route("240.2.9.9").gateway, parse("240.1.0.2"));
  EXPECT_EQ(route("240.3.9.9").gateway, parse("fd00:e5:a::2"));
  EXPECT_EQ(route("fd00:e5:b::9").gateway, parse("fd00:e5:a::2"));
  EXPECT_FALSE(route("240.2.9.9").needs_neighbour());
  EXPECT_FALSE(route("240.3.9.9").needs_neighbour());
}

TEST_F(Routes, KnowWhatIsDirectlyAttached) {
  EXPECT_TRUE(route("240.1.0.77").needs_neighbour());
  EXPECT_TRUE(route("fd00:e5:a::77").needs_neighbour());
  EXPECT_EQ(route("240.1.0.77").link.mtu, 1400U);
}

TEST_F(Routes, KnowThisMachinesOwnAddresses) {
  for (const char* own : {"127.0.0.1", "127.200.1.1", "::1", "240.1.0.1", "fd00:e5:a::1", "198.19.255.254"}) {
    EXPECT_TRUE(route(own).local) << own;
    EXPECT_FALSE(route(own).needs_neighbour()) << own;
  }
}

TEST_F(Routes, TellWhatAProbeWouldMeet) {
  const std::pair<const char*, int> cases[] = {
      {"198.18.65.1", EINVAL},      {"198.18.66.1", EACCES},         {"198.18.67.1", EHOSTUNREACH},
      {"198.18.68.1", ENETUNREACH}, {"203.0.113.1", ENETUNREACH},    {"fd00:e5:65::1", EINVAL},
      {"fd00:e5:66::1", EACCES},    {"fd00:e5:67::1", EHOSTUNREACH}, {"fd00:e5:68::1", ENETUNREACH}};
  for (const auto& [destination, code] : cases) {
    const auto found = route_to(*netlink_, parse(destination), {});
    ASSERT_FALSE(found) << destination;
    EXPECT_EQ(found.error().code, code) << destination << ": " << found.error().message;
  }
}

TEST_F(Routes, FollowInterfaceZoneMarkAndSource) {
  const std::uint32_t tap = if_nametoindex("tap0");
  RouteQuery query;
  query.interface = tap;
  EXPECT_EQ(route("198.18.1.2", query).interface, tap);
  const auto zoned = route_to(*netlink_, parse("fe80::9").with_zone(tap), {});
  ASSERT_TRUE(zoned) << zoned.error().message;
  EXPECT_EQ(zoned->interface, tap);

  query = {};
  query.source4 = parse("198.19.255.253");
  query.source6 = parse("fd00:e5:ffff::2");
  EXPECT_EQ(route("198.18.1.2", query).interface, if_nametoindex("tun0"));
  EXPECT_EQ(route("fd00:e5::9", query).interface, if_nametoindex("tun0"));
  query.source4 = parse("203.0.113.1");  // none of ours
  EXPECT_FALSE(route_to(*netlink_, target4_, query));

  ASSERT_TRUE(ip_batch("rule add fwmark 7 lookup 100\nroute add 198.18.0.0/15 dev tap0 table 100"));
  query = {};
  query.fwmark = 7;
  EXPECT_EQ(route("198.18.1.2", query).interface, tap);
  query.fwmark = 8;
  EXPECT_EQ(route("198.18.1.2", query).interface, if_nametoindex("tun0"));
  ASSERT_TRUE(ip_batch("rule del fwmark 7 lookup 100"));
}

TEST_F(Routes, ListBroadcastAddresses) {
  const auto found = broadcast_addresses(*netlink_);
  EXPECT_EQ(std::ranges::count(found, parse("240.1.0.255")), 1);
  EXPECT_EQ(std::ranges::count(found, parse("240.1.0.254")), 0);
  EXPECT_TRUE(std::ranges::all_of(found, [](const Address& address) { return address.is_v4(); }));
}

TEST_F(Routes, AreManyAndAllRead) {
  std::string commands;
  for (int i = 1; i <= 2000; ++i) {  // far more than one datagram of netlink holds
    commands += "route add broadcast 240.9." + std::to_string(i / 200) + "." + std::to_string(i % 200) +
                "/32 dev tap0 table local\n";
  }
  ASSERT_TRUE(ip_batch(commands));
  const auto found = broadcast_addresses(*netlink_);
  EXPECT_EQ(std::ranges::count_if(found, [](const Address& a) { return a.v4_value() >> 16 == 0xf009; }),
            2000);
}

TEST_F(Routes, LinkThatIsGoneIsEmpty) {
  const Link gone = link_of(*netlink_, 999'999);
  EXPECT_EQ(gone.name, "");
  EXPECT_EQ(gone.flags, 0U);
  EXPECT_FALSE(hands_packets_to_master(999'999));
}

TEST_F(Routes, LinkKnowsItsKindAndMaster) {
  ASSERT_TRUE(
      ip_batch("link add br0 type bridge\nlink set tap0 master br0\n"
               "link add mv0 link br0 type macvlan mode bridge"));
  EXPECT_EQ(link_of(*netlink_, if_nametoindex("br0")).kind, "bridge");
  EXPECT_EQ(link_of(*netlink_, if_nametoindex("mv0")).kind, "macvlan");
  EXPECT_EQ(link_of(*netlink_, if_nametoindex("tap0")).master, if_nametoindex("br0"));
  EXPECT_EQ(link_of(*netlink_, if_nametoindex("lo")).kind, "");
  ASSERT_TRUE(ip_batch("link del mv0\nlink del br0"));
}

}  // namespace
}  // namespace echosweep::net

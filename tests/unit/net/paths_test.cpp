#include "net/paths.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "on_taps.hpp"

namespace echosweep::net {
namespace {

using Kind = Path::Kind;

class OfPaths : public OnTaps {};

TEST_F(OfPaths, LeadByGatewaysWhoseMacAddressTheKernelMayKnow) {
  const Path known = path("240.2.9.9");
  EXPECT_EQ(known.kind, Kind::kGateway);
  EXPECT_EQ(known.interface, if_nametoindex("tap0"));
  EXPECT_EQ(known.mtu, 1400U);
  EXPECT_EQ(known.our_mac, kTap0);
  EXPECT_EQ(known.source, parse("240.1.0.1"));
  ASSERT_NE(known.gateway, nullptr);
  EXPECT_EQ(known.gateway->address, parse("240.1.0.2"));
  EXPECT_EQ(mac_of(known.gateway), kGateway4);

  const Path unknown = path("240.4.9.9");
  EXPECT_EQ(unknown.kind, Kind::kGateway);
  EXPECT_EQ(unknown.our_mac, kTap1);
  EXPECT_EQ(unknown.source, parse("240.5.0.1"));
  EXPECT_TRUE(mac_of(unknown.gateway).empty());

  const Path v6 = path("fd00:e5:b::9");
  EXPECT_EQ(v6.kind, Kind::kGateway);
  EXPECT_EQ(v6.source, parse("fd00:e5:a::1"));
  EXPECT_EQ(v6.gateway->address, parse("fd00:e5:a::2"));
  EXPECT_EQ(v6.gateway->source, parse("fd00:e5:a::1"));
}

/// Each is asked for in its own family and scope, by an address that is ours on that link.
TEST_F(OfPaths, AskForEachGatewayWithAnAddressOfItsKind) {
  const Path by_v6 = path("240.3.9.9");
  EXPECT_EQ(by_v6.kind, Kind::kGateway);
  EXPECT_EQ(by_v6.source, parse("240.1.0.1"));
  EXPECT_EQ(by_v6.gateway->address, parse("fd00:e5:a::2"));
  EXPECT_EQ(by_v6.gateway->source, parse("fd00:e5:a::1"));
  EXPECT_EQ(by_v6.gateway->our_mac, kTap0);
  EXPECT_EQ(by_v6.gateway, path("fd00:e5:b::9").gateway) << "one gateway, two families behind it";

  const Path by_link_local = path("fd00:e5:c::9");
  EXPECT_EQ(by_link_local.kind, Kind::kGateway);
  const std::uint32_t tap0 = if_nametoindex("tap0");
  EXPECT_EQ(by_link_local.gateway->address, parse("fe80::2").with_zone(tap0));
  EXPECT_TRUE(by_link_local.gateway->source.is_link_local_v6());
  EXPECT_EQ(by_link_local.source, parse("fd00:e5:a::1"));
}

TEST_F(OfPaths, LeadToWhatIsAttached) {
  for (const auto& [destination, source] :
       {std::pair{"240.1.0.77", "240.1.0.1"}, std::pair{"fd00:e5:a::77", "fd00:e5:a::1"}}) {
    const Path attached = path(destination);
    EXPECT_EQ(attached.kind, Kind::kAttached) << destination;
    EXPECT_EQ(attached.interface, if_nametoindex("tap0"));
    EXPECT_EQ(attached.our_mac, kTap0);
    EXPECT_EQ(attached.source, parse(source));
    EXPECT_EQ(attached.gateway, nullptr);
    EXPECT_TRUE(paths_->is_attached(parse(destination)));
  }
  EXPECT_EQ(path("240.5.0.77").our_mac, kTap1);
  EXPECT_FALSE(paths_->is_attached(parse("240.2.9.9")));
}

TEST_F(OfPaths, LeadToLinkLocalAddressesOfEachZone) {
  const std::uint32_t tap0 = if_nametoindex("tap0");
  const std::uint32_t tap1 = if_nametoindex("tap1");
  const Path first = path(parse("fe80::77").with_zone(tap0));
  EXPECT_EQ(first.kind, Kind::kAttached);
  EXPECT_EQ(first.interface, tap0);
  EXPECT_TRUE(first.source.is_link_local_v6());
  const Path second = path(parse("fe80::77").with_zone(tap1));
  EXPECT_EQ(second.kind, Kind::kAttached);
  EXPECT_EQ(second.interface, tap1);
  EXPECT_EQ(second.our_mac, kTap1);
  EXPECT_EQ(path(first.source.with_zone(tap0)).kind, Kind::kKernel) << "our own";
  EXPECT_EQ(path(parse("fe80::77").with_zone(if_nametoindex("tun0"))).kind, Kind::kKernel) << "no Ethernet";
}

TEST_F(OfPaths, LeaveToTheKernelWhatOnlyItCanSend) {
  ASSERT_TRUE(ip_batch("route add default via 240.1.0.2\nroute add default via fd00:e5:a::2"));
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  // They share a range of the tables with much of what follows.
  EXPECT_EQ(path("223.255.255.255").kind, Kind::kGateway);
  EXPECT_EQ(path("255.255.255.254").kind, Kind::kGateway);
  EXPECT_EQ(path("fec0::1").kind, Kind::kGateway);
  for (const char* destination :
       {"127.0.0.1", "127.200.3.4", "::1", "240.1.0.1", "fd00:e5:a::1", "0.0.0.0",    // local
        "240.1.0.255", "255.255.255.255", "224.0.0.1", "239.255.255.255", "ff05::1",  // groups
        "198.18.1.2", "fd00:e5::9"}) {                                                // by the tun
    EXPECT_EQ(path(destination).kind, Kind::kKernel) << destination;
    EXPECT_FALSE(paths_->is_attached(parse(destination))) << destination;
  }
  const Address group = parse("ff02::1").with_zone(if_nametoindex("tap0"));
  EXPECT_EQ(path(group).kind, Kind::kKernel);
}

TEST_F(OfPaths, SayWhatAProbeWouldMeet) {
  const std::pair<const char*, int> cases[] = {
      {"198.18.65.1", EINVAL},      {"198.18.66.1", EACCES},        {"198.18.67.1", EHOSTUNREACH},
      {"198.18.68.1", ENETUNREACH}, {"241.0.0.1", ENETUNREACH},     {"fd00:e5:65::1", EINVAL},
      {"fd00:e5:66::1", EACCES},    {"fd00:e5:67::1", EHOSTUNREACH}};
  for (const auto& [destination, error] : cases) {
    const Path none = path(destination);
    EXPECT_EQ(none.kind, Kind::kNone) << destination;
    EXPECT_EQ(none.error, error) << destination;
  }
}

TEST_F(OfPaths, OfALinkWithoutCarrierEndThere) {
  ASSERT_TRUE(ip_batch("tuntap add dev tap3 mode tap\nlink set tap3 up\naddr add 240.8.0.1/24 dev tap3"));
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  const Path none = path("240.8.0.9");  // nobody holds the other end of tap3
  EXPECT_EQ(none.kind, Kind::kNone);
  EXPECT_EQ(none.error, ENETDOWN);
}

TEST_F(OfPaths, FollowInterfaceAndSource) {
  RouteQuery query;
  query.interface = if_nametoindex("tap1");
  ASSERT_NO_FATAL_FAILURE(open_paths(query));
  const Path bound = path("198.18.1.2");
  EXPECT_EQ(bound.kind, Kind::kAttached) << "as the kernel has it: on that link, if there is no route";
  EXPECT_EQ(bound.interface, if_nametoindex("tap1"));

  ASSERT_TRUE(ip_batch("addr add 240.1.0.9/32 dev lo"));
  query = {};
  query.source4 = parse("240.1.0.9");
  ASSERT_NO_FATAL_FAILURE(open_paths(query));
  EXPECT_EQ(path("240.2.9.9").source, parse("240.1.0.9"));
  EXPECT_EQ(path("240.1.0.77").source, parse("240.1.0.9"));
  EXPECT_EQ(path("fd00:e5:a::77").source, parse("fd00:e5:a::1"));
}

TEST_F(OfPaths, FollowMarksAndRules) {
  ASSERT_TRUE(
      ip_batch("rule add fwmark 7 lookup 100\nroute add 240.2.0.0/16 via 240.5.0.2 table 100\n"
               "rule add to 240.2.7.0/24 lookup 101\nroute add 240.2.0.0/16 via 240.5.0.3 table 101"));
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  EXPECT_EQ(path("240.2.9.9").our_mac, kTap0);
  EXPECT_EQ(path("240.2.7.0").gateway->address, parse("240.5.0.3")) << "by a rule, not a route";
  EXPECT_EQ(path("240.2.7.255").gateway->address, parse("240.5.0.3"));
  EXPECT_EQ(path("240.2.6.255").gateway->address, parse("240.1.0.2"));
  EXPECT_EQ(path("240.2.8.0").gateway->address, parse("240.1.0.2"));
  RouteQuery query;
  query.fwmark = 7;
  ASSERT_NO_FATAL_FAILURE(open_paths(query));
  EXPECT_EQ(path("240.2.9.9").gateway->address, parse("240.5.0.2"));
}

TEST_F(OfPaths, SeeAMoreSpecificRouteInsideARange) {
  ASSERT_TRUE(
      ip_batch("route add 240.2.7.7/32 via 240.5.0.2\nroute add blackhole 240.2.7.8/32\n"
               "route add fd00:e5:b:1::/64 via fd00:e5:a::3"));
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  // In an order in which each answer could be mistaken for the next one's.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(path("240.2.7.6").gateway->address, parse("240.1.0.2"));
    EXPECT_EQ(path("240.2.7.7").gateway->address, parse("240.5.0.2"));
    EXPECT_EQ(path("240.2.7.8").error, EINVAL);
    EXPECT_EQ(path("240.2.7.9").gateway->address, parse("240.1.0.2"));
    EXPECT_EQ(path("fd00:e5:b:1::").gateway->address, parse("fd00:e5:a::3"));
    EXPECT_EQ(path("fd00:e5:b:1:ffff:ffff:ffff:ffff").gateway->address, parse("fd00:e5:a::3"));
    EXPECT_EQ(path("fd00:e5:b:2::").gateway->address, parse("fd00:e5:a::2"));
    EXPECT_EQ(path("fd00:e5:b:0:ffff:ffff:ffff:ffff").gateway->address, parse("fd00:e5:a::2"));
  }
}

/// One route, and yet not one source: the kernel takes that of our addresses which is most like the target's.
TEST_F(OfPaths, HaveTheSourceThatTheKernelWouldTakeForEachTarget) {
  ASSERT_TRUE(
      ip_batch("addr add fd00:e5:8000::1/64 dev tap0 nodad\n"
               "addr add fd00:e5:f000::1/64 dev tap0 nodad\n"
               "route add fd00:e5:4000::/34 via fd00:e5:a::2\n"
               "route add fd00:e5:8000::/33 via fd00:e5:a::2"));
  ASSERT_TRUE(is_ours("fd00:e5:8000::1") && is_ours("fd00:e5:f000::1"));
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  auto netlink = Netlink::open();
  ASSERT_TRUE(netlink);
  std::size_t by_second = 0;
  for (std::uint32_t i = 0; i < 0xc000; i += 0x123) {
    const Address target = Address::v6((Uint128{0xfd0000e500000000} << 64) + (Uint128{0x4000 + i} << 80) + 9);
    const auto truth = route_to(*netlink, target, {});
    ASSERT_TRUE(truth && truth->source) << to_string(target);
    EXPECT_EQ(path(target).source, *truth->source) << to_string(target);
    by_second += *truth->source == parse("fd00:e5:8000::1") ? 1U : 0U;
  }
  EXPECT_GT(by_second, 0U);
}

TEST_F(OfPaths, ReachFromTheFirstAddressToTheLast) {
  ASSERT_TRUE(
      ip_batch("route add 0.0.0.0/1 via 240.5.0.2\nroute add 255.0.0.0/8 via 240.5.0.2\n"
               "route add ::/8 via fd00:e5:a::2\nroute add fd80::/9 via fd00:e5:a::2\n"
               "route add fec0::/10 via fd00:e5:a::2"));
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  EXPECT_EQ(path("1.0.0.1").kind, Kind::kGateway);
  EXPECT_EQ(path("126.255.255.255").kind, Kind::kGateway);
  EXPECT_EQ(path("128.0.0.0").error, ENETUNREACH);
  EXPECT_EQ(path("255.255.255.254").kind, Kind::kGateway);
  EXPECT_EQ(path("255.255.255.255").kind, Kind::kKernel);
  EXPECT_EQ(path("::2").kind, Kind::kGateway);
  EXPECT_EQ(path("ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").kind, Kind::kGateway);
  EXPECT_EQ(path("100::").error, ENETUNREACH);
  EXPECT_EQ(path("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").kind, Kind::kGateway);
  EXPECT_EQ(path("ff0e::1").kind, Kind::kKernel);
  (void)path("0.0.0.0");
  (void)path("::");
  EXPECT_NE(path("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").kind, Kind::kGateway);
}

TEST_F(OfPaths, BoundariesAreSortedOnceEachAndBeginAtZero) {
  auto netlink = Netlink::open();
  ASSERT_TRUE(netlink);
  ASSERT_TRUE(
      ip_batch("route add 255.255.255.252/30 via 240.5.0.2\nroute add 0.0.0.0/8 via 240.5.0.2\n"
               "route add default via 240.5.0.2"));
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const auto found = route_boundaries(*netlink, family);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front(), 0U);
    for (std::size_t i = 1; i < found.size(); ++i) {
      ASSERT_LT(found[i - 1], found[i]);
    }
    EXPECT_LE(found.back(), max_value(family));
  }
  const auto found = route_boundaries(*netlink, Family::kIpv4);
  EXPECT_TRUE(std::ranges::binary_search(found, Uint128{0xfffffffc}));
  EXPECT_TRUE(std::ranges::binary_search(found, Uint128{0x01000000})) << "behind 0.0.0.0/8";
  EXPECT_TRUE(std::ranges::binary_search(found, Uint128{0xf0010100})) << "behind 240.1.0.0/24";
}

TEST_F(OfPaths, SeeAChangedRouteAfterRefresh) {
  EXPECT_EQ(path("240.2.9.9").our_mac, kTap0);
  ASSERT_TRUE(ip_batch("route replace 240.2.0.0/16 via 240.5.0.2"));
  EXPECT_EQ(path("240.2.9.9").our_mac, kTap0) << "not before";
  paths_->refresh();
  EXPECT_EQ(path("240.2.9.9").our_mac, kTap1);
  EXPECT_EQ(path("240.2.9.9").gateway->address, parse("240.5.0.2"));

  ASSERT_TRUE(ip_batch("route add 240.2.9.0/24 dev tap0"));
  paths_->refresh();
  EXPECT_EQ(path("240.2.9.9").kind, Kind::kAttached);
  ASSERT_TRUE(ip_batch("rule add to 240.2.9.0/24 prohibit"));
  paths_->refresh();
  EXPECT_EQ(path("240.2.9.9").error, EACCES);
  ASSERT_TRUE(ip_batch("rule del to 240.2.9.0/24 prohibit\nlink set tap0 down"));
  paths_->refresh();
  EXPECT_EQ(path("240.2.9.9").our_mac, kTap1);
  EXPECT_EQ(path("fd00:e5:b::9").kind, Kind::kKernel) << "by the wider route to the tun";
  ASSERT_TRUE(ip_batch("link set tap1 address 02:e5:00:00:0b:99"));
  paths_->refresh();
  EXPECT_EQ(to_string(path("240.2.9.9").our_mac), "02:e5:00:00:0b:99");
  EXPECT_EQ(to_string(path("240.2.9.9").gateway->our_mac), "02:e5:00:00:0b:99");
}

TEST_F(OfPaths, KeepWhatIsKnownOfAGatewayWhenRoutesChange) {
  Gateway* const gateway = path("240.4.9.9").gateway;
  learn(if_nametoindex("tap1"), parse("240.5.0.2"), kSomebody);
  ASSERT_TRUE(ip_batch("route add 240.6.0.0/16 via 240.5.0.2\nroute del 240.2.0.0/16"));
  paths_->refresh();
  EXPECT_FALSE(gateway->in_use) << "until a packet goes by it again";
  EXPECT_EQ(path("240.6.9.9").gateway, gateway);
  EXPECT_TRUE(gateway->in_use);
  EXPECT_EQ(mac_of(gateway), kSomebody);
}

TEST_F(OfPaths, LearnMacAddressesOfGatewaysAndOfNobodyElse) {
  const std::uint32_t tap0 = if_nametoindex("tap0");
  const std::uint32_t tap1 = if_nametoindex("tap1");
  const Path by = path("240.4.9.9");
  learn(tap0, parse("240.5.0.2"), kSomebody);
  EXPECT_TRUE(mac_of(by.gateway).empty()) << "heard on another link";
  learn(tap1, parse("240.5.0.3"), kSomebody);
  EXPECT_TRUE(mac_of(by.gateway).empty()) << "another's";
  learn(tap1, parse("240.5.0.2"), kSomebody);
  EXPECT_EQ(mac_of(by.gateway), kSomebody);
  EXPECT_EQ(mac_of(path("240.2.9.9").gateway), kGateway4);

  const Path v6 = path("fd00:e5:c::9");
  learn(tap0, parse("fe80::2").with_zone(tap0), kSomebody);
  EXPECT_EQ(mac_of(v6.gateway), kSomebody);
  EXPECT_EQ(paths_->gateways().size(), 3U);
}

TEST_F(OfPaths, BelieveNobodyWhoWasNotAsked) {
  const std::uint32_t tap1 = if_nametoindex("tap1");
  const Path by = path("240.4.9.9");
  paths_->learn(tap1, parse("240.5.0.2"), kSomebody);
  EXPECT_TRUE(mac_of(by.gateway).empty()) << "no question was out";
  by.gateway->is_asked = true;
  paths_->learn(tap1, parse("240.5.0.2"), kSomebody);
  paths_->learn(tap1, parse("240.5.0.2"), kGateway4);
  EXPECT_EQ(mac_of(by.gateway), kSomebody) << "the first answer counts";
}

TEST_F(OfPaths, KnowOnWhichLinkAnAddressIsAskedFor) {
  const std::uint32_t tap0 = if_nametoindex("tap0");
  EXPECT_FALSE(paths_->learn(tap0, parse("240.1.0.77"), kSomebody)) << "nobody has asked yet";
  ASSERT_EQ(path("240.1.0.77").kind, Kind::kAttached);
  EXPECT_TRUE(paths_->learn(tap0, parse("240.1.0.77"), kSomebody));
  EXPECT_FALSE(paths_->learn(if_nametoindex("tap1"), parse("240.1.0.77"), kSomebody));
  EXPECT_FALSE(paths_->learn(tap0, parse("240.2.9.9"), kSomebody)) << "behind a gateway";
}

TEST_F(OfPaths, OfSeveralNextHopsAreTheKernels) {
  ASSERT_TRUE(
      ip_batch("route add 240.20.0.0/16 nexthop via 240.1.0.2 nexthop via 240.5.0.2\n"
               "route add fd00:e5:20::/48 nexthop via fd00:e5:a::2 nexthop via fd00:e5:a::3"));
  paths_->refresh();
  EXPECT_EQ(path("240.20.9.9").kind, Kind::kKernel) << "it spreads packets over them";
  EXPECT_EQ(path("fd00:e5:20::9").kind, Kind::kKernel);
}

TEST_F(OfPaths, TheTosDecidesToo) {
  ASSERT_TRUE(ip_batch("rule add tos 0x10 lookup 100\nroute add blackhole default table 100"));
  ASSERT_NO_FATAL_FAILURE(
      open_paths({.interface = 0, .fwmark = {}, .tos = Tos{0x10}, .source4 = {}, .source6 = {}}));
  EXPECT_EQ(path("240.2.9.9").error, EINVAL);
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  EXPECT_EQ(path("240.2.9.9").kind, Kind::kGateway);
}

TEST_F(OfPaths, OfAnInterfaceWithoutAnAddressAreTheKernels) {
  VirtualLink bare;
  ASSERT_TRUE(bare.open("tap2", IFF_TAP));
  ASSERT_TRUE(
      ip_batch("link set tap2 up\nroute add 240.8.0.0/16 dev tap2\nroute add 240.9.0.0/16 via 240.10.0.1 dev "
               "tap2 onlink"));
  ASSERT_NO_FATAL_FAILURE(open_paths({}));
  // The kernel lends it one of another link's, and then ARP may ask with it.
  const Path lent = path("240.8.0.9");
  EXPECT_EQ(lent.kind, Kind::kAttached);
  EXPECT_TRUE(lent.source.is_v4() && lent.source != Address());
  const Path onlink = path("240.9.0.9");
  EXPECT_EQ(onlink.kind, Kind::kGateway);
  EXPECT_TRUE(onlink.gateway->source.is_v4() && onlink.gateway->source != Address());
}

TEST_F(OfPaths, NeighbourLimitIsTheKernels) {
  auto netlink = Netlink::open();
  ASSERT_TRUE(netlink);
  EXPECT_GT(neighbour_limit(*netlink, Family::kIpv4), 0U);
  EXPECT_GT(neighbour_limit(*netlink, Family::kIpv6), 0U);
  std::ifstream file("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
  std::uint32_t threshold = 0;
  if (file >> threshold) {  // of the first namespace: it may not show here
    EXPECT_EQ(neighbour_limit(*netlink, Family::kIpv4), threshold);
  }
}

TEST_F(OfPaths, NeighboursOfTheKernelCountWhileTheyAreValid) {
  auto netlink = Netlink::open();
  ASSERT_TRUE(netlink);
  const std::uint32_t tap0 = if_nametoindex("tap0");
  EXPECT_EQ(neighbour_of(*netlink, tap0, parse("240.1.0.2")), kGateway4);
  EXPECT_EQ(neighbour_of(*netlink, tap0, parse("240.1.0.3")), std::nullopt);
  EXPECT_EQ(neighbour_of(*netlink, if_nametoindex("tap1"), parse("240.1.0.2")), std::nullopt);
  ASSERT_TRUE(
      ip_batch("neigh add 240.1.0.4 lladdr 02:e5:00:00:0a:77 dev tap0 nud stale\n"
               "neigh add fd00:e5:a::4 lladdr 02:e5:00:00:0a:77 dev tap0 nud permanent\n"
               "neigh add 240.1.0.5 lladdr 02:e5:00:00:0a:77 dev tap0 nud failed"));
  EXPECT_EQ(neighbour_of(*netlink, tap0, parse("240.1.0.4")), std::nullopt)
      << "stale: the kernel would ask again";
  EXPECT_EQ(neighbour_of(*netlink, tap0, parse("fd00:e5:a::4")), kSomebody);
  EXPECT_EQ(neighbour_of(*netlink, tap0, parse("240.1.0.5")), std::nullopt);
}

}  // namespace
}  // namespace echosweep::net

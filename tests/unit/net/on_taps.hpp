#pragma once

#include <memory>
#include <optional>

#include "net/paths.hpp"
#include "probes.hpp"

namespace echosweep::net {

/// A machine with two Ethernet links, a tun and lo, and routes of every kind over them.
class OnTaps : public BehindATun {
 protected:
  static constexpr MacAddress kTap0{{0x02, 0xe5, 0, 0, 0x0a, 0x01}};
  static constexpr MacAddress kTap1{{0x02, 0xe5, 0, 0, 0x0b, 0x01}};
  static constexpr MacAddress kGateway4{
      {0x02, 0xe5, 0, 0, 0x0a, 0x02}};  ///< 240.1.0.2, which the kernel knows
  static constexpr MacAddress kSomebody{{0x02, 0xe5, 0, 0, 0x0a, 0x77}};

  void make() override {
    ASSERT_NO_FATAL_FAILURE(BehindATun::make());
    ASSERT_TRUE(tap0_.open("tap0", IFF_TAP)) << std::strerror(errno);
    ASSERT_TRUE(tap1_.open("tap1", IFF_TAP)) << std::strerror(errno);
    ASSERT_TRUE(
        ip_batch("link set tap0 address 02:e5:00:00:0a:01 mtu 1400 up\n"
                 "link set tap1 address 02:e5:00:00:0b:01 up\n"
                 "addr add 240.1.0.1/24 brd + dev tap0\n"
                 "addr add 240.5.0.1/24 dev tap1\n"
                 "addr add fd00:e5:a::1/64 dev tap0 nodad\n"
                 "neigh add 240.1.0.2 lladdr 02:e5:00:00:0a:02 dev tap0 nud reachable\n"
                 "route add 240.2.0.0/16 via 240.1.0.2\n"
                 "route add 240.3.0.0/16 via inet6 fd00:e5:a::2 dev tap0\n"
                 "route add 240.4.0.0/16 via 240.5.0.2\n"
                 "route add fd00:e5:b::/48 via fd00:e5:a::2\n"
                 "route add fd00:e5:c::/48 via fe80::2 dev tap0\n"
                 "route add blackhole 198.18.65.0/24\n"
                 "route add prohibit 198.18.66.0/24\n"
                 "route add unreachable 198.18.67.0/24\n"
                 "route add throw 198.18.68.0/24\n"
                 "route add blackhole fd00:e5:65::/48\n"
                 "route add prohibit fd00:e5:66::/48\n"
                 "route add unreachable fd00:e5:67::/48"));
    ASSERT_TRUE(is_ours("fd00:e5:a::1"));
    ASSERT_NO_FATAL_FAILURE(open_paths({}));
  }

  void open_paths(const RouteQuery& query) {
    auto opened = Paths::open(query);
    ASSERT_TRUE(opened) << opened.error().message;
    paths_ = std::move(*opened);
  }
  /// A copy: what find() gives lives until the next refresh.
  /// An answer to a question that all gateways have been asked.
  void learn(std::uint32_t interface, const Address& address, const MacAddress& mac) {
    for (Gateway& gateway : paths_->gateways()) {
      gateway.is_asked = true;
    }
    paths_->learn(interface, address, mac);
  }
  Path path(const Address& destination) { return paths_->find(destination); }
  Path path(const char* destination) { return path(parse(destination)); }
  static MacAddress mac_of(const Gateway* gateway) { return MacAddress::from_value(gateway->mac.load()); }

  VirtualLink tap0_;
  VirtualLink tap1_;
  std::unique_ptr<Paths> paths_;
};

}  // namespace echosweep::net

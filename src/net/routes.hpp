#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "core/result.hpp"
#include "net/links.hpp"

namespace echosweep::net {

/// Where the kernel would send a packet.
struct Route {
  std::uint32_t interface = 0;
  Link link;
  std::optional<Address> gateway;
  std::optional<Address> source;  ///< the source address that the kernel prefers
  bool local = false;             ///< one of this machine's own addresses
  /// Unicast, by one next hop (the kernel spreads packets over several), and sent as it is: no tunnel or
  /// label is put around it.
  bool plain = true;

  /// Directly attached by a link that asks for neighbours (ARP, ND): each target takes a neighbour entry.
  bool needs_neighbour() const;
};

/// What besides the destination decides on a route.
struct RouteQuery {
  std::uint32_t interface = 0;  ///< 0: any
  std::optional<std::uint32_t> fwmark;
  Tos tos{};
  std::optional<Address> source4;
  std::optional<Address> source6;
};

/// The kernel's answer for one destination. Error.code says what a probe would meet: EINVAL (blackhole),
/// EHOSTUNREACH, EACCES (prohibit), ENETUNREACH.
Result<Route> route_to(Netlink& netlink, const Address& destination, const RouteQuery& query);

/// Every address that the routing tables treat as a broadcast.
std::vector<Address> broadcast_addresses(Netlink& netlink);

/// Where, among the numbers of a family's addresses, a route or a routing rule begins, or the next number
/// after one ends: between two of them every address is routed the same, from the same source. Sorted, the
/// first is 0.
std::vector<Uint128> route_boundaries(Netlink& netlink, Family family);

}  // namespace echosweep::net

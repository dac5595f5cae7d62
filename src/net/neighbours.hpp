#pragma once

#include <optional>

#include "core/address.hpp"
#include "core/mac_address.hpp"
#include "net/netlink.hpp"

namespace echosweep::net {

/// Whose MAC address the kernel is sure of (ip-neighbour(8)); nothing: it would ask, or ask again.
std::optional<MacAddress> neighbour_of(Netlink& netlink, std::uint32_t interface, const Address& address);

/// How many neighbours the kernel holds at most (gc_thresh3), of this family, in all namespaces together.
std::uint32_t neighbour_limit(Netlink& netlink, Family family);

}  // namespace echosweep::net

#pragma once

#include <cstddef>
#include <string>

#include "core/address.hpp"

namespace echosweep {

/// What the longest address takes without its zone: an IPv6 address that ends in a dotted IPv4 one.
inline constexpr std::size_t kLongestAddressText = 45;

/// Writes the address without its zone to `out`, which has room for kLongestAddressText bytes, and returns
/// the end of it. Dotted decimal, or RFC 5952; for lists of millions.
char* write_bare_address(const Address& address, char* out);

/// What stands behind an address of this zone: `%eth0`, `%7` where the interface has no name (any more),
/// nothing for zone 0. Asks the kernel.
std::string zone_suffix(std::uint32_t zone);

}  // namespace echosweep

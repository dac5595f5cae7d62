#pragma once

#include <span>
#include <string>

#include "core/address.hpp"

namespace echosweep::map {

/// Addresses from `first` to `last`, both included, of one family.
struct Span {
  Address first;
  Address last;
};

/// A CIDR block, without a zone.
struct Prefix {
  Address base;
  int length = 0;

  /// log2 of how many addresses it has.
  int host_bits() const { return address_bits(base.family()) - length; }
  bool contains(const Address& address) const;
  /// The `number`-th of the 2^bits equal blocks that it is made of. `bits` is at most host_bits().
  Prefix part(Uint128 number, int bits) const;

  friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// `192.0.2.0/24`, `2001:db8::/32`.
std::string to_string(const Prefix& prefix);

/// The same as short as registries write it: IPv4 without the zeros behind its length (`198.18/15`, `0/0`).
std::string short_text(const Prefix& prefix);

/// The longest prefix that covers all spans, which are of one family and at least one; their zones do not
/// matter. It has at least 256 addresses: a smaller map would show less than what is around.
Prefix smallest_cover(std::span<const Span> spans);

}  // namespace echosweep::map

#pragma once

#include "core/address.hpp"

namespace echosweep::targets {

/// All addresses from `first` to `last`, both included; of one family and one zone, `first` ≤ `last`.
struct Range {
  Address first;
  Address last;
  friend bool operator==(const Range&, const Range&) = default;
};

/// The address with this number in the family and zone of `like`.
constexpr Address with_value(const Address& like, Uint128 value) {
  return like.is_v4() ? Address::v4(static_cast<std::uint32_t>(value)) : Address::v6(value, like.zone());
}

/// What `address/length` covers, its host bits masked off. `length` is at most address_bits().
constexpr Range prefix_range(const Address& address, int length) {
  const int host_bits = address_bits(address.family()) - length;
  const Uint128 hosts = host_bits == 128 ? ~Uint128{0} : (Uint128{1} << host_bits) - 1;
  return {with_value(address, address.value() & ~hosts), with_value(address, address.value() | hosts)};
}

}  // namespace echosweep::targets

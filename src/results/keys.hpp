#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "core/address.hpp"

namespace echosweep::results {

// What the sorted tables of hosts are sorted by: the addresses of a family as a line from the lowest to the
// highest.

/// IPv4, host byte order.
struct Key4 {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(const Key4&, const Key4&) = default;

  static constexpr Key4 lowest() { return {}; }
  static constexpr Key4 highest() { return {std::numeric_limits<std::uint32_t>::max()}; }
  constexpr Key4 next() const { return {value + 1}; }
  constexpr Key4 previous() const { return {value - 1}; }
  static constexpr Key4 of(const Address& address, std::uint32_t) { return {address.v4_value()}; }
  constexpr Address address() const { return Address::v4(value); }
  constexpr std::uint32_t zone() const { return 0; }
};

/// IPv6: the zone's number in front. Two words instead of one of 16 bytes: they need no padding.
struct Key6 {
  std::uint32_t zone_number = 0;
  std::uint32_t spare = 0;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend constexpr auto operator<=>(const Key6&, const Key6&) = default;

  static constexpr Key6 at(std::uint32_t zone, Uint128 value) {
    return {zone, 0, static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
  }
  static constexpr Key6 lowest() { return {}; }
  static constexpr Key6 highest() { return at(std::numeric_limits<std::uint32_t>::max(), ~Uint128{0}); }
  constexpr Uint128 value() const { return Uint128{high} << 64 | low; }
  constexpr Key6 next() const {
    const Uint128 beyond = value() + 1;
    return at(beyond == 0 ? zone_number + 1 : zone_number, beyond);
  }
  constexpr Key6 previous() const { return at(value() == 0 ? zone_number - 1 : zone_number, value() - 1); }
  static constexpr Key6 of(const Address& address, std::uint32_t zone) { return at(zone, address.value()); }
  constexpr Address address() const { return Address::v6(value()); }
  constexpr std::uint32_t zone() const { return zone_number; }
};

/// How many addresses there are from `first` to `last`, both of one zone; at most 2^64 - 1 is said.
template <typename Key>
constexpr std::uint64_t count_of(const Key& first, const Key& last) {
  const Uint128 distance = last.address().value() - first.address().value();
  constexpr Uint128 kMost = std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(distance >= kMost ? kMost : distance + 1);
}

/// A sum that stays at the highest number instead of starting anew.
constexpr std::uint64_t add_up(std::uint64_t a, std::uint64_t b) {
  return a + b < a ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

}  // namespace echosweep::results

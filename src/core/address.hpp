#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace echosweep {

__extension__ using Uint128 = unsigned __int128;

enum class Family : std::uint8_t { kIpv4, kIpv6 };

/// An IPv4 or IPv6 address with its zone (RFC 4007): the thing that a target is. A plain value, ordered by
/// family, zone and number, so that a range of addresses is an interval.
class Address {
 public:
  /// 0.0.0.0
  constexpr Address() = default;
  /// `value`: host byte order.
  static constexpr Address v4(std::uint32_t value) { return Address(Family::kIpv4, value, 0); }
  /// `value`: host byte order; `zone`: an interface index, 0 for none.
  static constexpr Address v6(Uint128 value, std::uint32_t zone = 0) {
    return Address(Family::kIpv6, value, zone);
  }
  /// `bytes`: 16 bytes in network byte order.
  static Address v6_from_bytes(const std::uint8_t* bytes, std::uint32_t zone = 0);

  /// Reads `192.0.2.1`, `2001:db8::1` and `fe80::1%eth0` (RFC 4291 2.2, RFC 4007 11; zone as name or index).
  /// IPv4 takes four decimal numbers and nothing else: no octal, no hexadecimal, no short forms. A zone on
  /// an address that means the same everywhere is checked and then forgotten, as the kernel does.
  static Result<Address> parse(std::string_view text);

  constexpr Family family() const { return family_; }
  constexpr bool is_v4() const { return family_ == Family::kIpv4; }
  /// Host byte order; below 2^32 for IPv4.
  constexpr Uint128 value() const { return value_; }
  constexpr std::uint32_t v4_value() const { return static_cast<std::uint32_t>(value_); }
  constexpr std::uint32_t zone() const { return zone_; }
  /// Network byte order; IPv4 fills the first four bytes.
  std::array<std::uint8_t, 16> bytes() const;

  /// The address `distance` further on, in the same family and zone. The caller keeps it in range.
  constexpr Address plus(Uint128 distance) const { return Address(family_, value_ + distance, zone_); }
  constexpr Address with_zone(std::uint32_t zone) const { return Address(family_, value_, zone); }

  /// fe80::/10 (RFC 4291 2.5.6): means something only together with a zone.
  constexpr bool is_link_local_v6() const { return !is_v4() && (value_ >> 118) == 0x3fa; }
  /// fe80::/10, or multicast of interface or link scope (ff01::/16, ff02::/16; RFC 4291 2.7).
  constexpr bool needs_zone() const {
    const auto top = static_cast<std::uint32_t>(value_ >> 112);
    return is_link_local_v6() || (!is_v4() && (top == 0xff01 || top == 0xff02));
  }
  /// 224.0.0.0/4 or ff00::/8.
  constexpr bool is_multicast() const { return is_v4() ? (value_ >> 28) == 0xe : (value_ >> 120) == 0xff; }

  friend constexpr bool operator==(const Address&, const Address&) = default;
  friend constexpr std::strong_ordering operator<=>(const Address& a, const Address& b) {
    if (auto c = a.family_ <=> b.family_; c != 0) {
      return c;
    }
    if (auto c = a.zone_ <=> b.zone_; c != 0) {
      return c;
    }
    return a.value_ < b.value_   ? std::strong_ordering::less
           : a.value_ > b.value_ ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
  }

 private:
  constexpr Address(Family family, Uint128 value, std::uint32_t zone)
      : value_(value), zone_(zone), family_(family) {}

  Uint128 value_ = 0;
  std::uint32_t zone_ = 0;
  Family family_ = Family::kIpv4;
};

/// Dotted decimal, or RFC 5952 with `%zone` (the interface's name, or its index where it has none).
std::string to_string(const Address& address);

/// How many bits an address of this family has: 32 or 128.
constexpr int address_bits(Family family) {
  return family == Family::kIpv4 ? 32 : 128;
}

/// The highest number of the family.
constexpr Uint128 max_value(Family family) {
  return family == Family::kIpv4 ? Uint128{0xffffffff} : ~Uint128{0};
}

}  // namespace echosweep

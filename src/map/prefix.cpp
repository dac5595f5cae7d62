#include "map/prefix.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace echosweep::map {

namespace {

constexpr int kFewestHostBits = 8;

/// `value` with its lowest `bits` (up to 128) cleared.
Uint128 without_low(Uint128 value, int bits) {
  return bits >= 128 ? 0 : value >> bits << bits;
}

Address make(Family family, Uint128 value) {
  return family == Family::kIpv4 ? Address::v4(static_cast<std::uint32_t>(value)) : Address::v6(value);
}

}  // namespace

bool Prefix::contains(const Address& address) const {
  return address.family() == base.family() && without_low(address.value(), host_bits()) == base.value();
}

Prefix Prefix::part(Uint128 number, int bits) const {
  const int shift = host_bits() - bits;
  return {.base = make(base.family(), base.value() + (shift >= 128 ? 0 : number << shift)),
          .length = length + bits};
}

std::string to_string(const Prefix& prefix) {
  return fmt::format("{}/{}", to_string(prefix.base), prefix.length);
}

std::string short_text(const Prefix& prefix) {
  if (!prefix.base.is_v4()) {
    return to_string(prefix);
  }
  const std::uint32_t value = prefix.base.v4_value();
  std::string text = fmt::format("{}", value >> 24);
  for (int octet = 1; octet * 8 < prefix.length; ++octet) {
    text += fmt::format(".{}", (value >> (24 - 8 * octet)) & 0xff);
  }
  return fmt::format("{}/{}", text, prefix.length);
}

Prefix smallest_cover(std::span<const Span> spans) {
  Uint128 low = spans.front().first.value();
  Uint128 high = spans.front().last.value();
  for (const Span& span : spans) {
    low = std::min(low, span.first.value());
    high = std::max(high, span.last.value());
  }
  const Family family = spans.front().first.family();
  int host_bits = kFewestHostBits;
  while (without_low(low, host_bits) != without_low(high, host_bits)) {
    ++host_bits;
  }
  return {.base = make(family, without_low(low, host_bits)), .length = address_bits(family) - host_bits};
}

}  // namespace echosweep::map

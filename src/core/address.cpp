#include "core/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>

#include <charconv>

namespace echosweep {

namespace {

/// Four decimal numbers with three dots. By hand because a list of a million lines should take a second.
bool parse_v4(std::string_view text, std::uint32_t& value) {
  const char* at = text.data();
  const char* const end = at + text.size();
  value = 0;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0) {
      if (at == end || *at != '.') {
        return false;
      }
      ++at;
    }
    const char* const first = at;
    unsigned number = 0;
    while (at != end && *at >= '0' && *at <= '9' && at - first < 3) {
      number = number * 10 + static_cast<unsigned>(*at - '0');
      ++at;
    }
    const bool leading_zero = at - first > 1 && *first == '0';  // octal to some, decimal to others
    if (at == first || leading_zero || number > 255) {
      return false;
    }
    value = value << 8 | number;
  }
  return at == end;
}

Result<std::uint32_t> parse_zone(std::string_view text) {
  const std::string name(text);
  if (const unsigned index = if_nametoindex(name.c_str()); index != 0) {
    return index;
  }
  std::uint32_t index = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (code == std::errc{} && rest == text.data() + text.size() && index != 0) {
    return index;
  }
  return fail(fmt::format("there is no interface '{}'", text));
}

}  // namespace

Address Address::v6_from_bytes(const std::uint8_t* bytes, std::uint32_t zone) {
  Uint128 value = 0;
  for (int i = 0; i < 16; ++i) {
    value = value << 8 | bytes[i];
  }
  return v6(value, zone);
}

std::array<std::uint8_t, 16> Address::bytes() const {
  std::array<std::uint8_t, 16> out{};
  const int size = address_bits(family_) / 8;
  for (int i = 0; i < size; ++i) {
    out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value_ >> (8 * (size - 1 - i)));
  }
  return out;
}

Result<Address> Address::parse(std::string_view text) {
  std::uint32_t number = 0;
  if (parse_v4(text, number)) {
    return v4(number);
  }
  const std::size_t percent = text.find('%');
  const std::string bare(text.substr(0, percent));
  std::array<std::uint8_t, 16> raw{};
  if (bare.size() >= INET6_ADDRSTRLEN || bare.find('\0') != std::string::npos ||
      inet_pton(AF_INET6, bare.c_str(), raw.data()) != 1) {
    return fail(fmt::format("'{}' is not an address", text));
  }
  std::uint32_t zone = 0;
  if (percent != std::string_view::npos) {
    auto parsed = parse_zone(text.substr(percent + 1));
    if (!parsed) {
      return std::unexpected(parsed.error());
    }
    zone = *parsed;
  }
  const Address address = v6_from_bytes(raw.data(), zone);
  return address.needs_zone() ? address : address.with_zone(0);
}

}  // namespace echosweep

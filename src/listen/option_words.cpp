#include "listen/option_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/mac_address.hpp"
#include "listen/words.hpp"
#include "packet/bytes.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::listen {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kAddress6 = 16;

/// RFC 791 3.1: a pointer, counted from the option's start, and addresses.
std::string route_words(std::string_view name, Bytes data) {
  if (data.empty()) {
    return fmt::format("{}, empty", name);
  }
  std::string text = fmt::format("{}, pointer {}:", name, data[0]);
  for (Bytes rest = data.subspan(1); rest.size() >= 4; rest = rest.subspan(4)) {
    text += ' ';
    text += bare(Address::v4(packet::load_be32(rest.data())));
  }
  return text;
}

std::string unknown_words(std::uint8_t type, Bytes data) {
  return fmt::format("type {}, {} bytes{}{}", type, data.size(), data.empty() ? "" : ": ", hex_of(data));
}

std::string link_address_words(std::string_view name, Bytes data) {
  MacAddress mac;
  if (data.size() != mac.bytes.size()) {
    return fmt::format("{} {}", name, hex_of(data));
  }
  std::ranges::copy(data, mac.bytes.begin());
  return fmt::format("{} {}", name, to_string(mac));
}

/// RFC 4861 4.6.2.
std::string prefix_words(Bytes data) {
  return fmt::format("prefix {}/{}, on-link {}, autonomous {}, valid {} s, preferred {} s",
                     bare(Address::v6_from_bytes(&data[14])), data[0], data[1] >> 7, data[1] >> 6 & 1,
                     packet::load_be32(&data[2]), packet::load_be32(&data[6]));
}

/// RFC 8106 5.1.
std::string name_server_words(Bytes data) {
  std::string text = fmt::format("name servers, lifetime {} s:", packet::load_be32(&data[2]));
  for (Bytes rest = data.subspan(6); rest.size() >= kAddress6; rest = rest.subspan(kAddress6)) {
    text += ' ';
    text += bare(Address::v6_from_bytes(rest.data()));
  }
  return text;
}

std::string_view extension_name(std::uint8_t type) {
  switch (type) {
    case packet::kHopByHop:
      return "hop-by-hop options";
    case packet::kRouting:
      return "routing";
    case packet::kFragment:
      return "fragment";
    default:
      return "destination options";
  }
}

}  // namespace

std::string hex_of(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  }
  return text;
}

std::string option_words(const packet::Ipv4Option& option) {
  switch (option.type) {
    case 1:
      return "no operation";
    case 7:
      return route_words("record route", option.data);
    case 131:
      return route_words("loose source route", option.data);
    case 137:
      return route_words("strict source route", option.data);
    case 68:
      return fmt::format("timestamp, {}", hex_of(option.data));
    case 148:
      return fmt::format("router alert, {}", hex_of(option.data));  // RFC 2113
    default:
      return unknown_words(option.type, option.data);
  }
}

std::string option_words(const packet::NeighbourOption& option) {
  constexpr std::size_t kPrefixSize = 30;
  constexpr std::size_t kMtuSize = 6;
  const Bytes data = option.data;
  if (option.type == 1 || option.type == 2) {
    return link_address_words(option.type == 1 ? "source link-layer address" : "target link-layer address",
                              data);
  }
  if (option.type == 3 && data.size() == kPrefixSize) {
    return prefix_words(data);
  }
  if (option.type == 4) {
    return fmt::format("redirected packet, {} bytes", data.size());
  }
  if (option.type == 5 && data.size() == kMtuSize) {
    return fmt::format("mtu {}", packet::load_be32(&data[2]));
  }
  if (option.type == 25 && data.size() >= 6) {
    return name_server_words(data);
  }
  return unknown_words(option.type, data);
}

std::string extension_words(const packet::Ipv6Extension& extension) {
  return fmt::format("{}, {} bytes: {}", extension_name(extension.type), extension.bytes.size(),
                     hex_of(extension.bytes));
}

}  // namespace echosweep::listen

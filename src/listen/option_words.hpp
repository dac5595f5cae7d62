#pragma once

#include <string>

#include "packet/icmp_message.hpp"

namespace echosweep::listen {

/// `record route, pointer 8: 192.0.2.1 0.0.0.0` (RFC 791 3.1); one that is not known by its number, in
/// hexadecimal.
std::string option_words(const packet::Ipv4Option& option);

/// `source link-layer address 02:00:5e:10:00:01`, `prefix 2001:db8::/64, on-link 1, ...` (RFC 4861 4.6, RFC
/// 8106); the same.
std::string option_words(const packet::NeighbourOption& option);

/// `hop-by-hop options, 8 bytes: 0502...` (RFC 8200 4).
std::string extension_words(const packet::Ipv6Extension& extension);

/// Bytes as `05020000`.
std::string hex_of(std::span<const std::uint8_t> bytes);

}  // namespace echosweep::listen

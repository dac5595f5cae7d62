#pragma once

#include <string>
#include <string_view>

#include "core/address.hpp"

namespace echosweep::results {

/// An address from a results file. The zone stays text: the file may come from a machine with other
/// interfaces.
struct HostAddress {
  Address address;        ///< without its zone
  std::string_view zone;  ///< `eth0`; empty where there is none. A view into what was parsed
};

/// All addresses of a prefix.
struct HostPrefix {
  HostAddress first;
  Address last;
};

/// Reads `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
Result<HostAddress> parse_host_address(std::string_view text);

/// Reads `192.0.2.0/25`, `2001:db8::/64`, `fe80::%eth0/64`, `fe80::/64%eth0`; bits behind the prefix are an
/// error.
Result<HostPrefix> parse_host_prefix(std::string_view text);

/// The address as text, with `%zone` where there is one.
std::string to_string(const HostAddress& address);

/// `text` in single quotes for a message: bytes that are not printable ASCII as \xNN, a long text cut.
std::string in_quotes(std::string_view text);

}  // namespace echosweep::results

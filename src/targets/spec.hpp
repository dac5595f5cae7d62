#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "targets/range.hpp"

namespace echosweep::targets {

/// What one word of the user's names: ranges of addresses, or a host name that somebody must resolve.
struct Spec {
  std::vector<Range> ranges;  ///< ascending and disjoint; empty: resolve `name`
  std::string name;           ///< empty where there are ranges
  bool single = false;        ///< one literal address: only so are multicast and broadcast meant
};

/// Reads one word:
/// `198.18.0.1`, `fe80::1%eth0`                                an address (Address::parse)
/// `198.18.0.0/24`, `fe80::/120%eth0`, `fe80::1%eth0/120`      a prefix, both its ends included, host bits
/// masked off `198.18.0.1-198.18.0.9`, `fd00:e5::1-fd00:e5::ff`           from A to B; a zone at either end
/// holds for both `198.18.3-5,7.*`, `198.18.0.10-`                            nmap's octet forms
/// `host.example.org`                                          a name (RFC 1123, underscores too)
/// What could be meant as an address is never taken for a name: neither digits and punctuation alone, nor
/// what inet_aton() would read as one (`0x7f.1`). Errors say which word and why.
Result<Spec> parse_spec(std::string_view text);

/// fping's `-g START END`: from one address to the other, both included.
Result<Spec> parse_generate(std::string_view start, std::string_view end);

/// fping's `-g CIDR`: without the prefix's first and last address, except in /31, /32, /127 and /128.
Result<Spec> parse_generate(std::string_view cidr);

/// `text` in single quotes, fit for a terminal: control and non-ASCII bytes as \xNN, a long text cut.
std::string in_quotes(std::string_view text);

}  // namespace echosweep::targets

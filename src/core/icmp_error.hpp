#pragma once

#include <cstdint>
#include <string_view>

#include "core/address.hpp"

namespace echosweep {

/// The kind of an ICMP error message as it stands on the wire (RFC 792, RFC 1812 5.2.7.1, RFC 4443).
struct IcmpError {
  Family family = Family::kIpv4;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  friend bool operator==(const IcmpError&, const IcmpError&) = default;
};

/// One lower-case word for it, `host-unreachable`, `admin-prohibited`, `time-exceeded`; a code that no
/// standard names gets its type's word.
std::string_view word(const IcmpError& error);

/// Whether the error says that the probe did not arrive. Source quench and redirect do not.
bool is_unreachable(const IcmpError& error);

}  // namespace echosweep

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/address.hpp"

namespace echosweep::cli {

// What fping and ping take for a target, which is what getaddrinfo() does: more forms of an address than a
// sweep takes, and names that it would not even ask about.

/// One address: in our strict form, or in one of inet_aton()'s (`127.1`, `0x7f000001`).
std::optional<Address> parse_as_inet_aton(const std::string& word);

/// Whether getaddrinfo() would ask anybody about it.
bool may_be_name(std::string_view word);

}  // namespace echosweep::cli

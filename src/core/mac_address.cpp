#include "core/mac_address.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace echosweep {

std::string to_string(const MacAddress& mac) {
  return fmt::format("{:02x}", fmt::join(mac.bytes, ":"));
}

}  // namespace echosweep

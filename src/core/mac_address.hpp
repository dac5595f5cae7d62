#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace echosweep {

/// An Ethernet address (IEEE 802, 48 bits), in the order in which it is sent. All zero means none.
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  bool empty() const { return *this == MacAddress{}; }
  /// The 48 bits as a number and back: for places that take a number only, such as an atomic.
  std::uint64_t value() const {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) {
      value = value << 8 | byte;
    }
    return value;
  }
  static MacAddress from_value(std::uint64_t value) {
    MacAddress mac;
    for (auto byte = mac.bytes.rbegin(); byte != mac.bytes.rend(); ++byte, value >>= 8) {
      *byte = static_cast<std::uint8_t>(value);
    }
    return mac;
  }

  friend auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

/// `02:00:5e:10:00:01`
std::string to_string(const MacAddress& mac);

}  // namespace echosweep

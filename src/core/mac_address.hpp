#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace echosweep {

/// An Ethernet address (IEEE 802, 48 bits), in the order in which it is sent. All zero means none.
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  bool empty() const { return value() == 0; }
  /// The 48 bits as a number and back: for places that take a number only, such as an atomic. In two pieces,
  /// as processors have no numbers of 6 bytes.
  std::uint64_t value() const {
    std::uint32_t first = 0;
    std::uint16_t rest = 0;
    std::memcpy(&first, bytes.data(), sizeof first);
    std::memcpy(&rest, bytes.data() + sizeof first, sizeof rest);
    return std::uint64_t{big_endian(first)} << 16 | big_endian(rest);
  }
  static MacAddress from_value(std::uint64_t value) {
    const std::uint32_t first = big_endian(static_cast<std::uint32_t>(value >> 16));
    const std::uint16_t rest = big_endian(static_cast<std::uint16_t>(value));
    MacAddress mac;
    std::memcpy(mac.bytes.data(), &first, sizeof first);
    std::memcpy(mac.bytes.data() + sizeof first, &rest, sizeof rest);
    return mac;
  }

  friend auto operator<=>(const MacAddress&, const MacAddress&) = default;

 private:
  template <typename Number>
  static constexpr Number big_endian(Number number) {
    return std::endian::native == std::endian::big ? number : std::byteswap(number);
  }
};

/// `02:00:5e:10:00:01`
std::string to_string(const MacAddress& mac);

}  // namespace echosweep

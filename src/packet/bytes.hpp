#pragma once

#include <cstdint>

namespace echosweep::packet {

// Numbers in network byte order at places that need not be aligned. The caller has checked the bounds.

constexpr std::uint16_t load_be16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

constexpr std::uint32_t load_be32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(load_be16(at)) << 16 | load_be16(at + 2);
}

/// `bytes` of them, at most 8.
constexpr std::uint64_t load_be(const std::uint8_t* at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value = value << 8 | at[i];
  }
  return value;
}

constexpr void store_be(std::uint8_t* at, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) {
    at[i] = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

constexpr void store_be16(std::uint8_t* at, std::uint16_t value) {
  store_be(at, value, 2);
}
constexpr void store_be32(std::uint8_t* at, std::uint32_t value) {
  store_be(at, value, 4);
}

}  // namespace echosweep::packet

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <string>

namespace echosweep::checkpoint {

// Numbers in little-endian byte order at places that need not be aligned. The caller has checked the bounds.

template <std::unsigned_integral Number>
constexpr void store_le(char* at, Number value) {
  const Number turned = std::endian::native == std::endian::little ? value : std::byteswap(value);
  std::ranges::copy(std::bit_cast<std::array<char, sizeof(Number)>>(turned), at);
}

template <std::unsigned_integral Number>
constexpr Number load_le(const char* at) {
  std::array<char, sizeof(Number)> bytes;
  std::copy_n(at, bytes.size(), bytes.begin());
  const auto number = std::bit_cast<Number>(bytes);
  return std::endian::native == std::endian::little ? number : std::byteswap(number);
}

template <std::unsigned_integral Number>
std::string le_bytes(Number value) {
  std::string bytes(sizeof value, '\0');
  store_le(bytes.data(), value);
  return bytes;
}

}  // namespace echosweep::checkpoint

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace echosweep::packet {

// Numbers in network byte order at places that need not be aligned. The caller has checked the bounds. Whole
// words are copied and turned around at once, which takes two instructions; loops over bytes take dozens.

template <typename Number>
constexpr Number load_be_as(const std::uint8_t* at) {
  std::array<std::uint8_t, sizeof(Number)> bytes;
  std::copy_n(at, bytes.size(), bytes.begin());
  const auto number = std::bit_cast<Number>(bytes);
  return std::endian::native == std::endian::big ? number : std::byteswap(number);
}

template <typename Number>
constexpr void store_be_as(std::uint8_t* at, Number value) {
  const Number turned = std::endian::native == std::endian::big ? value : std::byteswap(value);
  std::ranges::copy(std::bit_cast<std::array<std::uint8_t, sizeof(Number)>>(turned), at);
}

constexpr std::uint16_t load_be16(const std::uint8_t* at) {
  return load_be_as<std::uint16_t>(at);
}
constexpr std::uint32_t load_be32(const std::uint8_t* at) {
  return load_be_as<std::uint32_t>(at);
}
constexpr std::uint64_t load_be64(const std::uint8_t* at) {
  return load_be_as<std::uint64_t>(at);
}

/// `bytes` of them, at most 8.
constexpr std::uint64_t load_be(const std::uint8_t* at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value = value << 8 | at[i];
  }
  return value;
}

constexpr void store_be16(std::uint8_t* at, std::uint16_t value) {
  store_be_as(at, value);
}
constexpr void store_be32(std::uint8_t* at, std::uint32_t value) {
  store_be_as(at, value);
}
constexpr void store_be64(std::uint8_t* at, std::uint64_t value) {
  store_be_as(at, value);
}

}  // namespace echosweep::packet

#include "packet/md5.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <vector>

namespace echosweep::packet {

namespace {

constexpr std::size_t kBlock = 64;

std::uint32_t load_le32(const std::uint8_t* at) {
  return at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[3]} << 24;
}

/// RFC 1321 3.4: the whole part of 2^32 times |sin(i)|, i from 1.
std::array<std::uint32_t, 64> make_sines() {
  constexpr double kTwoTo32 = 4294967296.0;
  std::array<std::uint32_t, 64> sines{};
  for (std::size_t i = 0; i < sines.size(); ++i) {
    sines[i] = static_cast<std::uint32_t>(kTwoTo32 * std::abs(std::sin(static_cast<double>(i + 1))));
  }
  return sines;
}

/// By round and step within four.
constexpr std::array<std::array<int, 4>, 4> kTurns = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

void take_block(std::array<std::uint32_t, 4>& state, const std::uint8_t* block) {
  static const std::array<std::uint32_t, 64> sines = make_sines();
  auto [a, b, c, d] = state;
  for (std::size_t i = 0; i < sines.size(); ++i) {
    const std::size_t round = i / 16;
    const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                : round == 1 ? (b & d) | (c & ~d)
                                : round == 2 ? b ^ c ^ d
                                             : c ^ (b | ~d);
    const std::size_t word = (round == 0 ? i : round == 1 ? 5 * i + 1 : round == 2 ? 3 * i + 5 : 7 * i) % 16;
    const std::uint32_t sum = a + mixed + sines[i] + load_le32(block + 4 * word);
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kTurns[round][i % 4]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

}  // namespace

std::array<std::uint8_t, 16> md5(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kLength = 8;
  std::vector<std::uint8_t> padded(bytes.begin(), bytes.end());
  padded.push_back(0x80);
  while (padded.size() % kBlock != kBlock - kLength) {
    padded.push_back(0);
  }
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int i = 0; i < 8; ++i) {
    padded.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  std::array<std::uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t at = 0; at < padded.size(); at += kBlock) {
    take_block(state, padded.data() + at);
  }
  std::array<std::uint8_t, 16> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)));
  }
  return digest;
}

}  // namespace echosweep::packet

// Addresses as text, without printf: a list of a /8 is 16 million of them.
//
// IPv4 copies each octet and its dot from a table, four bytes at once, and moves on by as many as count.
// IPv6 follows RFC 5952: no leading zeros, lower case, the longest run of two or more zero words (the first
// of equal ones) as `::`; addresses that hold an IPv4 address (RFC 4291 2.5.5) end in dotted decimal, as
// inet_ntop(3) has it.
#include "core/address_text.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace echosweep {

namespace {

struct Octet {
  std::array<char, 4> text{};  ///< with a dot behind it
  std::uint8_t size = 0;       ///< dot included
};

constexpr std::array<Octet, 256> make_octets() {
  std::array<Octet, 256> octets{};
  for (unsigned value = 0; value < octets.size(); ++value) {
    Octet& octet = octets[value];
    for (unsigned unit = 100; unit > 0; unit /= 10) {
      if (value >= unit || unit == 1) {
        octet.text[octet.size++] = static_cast<char>('0' + value / unit % 10);
      }
    }
    octet.text[octet.size++] = '.';
  }
  return octets;
}

constexpr std::array<Octet, 256> kOctets = make_octets();
constexpr std::array<char, 17> kHexDigits = {"0123456789abcdef"};

/// Writes up to 16 bytes, of which the last may be beyond what it returns.
char* write_v4(std::uint32_t value, char* out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    const Octet& octet = kOctets[value >> shift & 255];
    std::memcpy(out, octet.text.data(), octet.text.size());
    out += octet.size;
  }
  return out - 1;  // without the last dot
}

char* write_word(std::uint32_t word, char* out) {
  const int digits = word == 0 ? 1 : (static_cast<int>(std::bit_width(word)) + 3) / 4;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    *out++ = kHexDigits[word >> shift & 15];
  }
  return out;
}

struct Run {
  int first = 0;
  int size = 0;
};

/// The run of zero words that `::` stands for; of size 0 if there is none.
Run longest_zero_run(const std::array<std::uint32_t, 8>& words) {
  Run best;
  for (int i = 0; i < 8;) {
    const int first = i;
    while (i < 8 && words[static_cast<std::size_t>(i)] == 0) {
      ++i;
    }
    if (i - first > std::max(best.size, 1)) {
      best = {first, i - first};
    }
    ++i;
  }
  return best;
}

char* write_v6(Uint128 value, char* out) {
  std::array<std::uint32_t, 8> words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = static_cast<std::uint32_t>(value >> 16 * (7 - i)) & 0xffff;
  }
  const Run zeros = longest_zero_run(words);
  const bool holds_v4 = zeros.first == 0 && (zeros.size == 6 || (zeros.size == 5 && words[5] == 0xffff));
  for (int i = 0; i < 8;) {
    if (i == zeros.first && zeros.size > 0) {
      *out++ = ':';
      i += zeros.size;
      if (i == 8) {
        *out++ = ':';
      }
      continue;
    }
    if (i > 0) {
      *out++ = ':';
    }
    if (i == 6 && holds_v4) {
      return write_v4(static_cast<std::uint32_t>(value), out);
    }
    out = write_word(words[static_cast<std::size_t>(i)], out);
    ++i;
  }
  return out;
}

}  // namespace

char* write_bare_address(const Address& address, char* out) {
  return address.is_v4() ? write_v4(address.v4_value(), out) : write_v6(address.value(), out);
}

std::string zone_suffix(std::uint32_t zone) {
  if (zone == 0) {
    return {};
  }
  std::array<char, IF_NAMESIZE> name{};
  if (if_indextoname(zone, name.data()) != nullptr) {
    return fmt::format("%{}", name.data());
  }
  return fmt::format("%{}", zone);
}

std::string to_string(const Address& address) {
  std::array<char, kLongestAddressText> text;
  char* const end = write_bare_address(address, text.data());
  std::string whole(text.data(), end);
  if (address.zone() != 0) {
    whole += zone_suffix(address.zone());
  }
  return whole;
}

}  // namespace echosweep

#pragma once

#include <cstdint>
#include <span>

#include "packet/bytes.hpp"

namespace echosweep::packet {

/// The one's complement sum of the Internet checksum (RFC 1071), not yet complemented. Sums of parts add up
/// to the sum of the whole as long as each part but the last has an even length: that is what lets a packet
/// keep the sum of what never changes and add only what does (the idea of RFC 1624).
class ChecksumSum {
 public:
  constexpr ChecksumSum() = default;

  /// `bytes` in network byte order; an odd last byte is padded with zero.
  constexpr void add(std::span<const std::uint8_t> bytes) {
    std::size_t i = 0;
    for (; i + 7 < bytes.size(); i += 8) {
      add_words(load_be64(&bytes[i]));
    }
    for (; i + 1 < bytes.size(); i += 2) {
      sum_ += static_cast<std::uint64_t>(bytes[i] << 8 | bytes[i + 1]);
    }
    if (i < bytes.size()) {
      sum_ += static_cast<std::uint64_t>(bytes[i] << 8);
    }
  }
  /// `word` in host byte order.
  constexpr void add_word(std::uint16_t word) { sum_ += word; }
  /// Four words at once, host byte order. The halves need not be taken apart: 2^16 counts as 1 here.
  constexpr void add_words(std::uint64_t words) { sum_ += (words >> 32) + (words & 0xffffffff); }

  /// The value for the checksum field, host byte order. Over a packet whose field is filled in and right: 0.
  constexpr std::uint16_t checksum() const {
    // Four times is always enough, and no guess at how often it takes: at most 33 bits, 18, 17, 16.
    std::uint64_t sum = (sum_ & 0xffffffff) + (sum_ >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;
};

}  // namespace echosweep::packet

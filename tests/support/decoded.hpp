#pragma once

#include "packet/decode.hpp"

namespace echosweep::support {

/// What packet::decode() makes of these bytes, as a value.
inline std::expected<packet::DecodedReply, packet::NotDecoded> decoded(Family family,
                                                                       std::span<const std::uint8_t> bytes,
                                                                       std::uint32_t interface,
                                                                       std::size_t wire_size = 0) {
  packet::DecodedReply reply;
  const auto read = packet::decode(family, bytes, interface, wire_size, reply);
  if (!read) {
    return std::unexpected(read.error());
  }
  return reply;
}

}  // namespace echosweep::support

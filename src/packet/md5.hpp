#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace echosweep::packet {

/// RFC 1321, for what standards ask it for: it protects nothing.
std::array<std::uint8_t, 16> md5(std::span<const std::uint8_t> bytes);

}  // namespace echosweep::packet

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/quantities.hpp"

namespace echosweep {

/// What the TTL (hop limit) of a packet that has arrived lets one guess. Systems start at few values, and
/// paths are rarely longer than 30 hops: so the next such value up is where it most likely started. Anybody
/// may set another.
struct TtlGuess {
  Ttl initial;
  std::uint8_t hops = 0;     ///< routers on the way here
  std::string_view systems;  ///< who starts there
};

/// Nothing: 0, with which nothing arrives from elsewhere.
std::optional<TtlGuess> guess_from(Ttl arrived);

/// `initial TTL 64, 1 hop away, perhaps Linux, BSD or macOS`
std::string to_string(const TtlGuess& guess);

}  // namespace echosweep

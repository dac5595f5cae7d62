#include "core/ttl_guess.hpp"

#include <algorithm>
#include <array>

namespace echosweep {

namespace {

struct Start {
  std::uint8_t ttl;
  std::string_view systems;
};

constexpr std::array kStarts = {
    Start{32, "Windows before 2000"},
    Start{64, "Linux, BSD or macOS"},
    Start{128, "Windows"},
    Start{255, "network equipment or Solaris"},
};

}  // namespace

std::optional<TtlGuess> guess_from(Ttl arrived) {
  if (arrived.value == 0) {
    return std::nullopt;
  }
  const auto* const start = std::ranges::lower_bound(kStarts, arrived.value, {}, &Start::ttl);
  return TtlGuess{.initial = Ttl{start->ttl},
                  .hops = static_cast<std::uint8_t>(start->ttl - arrived.value),
                  .systems = start->systems};
}

std::string to_string(const TtlGuess& guess) {
  return "initial TTL " + std::to_string(guess.initial.value) + ", " + std::to_string(guess.hops) +
         (guess.hops == 1 ? " hop" : " hops") + " away, perhaps " + std::string(guess.systems);
}

}  // namespace echosweep

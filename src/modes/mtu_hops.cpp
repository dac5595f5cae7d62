#include "modes/mtu_hops.hpp"

#include <algorithm>
#include <array>

namespace echosweep::modes {

void MtuHops::guess(Ttl reply) {
  constexpr std::array<int, 4> kStarts = {32, 64, 128, 255};
  if (guess_ == 0) {
    const int start = *std::ranges::find_if(kStarts, [&](int each) { return reply.value <= each; });
    guess_ = static_cast<std::uint8_t>(std::clamp(start - reply.value + 1, 1, int{most_}));
  }
}

/// The guess, then (by then the guess is an end of what is left) its neighbour, then the middle.
std::uint8_t MtuHops::next() const {
  if (least_ + 1 >= most_) {
    return 0;
  }
  const int middle = least_ + (most_ - least_) / 2;
  const int wanted = steps_ < 2 ? guess_ : middle;
  return static_cast<std::uint8_t>(std::clamp(wanted, least_ + 1, most_ - 1));
}

void MtuHops::arrived(Ttl ttl) {
  most_ = std::min(most_, ttl.value);
}

void MtuHops::asked(Ttl ttl, bool arrived) {
  steps_ = static_cast<std::uint8_t>(std::min(steps_ + 1, 2));
  if (arrived) {
    this->arrived(ttl);
  } else if (ttl.value < most_) {
    least_ = std::max(least_, ttl.value);
  }
}

}  // namespace echosweep::modes

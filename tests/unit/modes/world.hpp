#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "modes/sweep_state.hpp"
#include "packet/sweep_codec.hpp"
#include "targets/target_set.hpp"

namespace echosweep::modes {

// What the tests of the modes share: a key, addresses, target sets.

inline packet::RunKey fixed_key() {
  packet::RunKey key{.identifier = Identifier{0x4e53}};
  key.tag_key.fill(3);
  key.sequence_key.fill(5);
  return key;
}

/// 198.18.0.0 and on.
inline Address host4(std::uint64_t number) {
  return Address::v4(0xc6120000 + static_cast<std::uint32_t>(number));
}
/// fd00:e5:: and on.
inline Address host6(std::uint64_t number) {
  return Address::v6((Uint128{0xfd0000e500000000} << 64) + number);
}
/// 198.19.255.1, fd00:e5:ffff::1: in no target set here.
inline Address router(Family family) {
  return family == Family::kIpv4 ? Address::v4(0xc613ff01)
                                 : Address::v6((Uint128{0xfd0000e5ffff0000} << 64) + 1);
}

/// `count4` IPv4 targets, then `count6` IPv6 targets.
inline targets::TargetSet target_set(std::uint64_t count4, std::uint64_t count6 = 0) {
  targets::TargetSetBuilder builder;
  if (count4 > 0) {
    builder.add({host4(0), host4(count4 - 1)}, false);
  }
  if (count6 > 0) {
    builder.add({host6(0), host6(count6 - 1)}, false);
  }
  return builder.build().value();
}

}  // namespace echosweep::modes

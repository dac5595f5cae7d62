#pragma once

#include "mtu/finding.hpp"

namespace echosweep::mtu {

// Findings and steps as they come, for the tests of what is printed of them.

inline constexpr Address kRouter = Address::v4(0xc0000205);

inline Finding all_fits() {
  return {.outcome = Outcome::kFound,
          .found = Found::kInterface,
          .mtu = 1500,
          .local_mtu = 1500,
          .hops = 5,
          .probes = 4,
          .rtt = std::chrono::microseconds(1234)};
}

inline Finding told() {
  Finding finding = all_fits();
  finding.found = Found::kTold;
  finding.mtu = 1300;
  finding.told_by = kRouter;
  finding.told_hop = 3;
  return finding;
}

inline Finding black_hole() {
  Finding finding = all_fits();
  finding.found = Found::kSearched;
  finding.mtu = 1400;
  finding.lost_size = 1401;
  finding.lost_after_hop = 2;
  finding.lost_after = kRouter;
  finding.lost_before_hop = 3;
  return finding;
}

}  // namespace echosweep::mtu

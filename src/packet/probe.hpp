#pragma once

#include <cstdint>

#include "core/address.hpp"
#include "core/quantities.hpp"

namespace echosweep::packet {

/// One packet that a mode wants sent: which target, where that is, and the how-manieth time.
struct Probe {
  std::uint64_t index = 0;  ///< the target's place in the target set
  Address destination;
  Pass pass;
};

}  // namespace echosweep::packet

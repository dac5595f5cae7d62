#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/quantities.hpp"
#include "packet/icmp_message.hpp"
#include "packet/link_layer.hpp"

namespace echosweep::listen {

/// An ICMP packet that passed, with what the capture says of it.
struct Heard {
  WallTime time;
  std::string interface;                       ///< empty: not known
  std::optional<packet::Direction> direction;  ///< nothing: not known
  bool names_interface = false;  ///< the capture is of many interfaces: a line begins with which
  packet::IcmpPacket packet;
};

}  // namespace echosweep::listen

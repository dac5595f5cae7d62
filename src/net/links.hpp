#pragma once

#include <cstdint>
#include <string>

#include "core/mac_address.hpp"
#include "net/netlink.hpp"

namespace echosweep::net {

/// An interface as rtnetlink describes it.
struct Link {
  std::string name;
  std::string kind;          ///< "bridge", "bond", "vrf", …; empty for hardware
  unsigned flags = 0;        ///< IFF_UP, IFF_RUNNING, IFF_NOARP, …
  std::uint32_t mtu = 0;     ///< bytes
  std::uint32_t master = 0;  ///< interface index; 0: none
  MacAddress mac;            ///< none where it has no Ethernet headers

  /// Takes Ethernet frames, and its neighbours are asked for by ARP and ND.
  bool is_ethernet() const;
};

/// An interface that is gone by now gives an empty Link.
Link link_of(Netlink& netlink, std::uint32_t interface);

/// Whether the interface is a port of a bridge, bond, team or the like, so that what comes in by it is seen
/// again on its master. False for a VRF's members, and where the kernel does not say.
bool hands_packets_to_master(std::uint32_t interface);

}  // namespace echosweep::net

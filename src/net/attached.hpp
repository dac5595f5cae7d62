#pragma once

#include "core/address.hpp"
#include "core/mac_address.hpp"

namespace echosweep::net {

/// The seam to what this machine knows of its links: whom it can ask by ARP and ND.
class Attached {
 public:
  virtual ~Attached() = default;
  /// Whether the address is on one of our links, so that it must say its MAC address before it can be sent
  /// anything. Sender thread only.
  virtual bool is_attached(const Address& address) = 0;
  /// Somebody on that link has that address, by his own word. False: it is not the link on which we ask for
  /// it, so he is none of ours. Any thread.
  virtual bool learn(std::uint32_t interface, const Address& address, const MacAddress& mac) = 0;
};

}  // namespace echosweep::net

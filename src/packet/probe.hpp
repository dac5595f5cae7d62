#pragma once

#include <cstdint>

#include "core/address.hpp"
#include "core/mac_address.hpp"
#include "core/quantities.hpp"

namespace echosweep::packet {

/// What a probe asks.
enum class ProbeKind : std::uint8_t {
  kEcho,       ///< an ICMP echo request
  kNeighbour,  ///< who has this address? ARP or neighbour solicitation, for targets on our own links
};

/// One packet that a mode wants sent: which target, where that is, and the how-manieth time.
struct Probe {
  std::uint64_t index = 0;  ///< the target's place in the target set
  Address destination;
  Pass pass;
  ProbeKind kind = ProbeKind::kEcho;
  Sequence sequence{};     ///< to be written as it is, where the codec's sequences are given
  Ttl ttl{};               ///< or hop limit; 0: the codec's, or the socket's
  std::uint16_t size = 0;  ///< bytes of the IP packet, where the codec can make it any; 0: the codec's own
  MacAddress mac{};  ///< of an echo to a target on our own link: its answer to the question above; else none
};

}  // namespace echosweep::packet

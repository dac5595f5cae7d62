#pragma once

#include <cstdint>
#include <span>

#include "core/address.hpp"
#include "core/mac_address.hpp"
#include "core/quantities.hpp"

namespace echosweep::packet {

/// Bytes of an Ethernet header without tags (IEEE 802.3).
inline constexpr std::size_t kEthernetHeaderSize = 14;

/// Writable bytes that must lie in front of a packet that is to become a frame: an Ethernet and an IPv6
/// header, and two more, so that what is aligned stays so.
inline constexpr std::size_t kFrameHeadroom = 56;

/// What a frame says besides its packet.
struct FrameFields {
  MacAddress to;
  MacAddress from;
  Address source;
  Ttl ttl;  ///< of IPv6; IPv4 packets bring theirs
  Tos tos;  ///< the same
};

/// Makes a frame of a packet as SweepCodec writes it, in place: the headers that are missing go into the
/// kFrameHeadroom bytes in front of it, the source address and the checksums into the packet. Returns the
/// frame, which begins in the headroom.
std::span<const std::uint8_t> make_frame(std::span<std::uint8_t> packet, const Address& destination,
                                         const FrameFields& fields);

}  // namespace echosweep::packet

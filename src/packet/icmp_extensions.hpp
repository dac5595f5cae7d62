#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/address.hpp"

namespace echosweep::packet {

/// One entry of a label stack (RFC 3032 2.1), host byte order.
struct MplsLabel {
  std::uint32_t label = 0;  ///< 20 bits
  std::uint8_t traffic_class = 0;
  bool bottom = false;
  std::uint8_t ttl = 0;
  friend bool operator==(const MplsLabel&, const MplsLabel&) = default;
};

/// An object of RFC 4884 8.
struct ExtensionObject {
  std::uint8_t class_number = 0;
  std::uint8_t class_type = 0;
  std::span<const std::uint8_t> data;  ///< behind its header of 4 bytes
  std::vector<MplsLabel> labels;       ///< of an MPLS label stack (RFC 4950: class 1, type 1)
};

/// What an ICMP error says besides the packet that it quotes (RFC 4884 7).
struct IcmpExtensions {
  std::uint8_t version = 0;
  std::uint16_t checksum = 0;          ///< 0: none was made
  std::optional<bool> checksum_right;  ///< nothing: none was made, or not all of it is there
  std::vector<ExtensionObject> objects;
  std::span<const std::uint8_t> bytes;  ///< of the objects, with their headers
  bool broken = false;                  ///< an object's length is wrong, and what follows is not known
};

/// The objects that stand in `bytes` one behind the other, up to the first whose length is wrong; `broken`
/// says whether there was one. Total.
std::vector<ExtensionObject> read_extension_objects(std::span<const std::uint8_t> bytes, bool& broken);

/// Where an error's quote ends, and what follows it.
struct QuoteAndExtensions {
  std::span<const std::uint8_t> quote;
  std::optional<IcmpExtensions> extensions;
};

/// Takes apart what follows the header of an ICMP error, 8 bytes from the start of `message` (RFC 4884 4 and
/// 5): the length field says where the quote ends; where it is 0, extensions are looked for behind 128 bytes,
/// as older routers have them, and believed by their checksum. Total. `complete`: `message` was not cut.
QuoteAndExtensions split_error(Family family, std::uint8_t type, std::span<const std::uint8_t> message,
                               bool complete);

}  // namespace echosweep::packet

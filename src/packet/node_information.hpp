#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.hpp"

namespace echosweep::packet {

// Node information queries over ICMPv6 (RFC 4620): a node is asked for its names or addresses.

inline constexpr std::uint8_t kNodeQuery = 139;
inline constexpr std::uint8_t kNodeReply = 140;
/// Type, code, checksum, query type, flags, nonce.
inline constexpr std::size_t kNodeHeader = 16;
inline constexpr std::size_t kNodeNonce = 8;  ///< where the nonce is; it is 8 bytes long

/// What is asked for (RFC 4620 4: Qtype).
enum class NodeQueryType : std::uint16_t {
  kNothing = 0,
  kNames = 2,
  kIpv6Addresses = 3,
  kIpv4Addresses = 4,
};
/// Which addresses (RFC 4620 6.3 and 6.4).
inline constexpr std::uint16_t kAllAddresses = 0x02;
inline constexpr std::uint16_t kCompatibleAddresses = 0x04;
inline constexpr std::uint16_t kLinkLocalAddresses = 0x08;
inline constexpr std::uint16_t kSiteLocalAddresses = 0x10;
inline constexpr std::uint16_t kGlobalAddresses = 0x20;
/// Of a reply: there are more.
inline constexpr std::uint16_t kTruncated = 0x01;

/// What a query is about (RFC 4620 4: the code of a query).
inline constexpr std::uint8_t kAboutIpv6 = 0;
inline constexpr std::uint8_t kAboutName = 1;
inline constexpr std::uint8_t kAboutIpv4 = 2;

struct NodeQuery {
  NodeQueryType type = NodeQueryType::kNames;
  std::uint16_t flags = 0;
  std::uint8_t subject_code = kAboutIpv6;
  std::vector<std::uint8_t> subject;
};

/// A query about this address.
NodeQuery query_about(NodeQuery query, const Address& address);
/// A query about this name; a name without a dot is a host's, unless `whole` says that it is all. Nothing:
/// DNS has no room for such a name.
std::optional<NodeQuery> query_about(NodeQuery query, std::string_view name, bool whole);

/// Where nodes of that name listen (RFC 4620 5): ff02::2:ff00:0/104 and 24 bits of the MD5 of its first
/// label. Nothing: no label fits.
std::optional<Address> node_group(std::string_view name);

/// What a query or a reply says. Times to live are left out: they shall be zero, and nobody shall heed them
/// (RFC 4620 6.2, 6.3).
struct NodeMessage {
  /// Of a reply: 0: as asked; 1: refused; 2: the query type is not known. Of a query: as
  /// NodeQuery::subject_code.
  std::uint8_t code = 0;
  std::uint16_t type = 0;   ///< as NodeQueryType has it, or any other
  std::uint16_t flags = 0;  ///< the names above
  std::array<std::uint8_t, kNodeHeader - kNodeNonce> nonce{};
  bool broken = false;  ///< it ends in the middle of something
  /// Of a query: its subject, which is one of these, or was not read.
  std::vector<std::string> names;  ///< fully qualified ones end with a dot; any bytes
  std::vector<Address> addresses;

  /// Of a reply: there are more.
  bool truncated() const { return (flags & kTruncated) != 0; }
};
/// `message`: from the ICMPv6 header on; every type but kNodeQuery counts as a reply. Total: any bytes give
/// an answer.
NodeMessage read_node_message(std::span<const std::uint8_t> message);

}  // namespace echosweep::packet

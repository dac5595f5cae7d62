#include "packet/icmp_extensions.hpp"

#include <utility>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::packet {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kExtensionHeader = 4;  ///< of the structure, and of each object
constexpr std::uint8_t kExtensionVersion = 2;
constexpr std::size_t kOldQuote = 128;  ///< RFC 4884 5.1: what is quoted where the length field is 0

/// Bytes of the quote by the length field; 0: it says nothing.
std::size_t quote_size(Family family, std::uint8_t type, Bytes message) {
  if (family == Family::kIpv4) {
    const bool has_length =
        type == icmp4::kUnreachable || type == icmp4::kTimeExceeded || type == icmp4::kParameterProblem;
    return has_length ? std::size_t{message[5]} * 4 : 0;
  }
  const bool has_length = type == icmp6::kUnreachable || type == icmp6::kTimeExceeded;
  return has_length ? std::size_t{message[4]} * 8 : 0;
}

/// Whether this type may have extensions at all (RFC 4884 4).
bool may_be_extended(Family family, std::uint8_t type) {
  return family == Family::kIpv4 ? type != icmp4::kRedirect && type != icmp4::kSourceQuench
                                 : type == icmp6::kUnreachable || type == icmp6::kTimeExceeded;
}

std::vector<MplsLabel> read_labels(Bytes data) {
  std::vector<MplsLabel> labels;
  for (; data.size() >= kExtensionHeader; data = data.subspan(kExtensionHeader)) {
    const std::uint32_t entry = load_be32(data.data());
    labels.push_back({.label = entry >> 12,
                      .traffic_class = static_cast<std::uint8_t>(entry >> 9 & 7),
                      .bottom = (entry & 0x100) != 0,
                      .ttl = static_cast<std::uint8_t>(entry)});
  }
  return labels;
}

IcmpExtensions read_extensions(Bytes bytes, bool complete) {
  IcmpExtensions found;
  if (bytes.size() < kExtensionHeader) {
    found.broken = true;
    return found;
  }
  found.version = bytes[0] >> 4;
  found.checksum = load_be16(&bytes[2]);
  if (complete && found.checksum != 0) {
    ChecksumSum sum;
    sum.add(bytes);
    found.checksum_right = sum.checksum() == 0;
  }
  if (found.version == kExtensionVersion) {
    found.objects = read_extension_objects(bytes.subspan(kExtensionHeader), found.broken);
    std::size_t size = 0;
    for (const ExtensionObject& object : found.objects) {
      size += kExtensionHeader + object.data.size();
    }
    found.bytes = bytes.subspan(kExtensionHeader, size);
  }
  return found;
}

}  // namespace

std::vector<ExtensionObject> read_extension_objects(Bytes bytes, bool& broken) {
  constexpr std::uint8_t kMplsClass = 1;
  constexpr std::uint8_t kMplsType = 1;
  std::vector<ExtensionObject> objects;
  while (!bytes.empty()) {
    const std::size_t size = bytes.size() >= kExtensionHeader ? load_be16(bytes.data()) : 0;
    if (size < kExtensionHeader || size > bytes.size()) {
      broken = true;
      break;
    }
    ExtensionObject object{.class_number = bytes[2],
                           .class_type = bytes[3],
                           .data = bytes.subspan(kExtensionHeader, size - kExtensionHeader),
                           .labels = {}};
    if (object.class_number == kMplsClass && object.class_type == kMplsType) {
      object.labels = read_labels(object.data);
    }
    objects.push_back(std::move(object));
    bytes = bytes.subspan(size);
  }
  return objects;
}

QuoteAndExtensions split_error(Family family, std::uint8_t type, Bytes message, bool complete) {
  if (message.size() <= kIcmpHeaderSize) {
    return {};
  }
  const Bytes body = message.subspan(kIcmpHeaderSize);
  if (!may_be_extended(family, type)) {
    return {.quote = body, .extensions = {}};
  }
  if (const std::size_t size = quote_size(family, type, message); size != 0) {
    if (size >= body.size()) {
      return {.quote = body, .extensions = {}};  // cut, or a lie
    }
    return {.quote = body.first(size), .extensions = read_extensions(body.subspan(size), complete)};
  }
  if (body.size() >= kOldQuote + kExtensionHeader) {
    IcmpExtensions old = read_extensions(body.subspan(kOldQuote), complete);
    if (old.version == kExtensionVersion && old.checksum_right == true && !old.broken) {
      return {.quote = body.first(kOldQuote), .extensions = std::move(old)};
    }
  }
  return {.quote = body, .extensions = {}};
}

}  // namespace echosweep::packet

#include "packet/node_information.hpp"

#include <algorithm>
#include <utility>

#include "packet/bytes.hpp"
#include "packet/md5.hpp"

namespace echosweep::packet {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestName = 255;
constexpr std::uint8_t kPointer = 0xc0;
constexpr std::size_t kTimeToLive = 4;
constexpr std::size_t kIpv4Size = 4;
constexpr std::size_t kIpv6Size = 16;

/// One label as DNS has it (RFC 1035 3.1), in lower case.
bool append_label(std::vector<std::uint8_t>& wire, std::string_view label) {
  if (label.empty() || label.size() > kLongestLabel) {
    return false;
  }
  wire.push_back(static_cast<std::uint8_t>(label.size()));
  for (const char letter : label) {
    wire.push_back(static_cast<std::uint8_t>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter));
  }
  return true;
}

/// A name that starts at `at` of `data`, with its labels joined by dots, and where it ends. Names that point
/// to earlier ones are followed; nothing: it is broken.
struct ReadName {
  std::string name;
  std::size_t end = 0;
};
std::optional<ReadName> read_name(Bytes data, std::size_t at) {
  ReadName read;
  bool jumped = false;
  for (std::size_t steps = 0; steps < kLongestName; ++steps) {  // pointers may form a ring
    if (at >= data.size()) {
      return std::nullopt;
    }
    const std::uint8_t length = data[at];
    if ((length & kPointer) == kPointer) {
      if (at + 1 >= data.size()) {
        return std::nullopt;
      }
      read.end = jumped ? read.end : at + 2;
      jumped = true;
      at = static_cast<std::size_t>((length & ~kPointer) << 8 | data[at + 1]);
      continue;
    }
    if (length == 0) {
      read.end = jumped ? read.end : at + 1;
      return read;
    }
    if (length > kLongestLabel || at + 1 + length > data.size() || read.name.size() + length > kLongestName) {
      return std::nullopt;
    }
    read.name += read.name.empty() ? "" : ".";
    read.name.append(data.begin() + static_cast<std::ptrdiff_t>(at + 1),
                     data.begin() + static_cast<std::ptrdiff_t>(at + 1 + length));
    at += 1U + length;
  }
  return std::nullopt;
}

/// Names from `at` on. One that is not fully qualified ends with a second zero.
void read_names(Bytes data, std::size_t at, NodeMessage& message) {
  while (at < data.size()) {
    auto read = read_name(data, at);
    if (!read) {
      message.broken = true;
      return;
    }
    at = read->end;
    if (at < data.size() && data[at] == 0) {
      ++at;
    } else {
      read->name += '.';
    }
    message.names.push_back(std::move(read->name));
  }
}

Address read_address(const std::uint8_t* at, bool v4) {
  return v4 ? Address::v4(load_be32(at)) : Address::v6_from_bytes(at);
}

/// RFC 4620 6.3, 6.4: each behind a time to live of its own.
void read_addresses(Bytes data, bool v4, NodeMessage& message) {
  const std::size_t size = kTimeToLive + (v4 ? kIpv4Size : kIpv6Size);
  for (; data.size() >= size; data = data.subspan(size)) {
    message.addresses.push_back(read_address(data.data() + kTimeToLive, v4));
  }
  message.broken = !data.empty();
}

/// RFC 4620 6.2 to 6.4.
void read_reply(Bytes data, NodeMessage& message) {
  if (message.code != 0) {
    return;
  }
  switch (static_cast<NodeQueryType>(message.type)) {
    case NodeQueryType::kNames:
      message.broken = data.size() < kTimeToLive;
      return read_names(data, kTimeToLive, message);
    case NodeQueryType::kIpv6Addresses:
      return read_addresses(data, false, message);
    case NodeQueryType::kIpv4Addresses:
      return read_addresses(data, true, message);
    default:
      return;
  }
}

/// RFC 4620 4. A query for nothing needs no subject.
void read_subject(Bytes data, NodeMessage& message) {
  if (data.empty() || message.code > kAboutIpv4) {
    return;
  }
  if (message.code == kAboutName) {
    return read_names(data, 0, message);
  }
  const bool v4 = message.code == kAboutIpv4;
  message.broken = data.size() != (v4 ? kIpv4Size : kIpv6Size);
  if (!message.broken) {
    message.addresses.push_back(read_address(data.data(), v4));
  }
}

}  // namespace

NodeQuery query_about(NodeQuery query, const Address& address) {
  const auto bytes = address.bytes();
  query.subject_code = address.is_v4() ? kAboutIpv4 : kAboutIpv6;
  query.subject.assign(bytes.begin(), bytes.begin() + (address.is_v4() ? kIpv4Size : kIpv6Size));
  return query;
}

std::optional<NodeQuery> query_about(NodeQuery query, std::string_view name, bool whole) {
  query.subject_code = kAboutName;
  query.subject.clear();
  const bool is_whole = whole || name.find('.') != std::string_view::npos;
  if (name.ends_with('.')) {
    name.remove_suffix(1);
  }
  while (true) {
    const std::size_t dot = name.find('.');
    if (!append_label(query.subject, name.substr(0, dot))) {
      return std::nullopt;
    }
    if (dot == std::string_view::npos) {
      break;
    }
    name.remove_prefix(dot + 1);
  }
  query.subject.push_back(0);
  if (!is_whole) {
    query.subject.push_back(0);
  }
  return query.subject.size() <= kLongestName ? std::optional(std::move(query)) : std::nullopt;
}

std::optional<Address> node_group(std::string_view name) {
  constexpr Uint128 kPrefix = Uint128{0xff020000'00000000} << 64 | Uint128{0x00000002'ff000000};
  std::vector<std::uint8_t> label;
  if (!append_label(label, name.substr(0, name.find('.')))) {
    return std::nullopt;
  }
  const auto digest = md5(label);
  return Address::v6(kPrefix | load_be(digest.data(), 3));
}

NodeMessage read_node_message(Bytes bytes) {
  NodeMessage message;
  if (bytes.size() < kNodeHeader) {
    message.broken = true;
    return message;
  }
  message.code = bytes[1];
  message.type = load_be16(&bytes[4]);
  message.flags = load_be16(&bytes[6]);
  std::ranges::copy(bytes.subspan(kNodeNonce, message.nonce.size()), message.nonce.begin());
  const Bytes data = bytes.subspan(kNodeHeader);
  bytes[0] == kNodeQuery ? read_subject(data, message) : read_reply(data, message);
  return message;
}

}  // namespace echosweep::packet

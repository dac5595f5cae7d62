#include <fmt/format.h>

#include <array>
#include <utility>

#include "listen/put.hpp"
#include "listen/words.hpp"

namespace echosweep::listen {

namespace {

using packet::IcmpMessage;
using packet::NodeMessage;
using packet::NodeQueryType;
using report::Line;

/// RFC 4620 6.3, with tcpdump's letters.
std::string flag_letters(std::uint16_t flags) {
  constexpr std::array<std::pair<std::uint16_t, char>, 6> kLetters = {{{packet::kGlobalAddresses, 'G'},
                                                                       {packet::kSiteLocalAddresses, 'S'},
                                                                       {packet::kLinkLocalAddresses, 'L'},
                                                                       {packet::kCompatibleAddresses, 'C'},
                                                                       {packet::kAllAddresses, 'A'},
                                                                       {packet::kTruncated, 'T'}}};
  std::string letters;
  for (const auto& [flag, letter] : kLetters) {
    if ((flags & flag) != 0) {
      letters += letter;
    }
  }
  return letters.empty() ? letters : fmt::format(" [{}]", letters);
}

void append_query(Line& line, const NodeMessage& node) {
  put(line, " ({}{}", node_type_words(node.type), flag_letters(node.flags));
  for (const std::string& name : node.names) {
    put(line, ", subject=DNS name, \"{}\"", report::visible(name));
  }
  for (const Address& address : node.addresses) {
    put(line, ", subject={}", bare(address));
  }
  if (node.code > packet::kAboutIpv4) {
    append(line, ", unknown subject");
  }
}

void append_reply(Line& line, const NodeMessage& node) {
  constexpr std::uint8_t kRefused = 1;
  constexpr std::uint8_t kUnknown = 2;
  if (node.code == kRefused) {
    return append(line, " (refused");
  }
  if (node.code == kUnknown) {
    return append(line, " (unknown");
  }
  if (node.code != 0) {
    return put(line, " (code-#{}", node.code);
  }
  put(line, " ({}", node_type_words(node.type));
  for (const std::string& name : node.names) {
    put(line, ", \"{}\"", report::visible(name));
  }
  for (const Address& address : node.addresses) {
    put(line, " {}", bare(address));
  }
  append(line, flag_letters(node.flags));
}

}  // namespace

std::string_view node_type_words(std::uint16_t type) {
  constexpr std::uint16_t kSupportedTypes = 1;  // of drafts before RFC 4620
  switch (static_cast<NodeQueryType>(type)) {
    case NodeQueryType::kNothing:
      return "noop";
    case NodeQueryType::kNames:
      return "DNS name";
    case NodeQueryType::kIpv6Addresses:
      return "node addresses";
    case NodeQueryType::kIpv4Addresses:
      return "IPv4 addresses";
  }
  return type == kSupportedTypes ? "supported qtypes" : "unknown";
}

void append_node_words(Line& line, const IcmpMessage& message) {
  const bool is_query = message.type == packet::kNodeQuery;
  append(line, is_query ? "who-are-you request node information query" : "who-are-you reply");
  if (!message.node) {
    return put(line, " {}", kCutWords6);
  }
  if (is_query) {
    append_query(line, *message.node);
  } else {
    append(line, " node information reply");
    append_reply(line, *message.node);
  }
  append(line, message.node->broken ? ", [|icmp6])" : ")");
}

}  // namespace echosweep::listen

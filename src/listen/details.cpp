#include "listen/details.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "listen/line.hpp"
#include "listen/option_words.hpp"
#include "listen/put.hpp"
#include "listen/type_names.hpp"
#include "listen/words.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::listen {

namespace {

using packet::IcmpMessage;
using packet::IpFault;
using packet::IpHeader;
using report::Line;

using Bytes = std::span<const std::uint8_t>;

/// Lines that belong to one heading, deeper than those around them.
class Fields {
 public:
  explicit Fields(Line& line, int depth = 1) : line_(line), depth_(depth) {}

  Fields heading(std::string_view name) const {
    put(line_, "{:{}}{}\n", "", indent(), name);
    return Fields(line_, depth_ + 1);
  }
  template <typename Value>
  void field(std::string_view name, const Value& value) const {
    put(line_, "{:{}}{}: {}\n", "", indent(), name, value);
  }
  /// Sixteen bytes a line behind where they stand.
  void dump(std::string_view name, Bytes bytes) const {
    if (bytes.empty()) {
      return;
    }
    constexpr std::size_t kRow = 16;
    field(name, fmt::format("{} bytes", bytes.size()));
    for (std::size_t at = 0; at < bytes.size(); at += kRow) {
      put(line_, "{:{}}{:04x}:", "", indent() + 2, at);
      for (std::size_t i = at; i < std::min(at + kRow, bytes.size()); ++i) {
        put(line_, "{}{:02x}", i % 2 == 0 ? " " : "", bytes[i]);
      }
      line_.push_back('\n');
    }
  }

 private:
  int indent() const { return depth_ * 4; }

  Line& line_;
  int depth_;
};

std::string checksum_words(std::uint16_t checksum, std::optional<bool> right) {
  return fmt::format("0x{:04x} ({})", checksum,
                     !right   ? "not verified: not all of it is here"
                     : *right ? "right"
                              : "wrong");
}

std::string tos_words(Tos tos) {
  return fmt::format("0x{:02x} (dscp {}, ecn {})", tos.value, tos.value >> 2, tos.value & 3);
}

std::string fragment_words(const IpHeader& ip) {
  return fmt::format("offset {}, {}", ip.fragment_offset, ip.more_fragments ? "more follow" : "the last");
}

std::string flag_words(const IpHeader& ip) {
  std::string words = ip.reserved_flag ? "reserved " : "";
  words += ip.dont_fragment ? "DF " : "";
  words += ip.more_fragments ? "MF " : "";
  return words.empty() ? "none" : words.substr(0, words.size() - 1);
}

void append_ipv4(const Fields& in, const IpHeader& ip, bool quoted) {
  in.field("header length", ip.header_size);
  in.field("total length", ip.total_size);
  in.field("tos", tos_words(ip.tos));
  in.field("identification", ip.identification);
  in.field("flags", flag_words(ip));
  in.field("fragment offset", ip.fragment_offset);
  in.field("ttl", ip.ttl.value);
  in.field("protocol", ip.protocol);
  // A router counts the TTL down before it quotes, and need not mend the sum.
  in.field("checksum",
           quoted ? fmt::format("0x{:04x}", ip.checksum) : checksum_words(ip.checksum, ip.checksum_right));
  in.field("source", bare(ip.source));
  in.field("destination", bare(ip.destination));
  for (const auto& option : packet::ipv4_options(ip.options)) {
    in.field("option", option_words(option));
  }
}

void append_ipv6(const Fields& in, const IpHeader& ip) {
  in.field("traffic class", tos_words(ip.tos));
  in.field("flow label", fmt::format("0x{:05x}", ip.flow_label));
  in.field("payload length", ip.total_size - std::min(ip.total_size, ip.header_size));
  in.field("next header", ip.extensions.empty() ? ip.protocol : ip.extensions.front().type);
  in.field("hop limit", ip.ttl.value);
  in.field("source", bare(ip.source));
  in.field("destination", bare(ip.destination));
  for (const auto& extension : ip.extensions) {
    in.field("extension", extension_words(extension));
  }
}

void append_header(const Fields& fields, const IpHeader& ip, bool quoted) {
  const bool v4 = ip.family == Family::kIpv4;
  const Fields in = fields.heading(v4 ? "IPv4" : "IPv6");
  if (ip.fault == IpFault::kCut) {
    in.field("broken", word(ip.fault));
    return;
  }
  v4 ? append_ipv4(in, ip, quoted) : append_ipv6(in, ip);
  if (ip.is_fragment) {
    in.field("fragment", fragment_words(ip));
  }
  if (ip.fault != IpFault::kNone) {
    in.field("broken", word(ip.fault));
  }
}

void append_quote(const Fields& fields, const packet::IcmpQuote& quote) {
  const Fields in = fields.heading("quoted packet");
  append_header(in, quote.ip, true);
  if (quote.ip.fault != IpFault::kNone) {
    return;
  }
  if (quote.type) {
    const Fields icmp = in.heading(quote.ip.family == Family::kIpv4 ? "ICMP" : "ICMPv6");
    icmp.field("type", fmt::format("{} ({})", *quote.type, type_name(quote.ip.family, *quote.type)));
    icmp.field("code", quote.code.value_or(0));
    if (quote.name) {
      icmp.field("identifier", quote.name->identifier.value);
      icmp.field("sequence", quote.name->sequence.value);
    }
  } else if (quote.source_port) {
    const Fields ports = in.heading("ports");
    ports.field("source port", *quote.source_port);
    ports.field("destination port", *quote.destination_port);
  }
  in.dump("quoted payload", quote.ip.payload);
}

void append_object(const Fields& fields, const packet::ExtensionObject& object) {
  const Fields in =
      fields.heading(fmt::format("object class {}, type {}", object.class_number, object.class_type));
  for (const auto& label : object.labels) {
    in.field("MPLS label", fmt::format("{}, traffic class {}, bottom {}, ttl {}", label.label,
                                       label.traffic_class, label.bottom ? 1 : 0, label.ttl));
  }
  if (object.labels.empty()) {
    in.dump("data", object.data);
  }
}

void append_extensions(const Fields& fields, const packet::IcmpExtensions& extensions) {
  const Fields in = fields.heading("extensions");
  in.field("version", extensions.version);
  in.field("checksum", extensions.checksum == 0
                           ? std::string("0x0000 (none)")
                           : checksum_words(extensions.checksum, extensions.checksum_right));
  for (const auto& object : extensions.objects) {
    append_object(in, object);
  }
  if (extensions.broken) {
    in.field("broken", "an object's length is wrong");
  }
}

void append_advertisement(const Fields& in, const packet::RouterAdvertisement& advertisement) {
  in.field("hop limit", advertisement.hop_limit);
  in.field("flags", fmt::format("0x{:02x} (managed {}, other {})", advertisement.flags,
                                advertisement.flags >> 7, advertisement.flags >> 6 & 1));
  in.field("router lifetime", fmt::format("{} s", advertisement.lifetime_s));
  in.field("reachable time", fmt::format("{} ms", advertisement.reachable_ms));
  in.field("retransmit time", fmt::format("{} ms", advertisement.retransmit_ms));
}

void append_routers(const Fields& in, const packet::RouterList& list) {
  in.field("lifetime", fmt::format("{} s", list.lifetime_s));
  in.field("addresses", fmt::format("{}, of {} words each", list.claimed, list.entry_size));
  for (const auto& router : list.routers) {
    in.field("router", fmt::format("{}, preference {}", bare(router.address), router.preference));
  }
}

void append_listener(const Fields& in, const packet::ListenerMessage& listener) {
  if (listener.records) {
    in.field("records", *listener.records);
    return;
  }
  in.field("maximum response delay", listener.max_delay);
  if (listener.group) {
    in.field("group", bare(*listener.group));
  }
}

void append_node(const Fields& in, const packet::NodeMessage& node) {
  in.field("query type", fmt::format("{} ({})", node.type, node_type_words(node.type)));
  in.field("flags", fmt::format("0x{:04x}", node.flags));
  in.field("nonce", hex_of(node.nonce));
  for (const std::string& name : node.names) {
    in.field("name", report::visible(name));
  }
  for (const Address& address : node.addresses) {
    in.field("address", bare(address));
  }
  if (node.broken) {
    in.field("broken", "a name or an address is not whole");
  }
}

void append_numbers(const Fields& in, const IcmpMessage& message) {
  if (message.name) {
    in.field("identifier", message.name->identifier.value);
    in.field("sequence", message.name->sequence.value);
  }
  if (message.times) {
    in.field("originate", message.times->originate);
    in.field("receive", message.times->receive);
    in.field("transmit", message.times->transmit);
  }
  if (message.mask) {
    in.field("mask", bare(Address::v4(*message.mask)));
  }
  if (message.mtu) {
    in.field("mtu", *message.mtu);
  }
  if (message.pointer) {
    in.field("pointer", *message.pointer);
  }
  if (message.flags) {
    in.field("flags", fmt::format("0x{:02x} (router {}, solicited {}, override {})", *message.flags,
                                  *message.flags >> 7, *message.flags >> 6 & 1, *message.flags >> 5 & 1));
  }
}

void append_fields(const Fields& in, const IcmpMessage& message) {
  append_numbers(in, message);
  for (const auto& [name, address] :
       {std::pair("gateway", message.gateway), std::pair("target", message.target),
        std::pair("destination", message.destination)}) {
    if (address) {
      in.field(name, bare(*address));
    }
  }
  if (message.routers) {
    append_routers(in, *message.routers);
  }
  if (message.advertisement) {
    append_advertisement(in, *message.advertisement);
  }
  if (message.listener) {
    append_listener(in, *message.listener);
  }
  if (message.node) {
    append_node(in, *message.node);
  }
  for (const auto& option : message.options) {
    in.field("option", option_words(option));
  }
  if (message.options_broken) {
    in.field("broken", "an option's length is wrong");
  }
  if (message.cut) {
    in.field("broken", "it ends before its fields do");
  }
}

}  // namespace

void append_details(Line& line, const Heard& heard) {
  const Fields fields(line);
  append_header(fields, heard.packet.ip, false);
  if (!heard.packet.message) {
    fields.dump("payload", heard.packet.ip.payload);
    return;
  }
  const IcmpMessage& message = *heard.packet.message;
  const Fields in = fields.heading(message.family == Family::kIpv4 ? "ICMP" : "ICMPv6");
  in.field("type", fmt::format("{} ({})", message.type, type_name(message.family, message.type)));
  in.field("code", message.code);
  in.field("checksum", checksum_words(message.checksum, message.checksum_right));
  append_fields(in, message);
  if (message.quote) {
    append_quote(in, *message.quote);
  }
  if (message.extensions) {
    append_extensions(in, *message.extensions);
  }
  in.dump("payload", message.payload);
}

}  // namespace echosweep::listen

#include "listen/json.hpp"

#include <string>

#include "listen/extension_json.hpp"
#include "listen/line.hpp"
#include "listen/option_words.hpp"
#include "listen/type_names.hpp"
#include "listen/words.hpp"
#include "report/fields.hpp"
#include "report/json_lines.hpp"

namespace echosweep::listen {

namespace {

using packet::IcmpMessage;
using packet::IpFault;
using packet::IpHeader;
using report::Json;

template <typename Value>
void set(Json& object, const char* name, const std::optional<Value>& value) {
  if (value) {
    object[name] = *value;
  }
}

void set(Json& object, const char* name, const std::optional<Address>& address) {
  if (address) {
    object[name] = bare(*address);
  }
}

void set_name(Json& object, const std::optional<packet::IcmpName>& name) {
  if (name) {
    object["id"] = name->identifier.value;
    object["seq"] = name->sequence.value;
  }
}

void set_ip(Json& object, const IpHeader& ip) {
  const bool v4 = ip.family == Family::kIpv4;
  object["version"] = v4 ? 4 : 6;
  if (ip.fault != IpFault::kNone) {
    object["fault"] = word(ip.fault);
  }
  if (ip.fault == IpFault::kCut) {
    return;
  }
  object["source"] = bare(ip.source);
  object["destination"] = bare(ip.destination);
  object["total_length"] = ip.total_size;
  object["tos"] = ip.tos.value;
  object["ttl"] = ip.ttl.value;
  object["protocol"] = ip.protocol;
  if (v4) {
    object["identification"] = ip.identification;
    object["dont_fragment"] = ip.dont_fragment;
  } else {
    object["flow_label"] = ip.flow_label;
  }
  if (ip.is_fragment) {
    object["fragment_offset"] = ip.fragment_offset;
    object["more_fragments"] = ip.more_fragments;
  }
  if (ip.missing > 0) {
    object["missing"] = ip.missing;
  }
  for (const auto& option : packet::ipv4_options(ip.options)) {
    object["options"].push_back(option_words(option));
  }
  for (const auto& extension : ip.extensions) {
    object["extension_headers"].push_back({{"type", extension.type}, {"data", hex_of(extension.bytes)}});
  }
}

Json quote_object(const packet::IcmpQuote& quote, bool payload) {
  Json object;
  set_ip(object, quote.ip);
  set(object, "type", quote.type);
  set(object, "code", quote.code);
  set_name(object, quote.name);
  set(object, "source_port", quote.source_port);
  set(object, "destination_port", quote.destination_port);
  if (payload) {
    object["payload"] = hex_of(quote.ip.payload);
  }
  return object;
}

Json extensions_object(const packet::IcmpExtensions& extensions) {
  Json object = {{"version", extensions.version}};
  set(object, "checksum_right", extensions.checksum_right);
  object["objects"] = Json::array();
  for (const auto& each : extensions.objects) {
    object["objects"].push_back(object_json(each));
  }
  if (extensions.broken) {
    object["broken"] = true;
  }
  return object;
}

void set_lists(Json& object, const IcmpMessage& message) {
  if (message.routers) {
    object["lifetime_s"] = message.routers->lifetime_s;
    object["routers"] = Json::array();
    for (const auto& router : message.routers->routers) {
      object["routers"].push_back({{"address", bare(router.address)}, {"preference", router.preference}});
    }
  }
  if (message.advertisement) {
    const auto& said = *message.advertisement;
    object["router"] = {{"hop_limit", said.hop_limit},
                        {"flags", said.flags},
                        {"lifetime_s", said.lifetime_s},
                        {"reachable_ms", said.reachable_ms},
                        {"retransmit_ms", said.retransmit_ms}};
  }
  if (message.listener) {
    set(object, "group", message.listener->group);
    set(object, "records", message.listener->records);
  }
  for (const auto& option : message.options) {
    object["options"].push_back(
        {{"type", option.type}, {"data", hex_of(option.data)}, {"text", option_words(option)}});
  }
}

Json node_object(const packet::NodeMessage& node) {
  Json object = {{"query_type", node.type}, {"flags", node.flags}, {"nonce", hex_of(node.nonce)}};
  object["names"] = node.names;
  object["addresses"] = Json::array();
  for (const Address& address : node.addresses) {
    object["addresses"].push_back(bare(address));
  }
  if (node.broken) {
    object["broken"] = true;
  }
  return object;
}

Json message_object(const IcmpMessage& message, bool payload) {
  Json object = {
      {"type", message.type}, {"code", message.code}, {"name", type_name(message.family, message.type)}};
  object["length"] = message.size;
  set(object, "checksum_right", message.checksum_right);
  set_name(object, message.name);
  if (message.times) {
    object["originate"] = message.times->originate;
    object["receive"] = message.times->receive;
    object["transmit"] = message.times->transmit;
  }
  if (message.mask) {
    object["mask"] = bare(Address::v4(*message.mask));
  }
  set(object, "mtu", message.mtu);
  set(object, "pointer", message.pointer);
  set(object, "gateway", message.gateway);
  set(object, "target", message.target);
  set(object, "destination", message.destination);
  set(object, "flags", message.flags);
  set_lists(object, message);
  if (message.node) {
    object["node"] = node_object(*message.node);
  }
  if (message.quote) {
    object["quoted"] = quote_object(*message.quote, payload);
  }
  if (message.extensions) {
    object["extensions"] = extensions_object(*message.extensions);
  }
  if (message.cut || message.options_broken) {
    object["broken"] = true;
  }
  object["payload_length"] = message.payload.size();
  if (payload) {
    object["payload"] = hex_of(message.payload);
  }
  return object;
}

}  // namespace

void append_json_line(report::Line& line, const Heard& heard, bool payload) {
  report::Line time;
  report::append_utc(time, heard.time);
  Json object = {{"type", "packet"}, {"time", fmt::to_string(time)}};
  if (!heard.interface.empty()) {
    object["interface"] = heard.interface;
  }
  if (heard.direction) {
    object["direction"] = word(*heard.direction);
  }
  set_ip(object["ip"], heard.packet.ip);
  if (heard.packet.message) {
    object["icmp"] = message_object(*heard.packet.message, payload);
  }
  report::append(line, report::json_dump(object));
  line.push_back('\n');
}

}  // namespace echosweep::listen

#include <fmt/format.h>

#include <array>

#include "listen/put.hpp"
#include "listen/words.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::listen {

namespace {

namespace icmp6 = packet::icmp6;
using packet::IcmpMessage;
using report::Line;

std::string quoted_destination(const IcmpMessage& message) {
  return message.quote && message.quote->ip.fault != packet::IpFault::kCut
             ? bare(message.quote->ip.destination)
             : std::string(kCutWords6);
}

void append_unreachable(Line& line, const IcmpMessage& message) {
  const std::string target = quoted_destination(message);
  append(line, "destination unreachable, ");
  switch (message.code) {
    case 0:
      return put(line, "unreachable route {}", target);
    case 1:
      return put(line, "unreachable prohibited {}", target);
    case 2:
      return put(line, "beyond scope {}, source address {}", target,
                 message.quote ? bare(message.quote->ip.source) : std::string(kCutWords6));
    case 3:
      return put(line, "unreachable address {}", target);
    case icmp6::kPortUnreachable: {
      const std::string port = message.quote ? port_words(*message.quote) : std::string();
      return put(line, "unreachable port, {} {}", target,
                 !port.empty()   ? port
                 : message.quote ? fmt::format("protocol {} port", message.quote->ip.protocol)
                                 : std::string());
    }
    case 5:
      return put(line, "source address failed policy {}", target);
    case 6:
      return put(line, "reject route {}", target);
    default:
      return put(line, "unknown unreach code ({})", message.code);
  }
}

void append_time_exceeded(Line& line, const IcmpMessage& message) {
  switch (message.code) {
    case 0:
      return put(line, "time exceeded in-transit for {}", quoted_destination(message));
    case 1:
      return append(line, "time exceeded in-transit (reassembly)");
    default:
      return put(line, "time exceeded in-transit, unknown code ({})", message.code);
  }
}

void append_problem(Line& line, const IcmpMessage& message) {
  constexpr std::array<std::string_view, 4> kWhat = {"erroneous", "next header", "option",
                                                     "incomplete header chain"};
  const std::uint32_t octet = message.pointer.value_or(0);
  if (message.code < kWhat.size()) {
    put(line, "parameter problem, {} - octet {}", kWhat[message.code], octet);
  } else {
    put(line, "parameter problem, code-#{}", message.code);
  }
}

void append_address(Line& line, std::string_view what, const std::optional<Address>& address) {
  append(line, what);
  append(line, address ? bare(*address) : std::string(kCutWords6));
}

void append_named(Line& line, std::string_view what, const IcmpMessage& message) {
  append(line, what);
  if (message.name) {
    put(line, ", id {}, seq {}", message.name->identifier.value, message.name->sequence.value);
  } else {
    put(line, " {}", kCutWords6);
  }
}

void append_listener(Line& line, std::string_view what, const IcmpMessage& message) {
  append(line, what);
  if (message.listener && message.listener->group) {
    put(line, " max resp delay: {} addr: {}", message.listener->max_delay, bare(*message.listener->group));
  } else {
    put(line, " {}", kCutWords6);
  }
}

void append_report2(Line& line, const IcmpMessage& message) {
  append(line, "multicast listener report v2");
  if (message.listener && message.listener->records) {
    put(line, ", {} group record(s)", *message.listener->records);
  } else {
    put(line, " {}", kCutWords6);
  }
}

void append_redirect(Line& line, const IcmpMessage& message) {
  append_address(line, "redirect, ", message.destination);
  append_address(line, " to ", message.gateway);
}

}  // namespace

void append_words6(Line& line, const IcmpMessage& message) {
  switch (message.type) {
    case icmp6::kUnreachable:
      return append_unreachable(line, message);
    case icmp6::kPacketTooBig:
      return put(line, "packet too big, mtu {}", message.mtu.value_or(0));
    case icmp6::kTimeExceeded:
      return append_time_exceeded(line, message);
    case icmp6::kParameterProblem:
      return append_problem(line, message);
    case icmp6::kEcho:
      return append_named(line, "echo request", message);
    case icmp6::kEchoReply:
      return append_named(line, "echo reply", message);
    case icmp6::kExtendedEcho:
      return append_named(line, "extended echo request", message);
    case icmp6::kExtendedEchoReply:
      return append_named(line, "extended echo reply", message);
    case icmp6::kListenerQuery:
      return append_listener(line, "multicast listener query", message);
    case icmp6::kListenerReport:
      return append_listener(line, "multicast listener report", message);
    case icmp6::kListenerDone:
      return append_listener(line, "multicast listener done", message);
    case icmp6::kListenerReport2:
      return append_report2(line, message);
    case icmp6::kRouterSolicitation:
      return append(line, "router solicitation");
    case icmp6::kRouterAdvertisement:
      return append(line, "router advertisement");
    case icmp6::kNeighbourSolicitation:
      return append_address(line, "neighbor solicitation, who has ", message.target);
    case icmp6::kNeighbourAdvertisement:
      return append_address(line, "neighbor advertisement, tgt is ", message.target);
    case icmp6::kRedirect:
      return append_redirect(line, message);
    case packet::kNodeQuery:
    case packet::kNodeReply:
      return append_node_words(line, message);
    default:
      return put(line, "type-#{}", message.type);
  }
}

}  // namespace echosweep::listen

#include <fmt/format.h>

#include <array>

#include "core/address_text.hpp"
#include "listen/put.hpp"
#include "listen/words.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::listen {

namespace {

namespace icmp4 = packet::icmp4;
using packet::IcmpMessage;
using report::Line;

/// Destination unreachable by code, where {} is the destination (RFC 792, RFC 1122 3.2.2.1, RFC
/// 1812 5.2.7.1).
constexpr std::array<std::string_view, 16> kUnreachable = {"net {} unreachable",
                                                           "host {} unreachable",
                                                           "",  // protocol
                                                           "",  // port
                                                           "",  // fragmentation needed
                                                           "{} unreachable - source route failed",
                                                           "net {} unreachable - unknown",
                                                           "host {} unreachable - unknown",
                                                           "{} unreachable - source host isolated",
                                                           "net {} unreachable - admin prohibited",
                                                           "host {} unreachable - admin prohibited",
                                                           "net {} unreachable - tos prohibited",
                                                           "host {} unreachable - tos prohibited",
                                                           "host {} unreachable - admin prohibited filter",
                                                           "host {} unreachable - host precedence violation",
                                                           "host {} unreachable - precedence cutoff"};

void append_unreachable(Line& line, const IcmpMessage& message) {
  if (!message.quote || message.quote->ip.fault == packet::IpFault::kCut) {
    put(line, "unreachable {}", kCutWords4);
    return;
  }
  const auto& quote = *message.quote;
  const std::string target = bare(quote.ip.destination);
  if (message.code == icmp4::kProtocolUnreachable) {
    put(line, "{} protocol {} unreachable", target, quote.ip.protocol);
  } else if (message.code == icmp4::kPortUnreachable) {
    const std::string port = port_words(quote);
    put(line, "{} {} unreachable", target,
        port.empty() ? fmt::format("protocol {} port", quote.ip.protocol) : port);
  } else if (message.code == icmp4::kFragmentationNeeded) {
    const std::uint32_t mtu = message.mtu.value_or(0);
    put(line, "{} unreachable - need to frag{}", target, mtu != 0 ? fmt::format(" (mtu {})", mtu) : "");
  } else if (message.code < kUnreachable.size()) {
    put(line, fmt::runtime(kUnreachable[message.code]), target);
  } else {
    put(line, "{} unreachable - #{}", target, message.code);
  }
}

void append_redirect(Line& line, const IcmpMessage& message) {
  if (!message.quote || message.quote->ip.fault == packet::IpFault::kCut || !message.gateway) {
    put(line, "redirect {}", kCutWords4);
    return;
  }
  constexpr std::array<std::string_view, 4> kWhat = {"redirect {} to net {}", "redirect {} to host {}",
                                                     "redirect-tos {} to net {}",
                                                     "redirect-tos {} to host {}"};
  const std::string target = bare(message.quote->ip.destination);
  const std::string gateway = bare(*message.gateway);
  if (message.code < kWhat.size()) {
    put(line, fmt::runtime(kWhat[message.code]), target, gateway);
  } else {
    put(line, "redirect-#{} {} to {}", message.code, target, gateway);
  }
}

/// `1:02:03`, as tcpdump has a router's lifetime.
std::string lifetime(std::uint16_t seconds) {
  if (seconds < 60) {
    return fmt::format("{}", seconds);
  }
  if (seconds < 3600) {
    return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  }
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60);
}

void append_routers(Line& line, const IcmpMessage& message) {
  const auto& list = *message.routers;
  put(line, "router advertisement lifetime {} {}:", lifetime(list.lifetime_s), list.claimed);
  if (list.entry_size != 2) {
    put(line, " [size {}]", list.entry_size);
  }
  for (const auto& router : list.routers) {
    put(line, " {{{} {}}}", bare(router.address), static_cast<std::uint32_t>(router.preference));
  }
}

/// Milliseconds since midnight, or the bare number where it is none (RFC 792).
std::string time_of_day(std::uint32_t milliseconds) {
  constexpr std::uint32_t kDay = 24 * 3600 * 1000;
  if (milliseconds >= kDay) {
    return fmt::format("{}", milliseconds);
  }
  const std::uint32_t seconds = milliseconds / 1000;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds % 3600 / 60, seconds % 60,
                     milliseconds % 1000);
}

void append_named(Line& line, std::string_view what, const IcmpMessage& message) {
  append(line, what);
  if (message.name) {
    put(line, " id {}, seq {}", message.name->identifier.value, message.name->sequence.value);
  } else {
    put(line, " {}", kCutWords4);
  }
}

void append_query(Line& line, const IcmpMessage& message) {
  append(line, "time stamp query ");
  if (message.name) {
    put(line, "id {} seq {}", message.name->identifier.value, message.name->sequence.value);
  } else {
    append(line, kCutWords4);
  }
}

void append_timestamp_reply(Line& line, const IcmpMessage& message) {
  put(line, "time stamp reply");
  if (!message.name || !message.times) {
    put(line, " {}", kCutWords4);
    return;
  }
  put(line, " id {} seq {}: org {}, recv {}, xmit {}", message.name->identifier.value,
      message.name->sequence.value, time_of_day(message.times->originate),
      time_of_day(message.times->receive), time_of_day(message.times->transmit));
}

void append_time_exceeded(Line& line, std::uint8_t code) {
  if (code > 1) {
    put(line, "time exceeded-#{}", code);
  } else {
    append(line, code == 0 ? "time exceeded in-transit" : "ip reassembly time exceeded");
  }
}

void append_problem(Line& line, const IcmpMessage& message) {
  if (message.code != 0) {
    put(line, "parameter problem - code {}", message.code);
  } else {
    put(line, "parameter problem - octet {}", message.pointer.value_or(0));
  }
}

}  // namespace

std::string bare(const Address& address) {
  std::array<char, kLongestAddressText> text{};
  return {text.data(), write_bare_address(address, text.data())};
}

std::string port_words(const packet::IcmpQuote& quote) {
  if (!quote.destination_port) {
    return {};
  }
  const std::uint8_t protocol = quote.ip.protocol;
  return fmt::format("{} port {}",
                     protocol == packet::kProtocolTcp   ? "tcp"
                     : protocol == packet::kProtocolUdp ? "udp"
                                                        : fmt::format("protocol {}", protocol),
                     *quote.destination_port);
}

void append_words4(Line& line, const IcmpMessage& message) {
  switch (message.type) {
    case icmp4::kEcho:
      return append_named(line, "echo request,", message);
    case icmp4::kEchoReply:
      return append_named(line, "echo reply,", message);
    case icmp4::kExtendedEcho:
      return append_named(line, "extended echo request,", message);
    case icmp4::kExtendedEchoReply:
      return append_named(line, "extended echo reply,", message);
    case icmp4::kUnreachable:
      return append_unreachable(line, message);
    case icmp4::kRedirect:
      return append_redirect(line, message);
    case icmp4::kRouterAdvertisement:
      return append_routers(line, message);
    case icmp4::kTimeExceeded:
      return append_time_exceeded(line, message.code);
    case icmp4::kParameterProblem:
      return append_problem(line, message);
    case icmp4::kMaskRequest:
      return append(line, "address mask request");
    case icmp4::kMaskReply:
      return put(line, "address mask is 0x{:08x}", message.mask.value_or(0));
    case icmp4::kTimestamp:
      return append_query(line, message);
    case icmp4::kTimestampReply:
      return append_timestamp_reply(line, message);
    case icmp4::kSourceQuench:
      return append(line, "source quench");
    case icmp4::kRouterSolicitation:
      return append(line, "router solicitation");
    case icmp4::kInformationRequest:
      return append(line, "information request");
    case icmp4::kInformationReply:
      return append(line, "information reply");
    default:
      return put(line, "type-#{}", message.type);
  }
}

}  // namespace echosweep::listen

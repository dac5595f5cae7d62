#include "trace/mark.hpp"

#include <fmt/format.h>

#include <iterator>

#include "packet/bytes.hpp"
#include "packet/icmp_extensions.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::trace {

namespace {

std::string unreachable4(std::uint8_t code, std::uint32_t mtu) {
  switch (code) {
    case 0:   // network
    case 6:   // network unknown
    case 8:   // source host isolated
    case 11:  // network, for this type of service
      return "!N";
    case 1:   // host
    case 7:   // host unknown
    case 12:  // host, for this type of service
      return "!H";
    case packet::icmp4::kProtocolUnreachable:
      return "!P";
    case packet::icmp4::kPortUnreachable:
      return "";
    case packet::icmp4::kFragmentationNeeded:
      return fmt::format("!F-{}", mtu);
    case 5:  // source route failed
      return "!S";
    case 9:   // network prohibited
    case 10:  // host prohibited
    case 13:  // communication prohibited
      return "!X";
    case 14:  // host precedence violation
      return "!V";
    case 15:  // precedence cutoff
      return "!C";
    default:
      return fmt::format("!<{}>", code);
  }
}

std::string unreachable6(std::uint8_t code) {
  switch (code) {
    case 0:  // no route
      return "!N";
    case 1:  // prohibited
      return "!X";
    case 2:  // beyond the scope of the source
    case 3:  // address
      return "!H";
    case packet::icmp6::kPortUnreachable:
      return "";
    default:
      return fmt::format("!<{}>", code);
  }
}

}  // namespace

std::string mark_of(const Answer& answer) {
  if (answer.kind != packet::TraceAnswerKind::kError || goes_on(answer)) {
    return "";
  }
  const IcmpError& error = answer.error;
  if (error.family == Family::kIpv4) {
    if (error.type == packet::icmp4::kUnreachable) {
      return unreachable4(error.code, answer.mtu);
    }
  } else if (error.type == packet::icmp6::kUnreachable) {
    return unreachable6(error.code);
  } else if (error.type == packet::icmp6::kPacketTooBig) {
    return fmt::format("!F-{}", answer.mtu);
  }
  return fmt::format("!<{}-{}>", error.type, error.code);
}

std::string_view word_of(const Answer& answer) {
  switch (answer.kind) {
    case packet::TraceAnswerKind::kEchoReply:
      return "echo-reply";
    case packet::TraceAnswerKind::kSynAck:
      return "syn-ack";
    case packet::TraceAnswerKind::kReset:
      return "reset";
    default:
      return word(answer.error);
  }
}

std::string objects_of(const Answer& answer) {
  bool broken = false;
  std::string text;
  for (const auto& object : packet::read_extension_objects(answer.objects, broken)) {
    text += text.empty() ? "" : ";";
    if (!object.labels.empty()) {
      text += "MPLS:";
      const char* before = "";
      for (const auto& label : object.labels) {
        fmt::format_to(std::back_inserter(text), "{}L={},E={},S={},T={}", before, label.label,
                       label.traffic_class, label.bottom ? 1 : 0, label.ttl);
        before = "/";
      }
      continue;
    }
    fmt::format_to(std::back_inserter(text), "{}/{}:", object.class_number, object.class_type);
    const char* before = "";
    for (std::size_t at = 0; at + 4 <= object.data.size(); at += 4) {
      fmt::format_to(std::back_inserter(text), "{}{:08x}", before, packet::load_be32(&object.data[at]));
      before = ",";
    }
  }
  return text;
}

}  // namespace echosweep::trace

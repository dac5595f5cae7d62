#include "core/icmp_error.hpp"

#include <array>

namespace echosweep {

namespace {

constexpr std::uint8_t kUnreachable4 = 3;
constexpr std::uint8_t kSourceQuench4 = 4;
constexpr std::uint8_t kRedirect4 = 5;
constexpr std::uint8_t kTimeExceeded4 = 11;

constexpr std::uint8_t kUnreachable6 = 1;
constexpr std::uint8_t kPacketTooBig6 = 2;
constexpr std::uint8_t kTimeExceeded6 = 3;

/// RFC 792 codes 0-5, RFC 1122 3.2.2.1 codes 6-12, RFC 1812 5.2.7.1 codes 13-15.
constexpr std::array<std::string_view, 16> kUnreachable4Words = {
    "net-unreachable",      "host-unreachable",    "protocol-unreachable", "port-unreachable",
    "fragmentation-needed", "source-route-failed", "net-unknown",          "host-unknown",
    "source-isolated",      "net-prohibited",      "host-prohibited",      "net-unreachable-tos",
    "host-unreachable-tos", "admin-prohibited",    "precedence-violation", "precedence-cutoff"};

/// RFC 4443 3.1.
constexpr std::array<std::string_view, 7> kUnreachable6Words = {
    "no-route",         "admin-prohibited", "beyond-scope", "address-unreachable",
    "port-unreachable", "policy-failed",    "reject-route"};

std::string_view time_exceeded_word(std::uint8_t code) {
  return code == 1 ? "reassembly-time-exceeded" : "time-exceeded";
}

std::string_view word4(const IcmpError& error) {
  switch (error.type) {
    case kUnreachable4:
      return error.code < kUnreachable4Words.size() ? kUnreachable4Words[error.code] : "unreachable";
    case kSourceQuench4:
      return "source-quench";
    case kRedirect4:
      return "redirect";
    case kTimeExceeded4:
      return time_exceeded_word(error.code);
    default:
      return "parameter-problem";
  }
}

std::string_view word6(const IcmpError& error) {
  switch (error.type) {
    case kUnreachable6:
      return error.code < kUnreachable6Words.size() ? kUnreachable6Words[error.code] : "unreachable";
    case kPacketTooBig6:
      return "packet-too-big";
    case kTimeExceeded6:
      return time_exceeded_word(error.code);
    default:
      return "parameter-problem";
  }
}

}  // namespace

std::string_view word(const IcmpError& error) {
  return error.family == Family::kIpv4 ? word4(error) : word6(error);
}

bool is_unreachable(const IcmpError& error) {
  return error.family == Family::kIpv6 || (error.type != kSourceQuench4 && error.type != kRedirect4);
}

}  // namespace echosweep

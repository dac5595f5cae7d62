#include "report/icmp_error_line.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <span>

namespace echosweep::report {

namespace {

/// Destination unreachable by code (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1).
constexpr std::array<std::string_view, 16> kUnreachable4 = {
    "ICMP Network Unreachable",
    "ICMP Host Unreachable",
    "ICMP Protocol Unreachable",
    "ICMP Port Unreachable",
    "ICMP Unreachable (Fragmentation Needed)",
    "ICMP Unreachable (Source Route Failed)",
    "ICMP Unreachable (Destination Network Unknown)",
    "ICMP Unreachable (Destination Host Unknown)",
    "ICMP Unreachable (Source Host Isolated)",
    "ICMP Unreachable (Communication with Network Prohibited)",
    "ICMP Unreachable (Communication with Host Prohibited)",
    "ICMP Unreachable (Network Unreachable For Type Of Service)",
    "ICMP Unreachable (Host Unreachable For Type Of Service)",
    "ICMP Unreachable (Communication Administratively Prohibited)",
    "ICMP Unreachable (Host Precedence Violation)",
    "ICMP Unreachable (Precedence cutoff in effect)"};

/// Destination unreachable by code: RFC 4443 3.1, and what the registry of ICMPv6 codes got since.
constexpr std::array<std::string_view, 10> kUnreachable6 = {"No route to destination",
                                                            "Communication with destination "
                                                            "administratively prohibited",
                                                            "Beyond scope of source address",
                                                            "Address unreachable",
                                                            "Port unreachable",
                                                            "Source address failed ingress/egress policy",
                                                            "Reject route to destination",
                                                            "Error in Source Routing Header",
                                                            "Headers too long",
                                                            "Error in P-Route"};

/// Time exceeded by code (RFC 4443 3.3).
constexpr std::array<std::string_view, 2> kTimeExceeded6 = {"Hop limit exceeded in transit",
                                                            "Fragment reassembly time exceeded"};

/// Parameter problem by code (RFC 4443 3.4).
constexpr std::array<std::string_view, 3> kParameterProblem6 = {"Erroneous header field encountered",
                                                                "Unrecognized Next Header type encountered",
                                                                "Unrecognized IPv6 option encountered"};

std::string_view what4(const IcmpError& error) {
  switch (error.type) {
    case 3:
      return error.code < kUnreachable4.size() ? kUnreachable4[error.code]
                                               : "ICMP Unreachable (Invalid Code)";
    case 4:
      return "ICMP Source Quench";
    case 5:
      return "ICMP Redirect";
    case 11:
      return "ICMP Time Exceeded";
    case 12:
      return "ICMP Parameter Problem";
    default:
      return "";
  }
}

std::string with_code(std::string_view type, std::span<const std::string_view> codes, std::uint8_t code) {
  return code < codes.size() ? fmt::format("{} ({})", type, codes[code])
                             : fmt::format("{} (Code {})", type, code);
}

std::string what6(const IcmpError& error) {
  switch (error.type) {
    case 1:
      return with_code("ICMPv6 Destination Unreachable", kUnreachable6, error.code);
    case 2:
      return "ICMPv6 Packet Too Big";
    case 3:
      return with_code("ICMPv6 Time Exceeded", kTimeExceeded6, error.code);
    case 4:
      return with_code("ICMPv6 Parameter Problem", kParameterProblem6, error.code);
    default:
      return fmt::format("ICMPv6 Type {} Code {}", error.type, error.code);
  }
}

}  // namespace

std::string icmp_error_line(const IcmpError& error, const Address& from, std::string_view host) {
  if (error.family == Family::kIpv6) {
    return fmt::format("{} from {} for ICMPv6 Echo Request sent to {}\n", what6(error), to_string(from),
                       host);
  }
  const std::string_view what = what4(error);
  return what.empty() ? std::string()
                      : fmt::format("{} from {} for ICMP Echo sent to {}\n", what, to_string(from), host);
}

}  // namespace echosweep::report

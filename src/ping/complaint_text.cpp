#include "ping/complaint_text.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "packet/bytes.hpp"
#include "packet/icmp_types.hpp"
#include "packet/ip_header.hpp"
#include "ping/put.hpp"

namespace echosweep::ping {

namespace {

/// Codes of "destination unreachable" (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1).
constexpr std::array kUnreachable4 = {"Destination Net Unreachable",
                                      "Destination Host Unreachable",
                                      "Destination Protocol Unreachable",
                                      "Destination Port Unreachable",
                                      "",  // says an MTU, too
                                      "Source Route Failed",
                                      "Destination Net Unknown",
                                      "Destination Host Unknown",
                                      "Source Host Isolated",
                                      "Destination Net Prohibited",
                                      "Destination Host Prohibited",
                                      "Destination Net Unreachable for Type of Service",
                                      "Destination Host Unreachable for Type of Service",
                                      "Packet filtered",
                                      "Precedence Violation",
                                      "Precedence Cutoff"};
/// RFC 4443 3.1.
constexpr std::array kUnreachable6 = {"No route",
                                      "Administratively prohibited",
                                      "Beyond scope of source address",
                                      "Address unreachable",
                                      "Port unreachable",
                                      "Source address failed ingress/egress policy",
                                      "Reject route to destination"};
/// RFC 792.
constexpr std::array kRedirect4 = {"Redirect Network", "Redirect Host",
                                   "Redirect Type of Service and Network",
                                   "Redirect Type of Service and Host"};
/// RFC 4443 3.4.
constexpr std::array kParameter6 = {"Wrong header field", "Unknown header", "Unknown option"};

template <std::size_t N>
std::string word_or(const std::array<const char*, N>& words, std::uint8_t code, const char* otherwise) {
  return code < words.size() ? words[code] : fmt::format("{}{}", otherwise, code);
}

std::string words4(const Complaint& complaint, const NameOf& name_of) {
  switch (complaint.type) {
    case packet::icmp4::kUnreachable:
      return complaint.code == packet::icmp4::kFragmentationNeeded
                 ? fmt::format("Frag needed and DF set (mtu = {})", complaint.info & 0xffff)
                 : word_or(kUnreachable4, complaint.code, "Dest Unreachable, Bad Code: ");
    case packet::icmp4::kSourceQuench:
      return "Source Quench";
    case packet::icmp4::kRedirect:
      return fmt::format("{}(New nexthop: {})", word_or(kRedirect4, complaint.code, "Redirect, Bad Code: "),
                         name_of(Address::v4(complaint.info)));
    case packet::icmp4::kTimeExceeded:
      return complaint.code == 0   ? "Time to live exceeded"
             : complaint.code == 1 ? "Frag reassembly time exceeded"
                                   : fmt::format("Time exceeded, Bad Code: {}", complaint.code);
    case packet::icmp4::kParameterProblem:
      return fmt::format("Parameter problem: pointer = {}", complaint.info >> 24);
    default:
      return fmt::format("Bad ICMP type: {}", complaint.type);
  }
}

std::string words6(const Complaint& complaint) {
  switch (complaint.type) {
    case packet::icmp6::kUnreachable:
      return "Destination unreachable: " + word_or(kUnreachable6, complaint.code, "Unknown code ");
    case packet::icmp6::kPacketTooBig:
      return fmt::format("Packet too big: mtu={}", complaint.info) +
             (complaint.code != 0 ? fmt::format(", code={}", complaint.code) : "");
    case packet::icmp6::kTimeExceeded:
      return "Time exceeded: " + (complaint.code == 0   ? "Hop limit"
                                  : complaint.code == 1 ? "Defragmentation failure"
                                                        : fmt::format("code {}", complaint.code));
    case packet::icmp6::kParameterProblem:
      return fmt::format("Parameter problem: {} at {}", word_or(kParameter6, complaint.code, "code "),
                         complaint.info);
    default:
      return fmt::format("unknown icmp type: {}", complaint.type);
  }
}

/// The quoted header, under headings.
void append_header(report::Line& line, std::span<const std::uint8_t> quoted, const NameOf& name_of) {
  const packet::IpHeader ip = packet::read_ip_header(Family::kIpv4, quoted, 0);
  if (ip.header_size == 0 || quoted.size() < ip.header_size) {
    return;
  }
  constexpr std::size_t kFlags = 6;
  const std::uint16_t fragment = packet::load_be16(&quoted[kFlags]);
  append(line, "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n");
  put(line, " 4  {:x}  {:02x} {:04x} {:04x}   {:x} {:04x}  {:02x}  {:02x} {:04x} {}  {} \n",
      ip.header_size / 4, ip.tos.value, ip.total_size, ip.identification, fragment >> 13, fragment & 0x1fff,
      ip.ttl.value, ip.protocol, ip.checksum, to_string(ip.source), to_string(ip.destination));
  OptionText().append(line, ip.options, name_of);
}

}  // namespace

std::string words_of(const Complaint& complaint, const NameOf& name_of) {
  return complaint.from.is_v4() ? words4(complaint, name_of) : words6(complaint);
}

void append_complaint(report::Line& line, const Complaint& complaint, const NameOf& name_of, bool verbose) {
  put(line, "From {}{} icmp_seq={} {}\n", name_of(complaint.from), complaint.is_error ? "" : ":",
      complaint.sequence.value, words_of(complaint, name_of));
  if (verbose && !complaint.is_error && complaint.from.is_v4()) {
    append_header(line, complaint.quoted, name_of);
  }
}

}  // namespace echosweep::ping

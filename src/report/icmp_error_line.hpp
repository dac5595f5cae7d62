#pragma once

#include <string>
#include <string_view>

#include "core/address.hpp"
#include "core/icmp_error.hpp"

namespace echosweep::report {

/// What fping writes about an ICMP error that quotes a probe to `host`, its newline included:
///   ICMP Host Unreachable from 192.0.2.9 for ICMP Echo sent to 192.0.2.1
///   ICMPv6 Time Exceeded (Hop limit exceeded in transit) from 2001:db8::9 for ICMPv6 Echo Request sent to
///   gate
/// IPv4 as fping 5.1 has it, IPv6 as 5.5 (5.1 is silent about it). Empty for IPv4 types that fping says
/// nothing about.
std::string icmp_error_line(const IcmpError& error, const Address& from, std::string_view host);

}  // namespace echosweep::report

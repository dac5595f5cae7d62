#pragma once

#include "listen/heard.hpp"
#include "report/escape.hpp"

namespace echosweep::listen {

/// A packet in a line, its newline included, as tcpdump -n has it, with the local time of day:
///   12:00:00.123456 lo    In  IP 192.0.2.1 > 192.0.2.2: ICMP echo request, id 1, seq 1, length 64
///   12:00:00.123456 IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo reply, id 1, seq 1, length 64
void append_line(report::Line& line, const Heard& heard);

/// `In`, `Out`, `B`, `M`, `P`: who a frame was for, as tcpdump has it.
std::string_view word(packet::Direction direction);

/// Why a packet's header cannot be followed: `bad header length`.
std::string_view word(packet::IpFault fault);

}  // namespace echosweep::listen

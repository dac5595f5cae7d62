#pragma once

#include <string>
#include <string_view>

#include "trace/traced.hpp"

namespace echosweep::trace {

/// What stands behind a round trip, as traceroute has it: `!H`, `!N`, `!P`, `!X`, `!S`, `!F-1400`, `!V`,
/// `!C`,
/// `!<13>` (another code of unreachable), `!<12-0>` (another type and code); empty where the path goes on, or
/// its target has answered.
std::string mark_of(const Answer& answer);

/// What came: `echo-reply`, `syn-ack`, `reset`, or an ICMP error's word.
std::string_view word_of(const Answer& answer);

/// The objects of RFC 4884 as traceroute -e has them: `MPLS:L=16,E=0,S=1,T=1`, `2/1:0000000a,c0000201`, with
/// `;` between two; empty where there are none.
std::string objects_of(const Answer& answer);

}  // namespace echosweep::trace

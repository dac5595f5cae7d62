#pragma once

#include "listen/heard.hpp"
#include "report/escape.hpp"

namespace echosweep::listen {

/// What -v shows below a line: all that the packet says, a field a line, indented by what it belongs to. The
/// IP header with its options, the message with its checksum held against the bytes, the packet that an error
/// quotes, its extensions (RFC 4884, 4950), and the payload in hexadecimal.
void append_details(report::Line& line, const Heard& heard);

}  // namespace echosweep::listen

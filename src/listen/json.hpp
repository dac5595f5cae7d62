#pragma once

#include "listen/heard.hpp"
#include "report/escape.hpp"

namespace echosweep::listen {

/// A packet as a JSON object on a line of its own; echosweep-listen(1) has its fields. What is not known, or
/// was cut away, is left out. `payload`: the payloads too, in hexadecimal.
void append_json_line(report::Line& line, const Heard& heard, bool payload);

}  // namespace echosweep::listen

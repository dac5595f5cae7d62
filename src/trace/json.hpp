#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "report/escape.hpp"
#include "trace/text.hpp"
#include "trace/traced.hpp"

namespace echosweep::trace {

/// What all targets of a run share.
struct RunWords {
  packet::TraceProtocol protocol = packet::TraceProtocol::kIcmp;
  std::uint16_t port = 0;
  Ttl last{30};
};

/// A target as one line of JSON; echosweep-trace(1) has the fields.
void append_json_line(report::Line& line, const Traced& traced, std::string_view name, const RunWords& run,
                      const NameOf& name_of);

std::string_view word(packet::TraceProtocol protocol);
std::string_view word(Ending ending);

}  // namespace echosweep::trace

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ping/outcome.hpp"
#include "ping/statistics.hpp"
#include "ping/summary_text.hpp"
#include "report/escape.hpp"

namespace echosweep::ping {

// A line for each thing that happens, each a JSON object of its own; echosweep-ping(1) has their fields.

/// Whom a line is about.
struct JsonHost {
  std::string_view name;  ///< as on the command line
  Address address;
  std::optional<Address> source;
  std::optional<std::uint32_t> flow_label;
  std::size_t data_size = 0;
};

void append_json_start(report::Line& line, const JsonHost& host);
/// A target that nothing is sent to, and why.
void append_json_failure(report::Line& line, std::string_view name, std::string_view why);
/// `name`: that of whoever sent the packet, where names are wanted and he has one. `guess`: what his TTL
/// says.
void append_json_outcome(report::Line& line, const JsonHost& host, const Outcome& outcome,
                         const std::optional<std::string>& name, bool guess);
void append_json_summary(report::Line& line, const JsonHost& host, const Statistics& statistics,
                         const Totals& totals);

}  // namespace echosweep::ping

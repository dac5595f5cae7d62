#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/escape.hpp"
#include "trace/json.hpp"
#include "trace/text.hpp"
#include "trace/watched.hpp"

namespace echosweep::trace {

/// A target's hops as a table with mtr's columns, a line each, none with a newline:
///
///   host.example (192.0.2.1)            Loss%   Snt   Last    Avg   Best   Wrst  StDev
///    1. gw.example (198.51.100.1)        0.0%    10    0.2    0.3    0.2    0.9    0.1
///    2. ???                            100.0%    10
///
/// Round trips are milliseconds. `width`: columns that there are; the hosts' names take what is left.
std::vector<std::string> watch_table(const Watched& watched, std::string_view name, std::size_t width,
                                     const NameOf& name_of);

/// The same as one line of JSON; echosweep-trace(1) has the fields.
void append_watch_json_line(report::Line& line, const Watched& watched, std::string_view name,
                            const RunWords& run, const NameOf& name_of);

}  // namespace echosweep::trace

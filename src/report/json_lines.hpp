#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include "report/accounting.hpp"

namespace echosweep::report {

// What the JSON formats share: the first and the last line, and how text gets into them.

using Json = nlohmann::ordered_json;

/// One line without its newline. Bytes that are not UTF-8 become U+FFFD.
std::string json_dump(const Json& value);
/// `text` as a JSON string, quotes included.
std::string json_string(std::string_view text);
/// RFC 3339, in UTC.
std::string json_time(WallTime time);
double json_microseconds(std::chrono::nanoseconds time);

/// {"type":"run", …}: json_sink.hpp has its fields.
Json json_run(const RunInfo& run);
/// {"type":"accounting", …}: json_sink.hpp has its fields.
Json json_accounting(const Accounting& accounting);

}  // namespace echosweep::report

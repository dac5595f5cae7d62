#include "report/json_sink.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

#include "report/format.hpp"
#include "report/json_lines.hpp"

namespace echosweep::report {

JsonSink::JsonSink(Output out) : out_(std::move(out)) {}

Result<void> JsonSink::begin(const RunInfo& run) {
  return out_.append(json_dump(json_run(run)) + '\n');
}

// By hand, unlike the other two: there may be millions of these lines, and a tree for each would cost several
// times as much as its text. Only a name holds characters that need care.
Result<void> JsonSink::record(const Record& record) {
  std::string line = fmt::format(R"({{"type":"host","address":"{}")", to_string(record.address));
  const auto out = std::back_inserter(line);
  if (!record.name.empty()) {
    fmt::format_to(out, R"(,"name":{})", json_string(record.name));
  }
  const std::string reason = reason_word(record);
  fmt::format_to(out, R"(,"state":"{}","reason":{})", word(record.state),
                 record.state == State::kUnsent ? json_string(reason) : '"' + reason + '"');
  const bool replied = record.state == State::kAlive && record.details;
  if (replied || record.state == State::kUnreachable) {
    fmt::format_to(out, R"(,"from":"{}")", to_string(record.from));
  }
  if (replied) {
    fmt::format_to(out, R"(,"ttl":{})", record.ttl.value);
    if (record.rtt) {
      fmt::format_to(out, R"(,"rtt_us":{})", json_microseconds(*record.rtt));
    }
    fmt::format_to(out, R"(,"pass":{})", record.pass.value);
  }
  if (!record.mac.empty()) {
    fmt::format_to(out, R"(,"mac":"{}")", to_string(record.mac));
  }
  if (record.state != State::kAlive) {
    fmt::format_to(out, R"(,"probes":{})", record.probes);
  }
  line += "}\n";
  return out_.append(line);
}

Result<void> JsonSink::end(const Accounting& accounting) {
  if (auto written = out_.append(json_dump(json_accounting(accounting)) + '\n'); !written) {
    return written;
  }
  return out_.close();
}

Result<void> JsonSink::flush() {
  return out_.flush();
}

}  // namespace echosweep::report

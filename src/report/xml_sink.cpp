#include "report/xml_sink.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "report/fields.hpp"
#include "report/format.hpp"
#include "report/nmap_forms.hpp"

namespace echosweep::report {

namespace {

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// As nmap's adjust_timeouts2() does with the first round trip (timing.cc).
void append_times(Line& line, std::chrono::nanoseconds rtt) {
  const std::int64_t srtt = std::max<std::int64_t>(rtt.count() / 1000, 0);
  const std::int64_t rttvar = std::clamp<std::int64_t>(srtt, 5'000, 2'000'000);
  const std::int64_t timeout = std::clamp<std::int64_t>(srtt + 4 * rttvar, 100'000, 10'000'000);
  fmt::format_to(std::back_inserter(line), "<times srtt=\"{}\" rttvar=\"{}\" to=\"{}\"/>\n", srtt, rttvar,
                 timeout);
}

}  // namespace

XmlSink::XmlSink(WholeFile file, StateSet states) : file_(std::move(file)), states_(states) {}

Result<void> XmlSink::begin(const RunInfo& run) {
  started_ = run.started;
  line_.clear();
  append(line_, R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args=")");
  append_xml(line_, joined_command(run));
  fmt::format_to(
      std::back_inserter(line_), R"(" start="{}" startstr="{}" version="{}" xmloutputversion="1.05">
<verbose level="0"/>
<debugging level="0"/>
)",
      seconds_of(run.started), format_timestamp(run.started, TimestampFormat::kCtime), run.version);
  return file_.out().append({line_.data(), line_.size()});
}

Result<void> XmlSink::record(const Record& record) {
  line_.clear();
  const auto out = std::back_inserter(line_);
  fmt::format_to(out, R"(<host><status state="{}" reason="{}" reason_ttl="{}"/>)",
                 record.state == State::kAlive    ? "up"
                 : record.state == State::kUnsent ? "unknown"
                                                  : "down",
                 nmap_reason(record), has_reply(record) ? record.ttl.value : 0);
  append(line_, "\n<address addr=\"");
  append_address(line_, record.address);
  fmt::format_to(out, "\" addrtype=\"{}\"/>\n", record.address.is_v4() ? "ipv4" : "ipv6");
  if (!record.mac.empty()) {
    fmt::format_to(out, "<address addr=\"{}\" addrtype=\"mac\"/>\n", upper(to_string(record.mac)));
  }
  append(line_, "<hostnames>\n");
  if (!record.name.empty()) {
    append(line_, "<hostname name=\"");
    append_xml(line_, record.name);
    fmt::format_to(out, "\" type=\"{}\"/>\n", record.name_is_found ? "PTR" : "user");
  }
  append(line_, "</hostnames>\n");
  if (has_reply(record) && record.rtt) {
    append_times(line_, *record.rtt);
  }
  append(line_, "</host>\n");
  return file_.out().append({line_.data(), line_.size()});
}

Result<void> XmlSink::end(const Accounting& accounting) {
  const NmapEnd end = nmap_end(started_, accounting);
  const bool whole = accounting.signal == 0 && accounting.stopped_by.empty();
  auto written = file_.out().append(fmt::format(
      R"(<runstats><finished time="{}" timestr="{}" summary="Nmap done at {}; {} scanned in {} seconds" elapsed="{}" exit="{}"/><hosts up="{}" down="{}" total="{}"/>
</runstats>
</nmaprun>
)",
      seconds_of(end.finished), end.time, end.time, end.counts, end.elapsed, end.elapsed,
      whole ? "success" : "interrupted", accounting.alive, end.down, end.total));
  return written ? file_.put_in_place() : written;
}

Result<void> XmlSink::flush() {
  return file_.out().flush();
}

}  // namespace echosweep::report

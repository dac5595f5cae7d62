#include "report/csv_sink.hpp"

#include <iterator>
#include <utility>

#include "report/fields.hpp"

namespace echosweep::report {

CsvSink::CsvSink(Output out, StateSet states) : out_(std::move(out)), states_(states) {}

Result<void> CsvSink::begin(const RunInfo&) {
  return out_.append("address,name,state,reason,from,ttl,rtt_us,tries,sent,received,mac,count\r\n");
}

void CsvSink::append_end(const Record& record) {
  line_.push_back(',');
  append(line_, word(record.state));
  line_.push_back(',');
  append_csv(line_, reason_of(record, reason_));
  line_.push_back(',');
}

Result<void> CsvSink::record(const Record& record) {
  line_.clear();
  append_address(line_, record.address);
  line_.push_back(',');
  append_csv(line_, record.name);
  append_end(record);
  if (has_source(record)) {
    append_address(line_, record.from);
  }
  line_.push_back(',');
  if (has_reply(record)) {
    fmt::format_to(std::back_inserter(line_), "{}", record.ttl.value);
  }
  line_.push_back(',');
  if (has_reply(record) && record.rtt) {
    append_microseconds(line_, *record.rtt);
  }
  fmt::format_to(std::back_inserter(line_), ",{},", record.tries());
  if (const auto sent = sent_time(record)) {
    append_utc(line_, *sent);
  }
  line_.push_back(',');
  if (const auto received = received_time(record)) {
    append_utc(line_, *received);
  }
  line_.push_back(',');
  if (!record.mac.empty()) {
    append(line_, to_string(record.mac));
  }
  append(line_, ",1\r\n");
  return out_.append({line_.data(), line_.size()});
}

Result<void> CsvSink::prefix(const Record& record, int bits, std::uint64_t count) {
  line_.clear();
  append_prefix(line_, record.address, bits);
  line_.push_back(',');
  append_end(record);
  fmt::format_to(std::back_inserter(line_), ",,,{},,,,{}\r\n", record.tries(), count);
  return out_.append({line_.data(), line_.size()});
}

Result<void> CsvSink::end(const Accounting&) {
  return out_.close();
}

Result<void> CsvSink::flush() {
  return out_.flush();
}

}  // namespace echosweep::report

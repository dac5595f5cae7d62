#include "report/grepable_sink.hpp"

#include <iterator>
#include <utility>

#include "report/fields.hpp"
#include "report/format.hpp"
#include "report/nmap_forms.hpp"

namespace echosweep::report {

GrepableSink::GrepableSink(Output out, StateSet states) : out_(std::move(out)), states_(states) {}

// Scripts look for nmap's words, so they are nmap's; the command line tells who it was.
Result<void> GrepableSink::begin(const RunInfo& run) {
  started_ = run.started;
  return out_.append(fmt::format("# Nmap {} scan initiated {} as: {}\n", run.version,
                                 format_timestamp(run.started, TimestampFormat::kCtime),
                                 visible(joined_command(run))));
}

Result<void> GrepableSink::go_on(const RunInfo& run) {
  started_ = run.started;
  return {};
}

Result<void> GrepableSink::record(const Record& record) {
  line_.clear();
  append(line_, "Host: ");
  append_address(line_, record.address);
  append(line_, " (");
  append_grepable(line_, record.name);
  append(line_, ")\tStatus: ");
  append(line_, record.state == State::kAlive ? "Up" : record.state == State::kUnsent ? "Unknown" : "Down");
  line_.push_back('\n');
  return out_.append({line_.data(), line_.size()});
}

Result<void> GrepableSink::end(const Accounting& accounting) {
  const NmapEnd end = nmap_end(started_, accounting);
  auto written = out_.append(
      fmt::format("# Nmap done at {} -- {} scanned in {} seconds\n", end.time, end.counts, end.elapsed));
  return written ? out_.close() : written;
}

Result<void> GrepableSink::flush() {
  return out_.flush();
}

}  // namespace echosweep::report

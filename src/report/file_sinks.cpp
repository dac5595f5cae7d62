#include "report/file_sinks.hpp"

#include <utility>

#include "report/fields.hpp"

namespace echosweep::report {

namespace {

Result<void> append_line(Output& out, const Record& record, HostStyle host) {
  Line line;
  append_host(line, record.address, record.name, host);
  line.push_back('\n');
  return out.append({line.data(), line.size()});
}

}  // namespace

AliveFileSink::AliveFileSink(Output out, HostStyle host) : out_(std::move(out)), host_(host) {}

Result<void> AliveFileSink::record(const Record& record) {
  return wants(record.state) ? append_line(out_, record, host_) : Result<void>{};
}

Result<void> AliveFileSink::end(const Accounting&) {
  return out_.close();
}

Result<void> AliveFileSink::flush() {
  return out_.flush();
}

DeadFileSink::DeadFileSink(Output out, HostStyle host) : out_(std::move(out)), host_(host) {}

Result<void> DeadFileSink::record(const Record& record) {
  return wants(record.state) ? append_line(out_, record, host_) : Result<void>{};
}

Result<void> DeadFileSink::prefix(const Record& record, int bits, std::uint64_t) {
  if (!wants(record.state)) {
    return {};
  }
  Line line;
  append_prefix(line, record.address, bits);
  line.push_back('\n');
  return out_.append({line.data(), line.size()});
}

Result<void> DeadFileSink::end(const Accounting&) {
  return out_.close();
}

Result<void> DeadFileSink::flush() {
  return out_.flush();
}

}  // namespace echosweep::report

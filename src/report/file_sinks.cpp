#include "report/file_sinks.hpp"

#include <utility>

#include "report/fields.hpp"

namespace echosweep::report {

AliveFileSink::AliveFileSink(Output out, HostStyle host) : out_(std::move(out)), host_(host) {}

Result<void> AliveFileSink::record(const Record& record) {
  return wants(record.state) ? out_.append(format_host(record, host_) + '\n') : Result<void>{};
}

Result<void> AliveFileSink::end(const Accounting&) {
  return out_.close();
}

Result<void> AliveFileSink::flush() {
  return out_.flush();
}

DeadFileSink::DeadFileSink(Output out, HostStyle host) : out_(std::move(out)), host_(host) {}

Result<void> DeadFileSink::record(const Record& record) {
  return wants(record.state) ? out_.append(format_host(record, host_) + '\n') : Result<void>{};
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

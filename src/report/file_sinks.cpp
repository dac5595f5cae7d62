#include "report/file_sinks.hpp"

#include <utility>

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

Result<void> DeadFileSink::end(const Accounting&) {
  return out_.close();
}

Result<void> DeadFileSink::flush() {
  return out_.flush();
}

}  // namespace echosweep::report

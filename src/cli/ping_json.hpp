#pragma once

#include <vector>

#include "cli/address_names.hpp"
#include "cli/ping_command.hpp"
#include "cli/ping_report.hpp"
#include "ping/json.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

/// JSON lines on standard output, for all that happens.
class PingJson final : public PingReport {
 public:
  PingJson(const PingCommand& command, const std::vector<PingedHost>& hosts)
      : command_(command), hosts_(hosts), out_(report::Output::standard_output()) {}

  void failure(std::string_view name, std::string_view why) override;
  void start(std::size_t target) override;
  void tell(const ping::Outcome& outcome) override;
  void summary(std::size_t target, const ping::Statistics& statistics, const ping::Totals& totals) override;
  void flush() override { (void)out_.flush(); }
  Result<void> close() override { return out_.close(); }
  bool failed() override { return !out_.append({}); }

 private:
  ping::JsonHost host_of(std::size_t target) const;
  std::optional<std::string> name_of(std::size_t target, const ping::Outcome& outcome);
  void end_line();

  const PingCommand& command_;
  const std::vector<PingedHost>& hosts_;
  AddressNames names_;
  report::Output out_;
  report::Line line_;
};

}  // namespace echosweep::cli

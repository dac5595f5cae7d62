#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/address_names.hpp"
#include "cli/ping_command.hpp"
#include "cli/ping_report.hpp"
#include "ping/outcome.hpp"
#include "ping/reply_text.hpp"
#include "ping/statistics.hpp"
#include "ping/summary_text.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

/// ping's lines on standard output, and its complaints on standard error. After a failure to write nothing
/// more is written.
class PingPrinter final : public PingReport {
 public:
  PingPrinter(const PingCommand& command, const std::vector<PingedHost>& hosts);

  void failure(std::string_view name, std::string_view why) override;
  void start(std::size_t target) override;
  void tell(const ping::Outcome& outcome) override;
  void summary(std::size_t target, const ping::Statistics& statistics, const ping::Totals& totals) override;
  void flush() override { (void)out_.flush(); }
  Result<void> close() override { return out_.close(); }
  bool failed() override { return !out_.append({}); }

 private:
  void show(const ping::Outcome& outcome);
  void tell_flood(const ping::Event& event);
  void tell_of(std::size_t target, WallTime wall, const ping::Reply& reply);
  void tell_of(std::size_t target, WallTime wall, const ping::Complaint& complaint);
  void tell_of(std::size_t target, WallTime wall, const ping::NotSent& failure);
  void tell_of(std::size_t target, WallTime wall, const ping::NoAnswerYet& request);
  void tell_of(std::size_t target, WallTime wall, const ping::Leaving& request);
  /// Time, and where there are several the target: in front of each line about it.
  void begin_line(std::size_t target, WallTime wall);
  void end_line();
  void complain_of(std::size_t target, const std::string& what);
  ping::NameOf name_of(std::size_t target);

  const PingCommand& command_;
  const std::vector<PingedHost>& hosts_;
  AddressNames names_;
  std::vector<ping::OptionText> options_;  ///< of each target
  report::Output out_;
  report::Line line_;
};

}  // namespace echosweep::cli

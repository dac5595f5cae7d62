#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "cli/host_names.hpp"
#include "cli/outlets.hpp"
#include "report/count_sink.hpp"

namespace echosweep::cli {

/// Takes what happens in a run of rounds to all formats, under each name that its target has;
/// but summaries under the one that they bring, for their order is the names'. Main thread only.
class CountReporter final : public report::CountSink {
 public:
  /// Creates the output files, and asks reverse DNS for the names that are wanted, all side by side.
  static Result<CountReporter> open(const SweepCommand& command, const ReadTargets& read);

  Result<void> begin(const report::CountInfo& info) override;
  Result<void> reply(const report::CountReply& reply) override;
  Result<void> timed_out(const report::CountTimeout& timeout) override;
  Result<void> error(const report::CountError& error) override;
  Result<void> send_failed(const report::CountSendFailure& failure) override;
  Result<void> start_interval(WallTime when) override;
  Result<void> interval(const report::CountSummary& summary) override;
  Result<void> start_summary() override;
  Result<void> summary(const report::CountSummary& summary) override;
  Result<void> end(const report::CountTotals& totals) override;
  Result<void> flush() override;

  const HostNames& names() const { return names_; }
  /// As Outlets::failure().
  const std::optional<Error>& failure() const { return outlets_.failure(); }

 private:
  CountReporter(HostNames names, report::HostStyle style,
                std::vector<std::unique_ptr<report::CountSink>> sinks)
      : names_(std::move(names)), style_(style), outlets_(std::move(sinks)) {}

  /// The event, once for each time that its target was named.
  template <typename Event, typename Tell>
  Result<void> tell(const Event& event, Tell what);

  HostNames names_;
  report::HostStyle style_;
  Outlets<report::CountSink> outlets_;
};

}  // namespace echosweep::cli

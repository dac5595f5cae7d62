#pragma once

#include <fmt/format.h>

#include <chrono>

#include "report/count_sink.hpp"
#include "report/format.hpp"
#include "report/output.hpp"

namespace echosweep::report {

/// -N: the figures of each interval in the words of netdata's external plugins, as fping 5.2 and later have
/// them. For each target the charts NAME_packets, NAME_quality and NAME_latency (nanoseconds; nothing is SET
/// without a reply); the first interval declares each before its first figures. NAME is the target's name, or
/// its address where it has none, with `_` for all but letters and digits; the charts' family is what lines
/// call the target, with `_` where a character would end its quotes or the line.
/// Summaries and all else are other sinks' business.
class NetdataSink final : public CountSink {
 public:
  /// `interval`: of -Q; netdata is told whole seconds.
  NetdataSink(Output out, std::chrono::nanoseconds interval, HostStyle host);

  Result<void> reply(const CountReply&) override { return {}; }
  Result<void> timed_out(const CountTimeout&) override { return {}; }
  Result<void> error(const CountError&) override { return {}; }
  Result<void> send_failed(const CountSendFailure&) override { return {}; }
  Result<void> start_interval(WallTime when) override;
  Result<void> interval(const CountSummary& summary) override;
  Result<void> start_summary() override { return {}; }
  Result<void> summary(const CountSummary&) override { return {}; }
  Result<void> end(const CountTotals& totals) override;
  Result<void> flush() override;

 private:
  Output out_;
  const double seconds_;
  const HostStyle host_;
  unsigned intervals_ = 0;   ///< begun so far, as far as 2
  fmt::memory_buffer text_;  ///< kept: a target costs no allocation
};

}  // namespace echosweep::report

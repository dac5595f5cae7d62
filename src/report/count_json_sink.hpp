#pragma once

#include <fmt/format.h>

#include <string_view>

#include "report/count_sink.hpp"
#include "report/format.hpp"
#include "report/output.hpp"

namespace echosweep::report {

struct CountJsonOptions {
  /// --json FILE: the run's metadata in front, the accounting at the end, and in between errors, too. Without
  /// it: -J, with fping's objects alone.
  bool metadata = false;
  HostStyle host = HostStyle::kName;
  bool lines = true;       ///< resp and timeout; not with -q or -Q
  bool timestamp = false;  ///< -D: "timestamp" in them
  TimestampFormat timestamp_format = TimestampFormat::kSeconds;
  bool print_ttl = false;
  bool print_tos = false;
  bool outage = false;    ///< -o
  bool all_rtts = false;  ///< -C: vSum in place of summary
  bool stats = false;     ///< -s
};

/// fping 5.5's -J, NDJSON: an object a line, each with one member that says what it is. Round trips are
/// milliseconds with fping's digits.
///
/// {"resp": {"timestamp": string, "host": string, "seq": round, "size": bytes, "rtt": number, "timestamps":
///  {"originate", "receive", "transmit", "localreceive": ms since midnight UT}, "tos": number, "ttl":
///  number}}
/// {"timeout": {"timestamp": string, "host": string, "seq": round}}
/// {"summary": {"host": string, "xmt": number, "rcv": number, "loss": percent, "outage(ms)": number,
///  "rttMin", "rttAvg", "rttMax": number}}
/// {"vSum": {"host": string, "values": [number, null where no round trip is known]}}
/// {"intSum": {"time": seconds since 1970, and what summary has}}
/// {"stats": {"targets", "alive", "unreachable", "unknownAddresses", "timeouts", "icmpEchosSent",
///  "icmpEchoRepliesReceived", "otherIcmpReceived": number, "rttMin", "rttAvg", "rttMax": number,
///  "elapsed": seconds}}
/// {"warning": {"host": string, "message": string}}
///  timestamp, tos, ttl, outage(ms): only if asked for; timestamps: only of ICMP timestamp replies; rttMin
///  and so on: only if something came; "return" in place of "loss" where more came than was sent.
///
/// Ours, only where there is something to tell: in resp "late": true (after the timeout, which a timeout told
/// before), "duplicate": true (answered before), "from": string (another address replied), "rtt": null
/// (nobody knows); in summary, vSum and intSum "late" and "duplicates": number. With `metadata` also
/// {"type":"run", … what json_sink.hpp has, "rounds": number, null without end, "period_ms": number}
/// {"icmpError": {"host", "seq", "from", "type", "code": as above, "error": a word of core/icmp_error.hpp}}
/// {"sendError": {"host", "seq", "errno": "ENOBUFS", "message": string}}
/// {"type":"accounting", … what json_sink.hpp has, "timeouts", "duplicates", "not_sent": number}
class CountJsonSink final : public CountSink {
 public:
  CountJsonSink(Output out, const CountJsonOptions& options);

  /// A name without an address; at any time before end().
  Result<void> unresolved(std::string_view name, std::string_view why);

  Result<void> begin(const CountInfo& info) override;
  Result<void> reply(const CountReply& reply) override;
  Result<void> timed_out(const CountTimeout& timeout) override;
  Result<void> error(const CountError& error) override;
  Result<void> send_failed(const CountSendFailure& failure) override;
  Result<void> start_interval(WallTime when) override;
  Result<void> interval(const CountSummary& summary) override;
  Result<void> start_summary() override { return {}; }
  Result<void> summary(const CountSummary& summary) override;
  Result<void> end(const CountTotals& totals) override;
  Result<void> flush() override;

 private:
  void begin_line(std::string_view kind);
  void add_timestamp(WallTime when);
  void add_host(const CountHost& host);
  void add_figures(const CountSummary& summary);
  void add_rounds(const KeptRounds& rounds);
  void add_late_and_duplicates(const CountTally& tally);
  Result<void> put();

  Output out_;
  const CountJsonOptions options_;
  std::int64_t interval_time_ = 0;  ///< seconds since 1970
  fmt::memory_buffer line_;         ///< kept: a line costs no allocation
};

}  // namespace echosweep::report

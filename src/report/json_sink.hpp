#pragma once

#include "report/output.hpp"
#include "report/sink.hpp"

namespace echosweep::report {

/// --json: NDJSON, one object a line, in this order. Fields that are not known are left out; times say
/// their unit in the name. Bytes that are not UTF-8 (in a name, in the command line) become U+FFFD.
///
/// {"type":"run", "version": string, "command": [string], "started": "2023-11-14T22:13:20.123456Z" (UTC),
///  "targets": number, "order": "random"|"input", "seed": number, "rate": packets a second, null for no
///  limit or where the run finds it itself, "rate_mode": "fixed"|"max"|"auto", "max_loss": percent (only with
///  auto), "retries": number, "complete": percent (only with --complete: then retries is the most),
///  "timeout_ms": number}
///
/// {"type":"host", "address": string, "name": string, "state": "alive"|"unreachable"|"silent"|"unsent",
///  "reason": "echo-reply", an ICMP error's word (core/icmp_error.hpp), "no-response" or "unsent: why",
///  "from": who replied or complained, "ttl": of the reply, "rtt_us": microseconds with decimals,
///  "pass": 0 for the first probe, "probes": how many left for it}
///  name: only if there is one; from: alive and unreachable; ttl, rtt_us, pass: alive; probes: the others,
///  for whom all are known when the line is written. Alive ones come as they are known, the others at the end
///  in input order.
///
/// {"type":"accounting", and every field of Accounting by its name, "probes": their sum over the passes,
///  "send_errors": {"ENOBUFS": count}, "rtt_min_us", "rtt_avg_us", "rtt_max_us" (only if there is an RTT),
///  "rtt_sum_us", "elapsed_s", "sending_s" (until the last probe left); with "rate_mode" max or auto
///  "rate_at_end" (null: no limit), with max "rate_falls", with auto "control": {"sent", "answered",
///  "judged": numbers, "loss", "loss_low", "loss_high": percent}} missed: "missed", "missed_at_most" (95%),
///  "answered" (share of probes), or else "missed_unknown": why
class JsonSink final : public Sink {
 public:
  explicit JsonSink(Output out);

  bool wants(State) const override { return true; }
  Result<void> begin(const RunInfo& run) override;
  Result<void> record(const Record& record) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  Output out_;
};

}  // namespace echosweep::report

#pragma once

#include <optional>
#include <string>

#include "report/escape.hpp"
#include "report/output.hpp"
#include "report/sink.hpp"

namespace echosweep::report {

/// --json: NDJSON, one object a line, in this order. Fields that are not known are left out; times say
/// their unit in the name. Bytes that are not UTF-8 (in a name, in the command line) become U+FFFD.
///
/// {"type":"run", "version": string, "command": [string], "started": "2023-11-14T22:13:20.123456Z" (UTC),
///  "targets": number, "order": "random"|"input", "seed": number, "shard": {"index", "count", "set"}: this
///  run asked the index-th of count parts of the targets that this digest names (only where there are
///  several), "rate": packets a second, null for no limit or where the run finds it itself, "rate_mode":
///  "fixed"|"max"|"auto", "max_loss": percent (only with auto), "retries": number, "complete": percent (only
///  with --complete: then retries is the most), "timeout_ms": number}
///
/// {"type":"host", "address": string, "name": string, "state": "alive"|"unreachable"|"silent"|"unsent",
///  "reason": "echo-reply", "timestamp-reply", "arp-response" or "nd-response", an ICMP error's word
///  (core/icmp_error.hpp), "no-response" or "unsent: why", "from": who replied or complained, "ttl": of the
///  reply, "rtt_us": microseconds with decimals, "tries": number, "sent", "received": UTC as above, "mac":
///  "02:00:5e:10:00:01", "seed", "shard": the run's, the latter as its index alone, so that a line still
///  tells where it is from when those of many runs lie in one table} name: only if there is one; from: alive
///  and unreachable; ttl, rtt_us, sent: alive by an echo reply, the last two where that brought our time
///  stamp back; received: alive, where it was noted; mac: alive where only ARP or ND answered. tries: of an
///  alive one, which probe was answered, from 1; of the others, how many left. Alive ones come as they are
///  known, the others at the end in input order.
///
/// {"type":"range", "prefix": "192.0.2.0/25", "state", "reason", "tries", "count": its addresses, "seed",
///  "shard"}
///  Only behind a JoinedSink.
///
/// {"type":"accounting", and every field of Accounting by its name, "probes": their sum over the passes,
///  "send_errors": {"ENOBUFS": count}, "rtt_min_us", "rtt_avg_us", "rtt_max_us" (only if there is an RTT),
///  "rtt_sum_us", "elapsed_s", "sending_s" (until the last probe left); with "rate_mode" max or auto
///  "rate_at_end" (null: no limit), with max "rate_falls", with auto "control": {"sent", "answered",
///  "judged": numbers, "loss", "loss_low", "loss_high": percent}} missed: "missed", "missed_at_most" (95%),
///  "answered" (share of probes), or else "missed_unknown": why
class JsonSink final : public PrefixSink {
 public:
  /// `guess`: with what TTLs say, "guess": {"initial_ttl", "hops", "systems"}.
  explicit JsonSink(Output out, StateSet states = StateSet::all(), bool guess = false);

  bool wants(State state) const override { return states_.has(state); }
  Result<void> begin(const RunInfo& run) override;
  Result<void> go_on(const RunInfo& run) override;
  Result<void> record(const Record& record) override;
  Result<void> prefix(const Record& record, int bits, std::uint64_t count) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  void append_end(const Record& record);
  void append_guess(Ttl ttl);
  void append_time(std::string_view key, const std::optional<WallTime>& time);

  Output out_;
  const StateSet states_;
  const bool guess_;
  std::string origin_;  ///< ends each line: seed and shard
  Line line_;
  Line reason_;
};

}  // namespace echosweep::report

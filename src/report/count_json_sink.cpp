#include "report/count_json_sink.hpp"

#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "report/count_figures.hpp"
#include "report/json_lines.hpp"
#include "report/summary.hpp"

namespace echosweep::report {

CountJsonSink::CountJsonSink(Output out, const CountJsonOptions& options)
    : out_(std::move(out)), options_(options) {}

Result<void> CountJsonSink::unresolved(std::string_view name, std::string_view why) {
  begin_line("warning");
  fmt::format_to(std::back_inserter(line_), R"("host": {}, "message": {})", json_string(name),
                 json_string(why));
  return put();
}

Result<void> CountJsonSink::begin(const CountInfo& info) {
  if (!options_.metadata) {
    return {};
  }
  Json run = json_run(info.run);
  run["rounds"] = info.rounds == 0 ? Json(nullptr) : Json(info.rounds);
  run["period_ms"] = json_microseconds(info.period) / 1e3;
  return out_.append(json_dump(run) + '\n');
}

Result<void> CountJsonSink::reply(const CountReply& reply) {
  if (!options_.lines) {
    return {};
  }
  begin_line("resp");
  add_timestamp(reply.received);
  add_host(reply.host);
  const auto out = std::back_inserter(line_);
  fmt::format_to(out, R"(, "seq": {}, "size": {}, "rtt": {})", reply.round, reply.size,
                 reply.rtt ? format_rtt(*reply.rtt) : "null");
  if (reply.timestamps) {
    fmt::format_to(
        out, R"(, "timestamps": {{"originate": {}, "receive": {}, "transmit": {}, "localreceive": {}}})",
        reply.timestamps->originate, reply.timestamps->receive, reply.timestamps->transmit,
        reply.timestamps->local_receive);
  }
  if (options_.print_tos) {
    fmt::format_to(out, R"(, "tos": {})", reply.tos.value);
  }
  if (options_.print_ttl) {
    fmt::format_to(out, R"(, "ttl": {})", reply.ttl.value);
  }
  if (is_elsewhere(reply.from, reply.host.address)) {
    fmt::format_to(out, R"(, "from": {})", json_string(to_string(reply.from)));
  }
  fmt::format_to(out, "{}{}", reply.late ? R"(, "late": true)" : "",
                 reply.duplicate ? R"(, "duplicate": true)" : "");
  return put();
}

Result<void> CountJsonSink::timed_out(const CountTimeout& timeout) {
  if (!options_.lines) {
    return {};
  }
  begin_line("timeout");
  add_timestamp(timeout.when);
  add_host(timeout.host);
  fmt::format_to(std::back_inserter(line_), R"(, "seq": {})", timeout.round);
  return put();
}

Result<void> CountJsonSink::error(const CountError& error) {
  if (!options_.metadata || !options_.lines) {
    return {};
  }
  begin_line("icmpError");
  add_timestamp(error.received);
  add_host(error.host);
  fmt::format_to(std::back_inserter(line_),
                 R"(, "seq": {}, "from": {}, "type": {}, "code": {}, "error": "{}")", error.round,
                 json_string(to_string(error.from)), error.error.type, error.error.code, word(error.error));
  return put();
}

Result<void> CountJsonSink::send_failed(const CountSendFailure& failure) {
  if (!options_.metadata || !options_.lines) {
    return {};
  }
  begin_line("sendError");
  add_timestamp(failure.when);
  add_host(failure.host);
  fmt::format_to(std::back_inserter(line_), R"(, "seq": {}, "errno": "{}", "message": {})", failure.round,
                 errno_name(failure.error), json_string(std::generic_category().message(failure.error)));
  return put();
}

Result<void> CountJsonSink::start_interval(WallTime when) {
  interval_time_ = std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
  return {};
}

Result<void> CountJsonSink::interval(const CountSummary& summary) {
  begin_line("intSum");
  fmt::format_to(std::back_inserter(line_), R"("time": {},)", interval_time_);
  add_host(summary.host);
  add_figures(summary);
  add_late_and_duplicates(summary.tally);
  return put();
}

Result<void> CountJsonSink::summary(const CountSummary& summary) {
  begin_line(options_.all_rtts ? "vSum" : "summary");
  add_host(summary.host);
  if (options_.all_rtts) {
    add_rounds(summary.rounds);
  } else {
    add_figures(summary);
  }
  add_late_and_duplicates(summary.tally);
  return put();
}

Result<void> CountJsonSink::end(const CountTotals& totals) {
  if (options_.stats) {
    const FpingStats stats = fping_stats(totals);
    begin_line("stats");
    const auto out = std::back_inserter(line_);
    fmt::format_to(out, R"("targets": {}, "alive": {}, "unreachable": {}, "unknownAddresses": {})",
                   stats.targets, stats.alive, stats.unreachable, stats.unknown_addresses);
    fmt::format_to(out, R"(, "timeouts": {}, "icmpEchosSent": {}, "icmpEchoRepliesReceived": {})",
                   stats.timeouts, stats.sent, stats.received);
    fmt::format_to(out, R"(, "otherIcmpReceived": {}, "rttMin": {}, "rttAvg": {}, "rttMax": {})",
                   stats.other_icmp, format_rtt(stats.rtt_min), format_rtt(stats.rtt_avg),
                   format_rtt(stats.rtt_max));
    fmt::format_to(out, R"(, "elapsed": {:.3f})", std::chrono::duration<double>(stats.elapsed).count());
    if (auto written = put(); !written) {
      return written;
    }
  }
  if (options_.metadata) {
    Json accounting = json_accounting(totals.accounting);
    accounting["timeouts"] = totals.timeouts;
    accounting["duplicates"] = totals.duplicates;
    accounting["not_sent"] = totals.not_sent;
    if (auto written = out_.append(json_dump(accounting) + '\n'); !written) {
      return written;
    }
  }
  return out_.close();
}

Result<void> CountJsonSink::flush() {
  return out_.flush();
}

void CountJsonSink::begin_line(std::string_view kind) {
  line_.clear();
  fmt::format_to(std::back_inserter(line_), R"({{"{}": {{)", kind);
}

void CountJsonSink::add_timestamp(WallTime when) {
  if (options_.timestamp) {
    fmt::format_to(std::back_inserter(line_), R"("timestamp": "{}", )",
                   format_timestamp(when, options_.timestamp_format));
  }
}

void CountJsonSink::add_host(const CountHost& host) {
  fmt::format_to(std::back_inserter(line_), R"("host": {})",
                 json_string(host_text(host.address, host.name, options_.host)));
}

void CountJsonSink::add_figures(const CountSummary& summary) {
  const CountTally& tally = summary.tally;
  const auto out = std::back_inserter(line_);
  fmt::format_to(out, R"(, "xmt": {}, "rcv": {}, "{}": {})", tally.sent, tally.received,
                 is_return(tally) ? "return" : "loss", percent(tally));
  if (options_.outage && !is_return(tally)) {
    fmt::format_to(out, R"json(, "outage(ms)": {})json", outage_ms(summary));
  }
  if (tally.timed > 0) {
    fmt::format_to(out, R"(, "rttMin": {}, "rttAvg": {}, "rttMax": {})", format_rtt(tally.rtt_min),
                   format_rtt(mean_rtt(tally)), format_rtt(tally.rtt_max));
  }
}

void CountJsonSink::add_rounds(const KeptRounds& rounds) {
  const auto out = std::back_inserter(line_);
  fmt::format_to(out, R"(, "values": [)");
  std::string_view separator;
  for (const std::int64_t rtt : rounds.rtts_ns) {
    fmt::format_to(out, "{}{}", std::exchange(separator, ", "),
                   rtt >= 0 ? format_rtt(std::chrono::nanoseconds(rtt)) : "null");
  }
  line_.push_back(']');
}

void CountJsonSink::add_late_and_duplicates(const CountTally& tally) {
  const auto out = std::back_inserter(line_);
  if (tally.late > 0) {
    fmt::format_to(out, R"(, "late": {})", tally.late);
  }
  if (tally.duplicates > 0) {
    fmt::format_to(out, R"(, "duplicates": {})", tally.duplicates);
  }
}

Result<void> CountJsonSink::put() {
  fmt::format_to(std::back_inserter(line_), "}}}}\n");
  return out_.append(text_of(line_));
}

}  // namespace echosweep::report

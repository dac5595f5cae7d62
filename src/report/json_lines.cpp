#include "report/json_lines.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "report/fields.hpp"
#include "report/format.hpp"

namespace echosweep::report {

namespace {

std::string rate_mode(const RunInfo& run) {
  return run.max_loss ? "auto" : run.rate.unlimited() ? "max" : "fixed";
}

double microseconds(RttSum time) {
  return time.count() / 1e3;
}

Json percent(double share) {
  return std::round(share * 1e5) / 1e3;
}

void add_rate(Json& line, const Accounting& sums) {
  if (!sums.rate_at_end) {
    return;
  }
  line["rate_at_end"] =
      sums.rate_at_end->unlimited() ? Json(nullptr) : Json(std::round(sums.rate_at_end->per_second));
  if (!sums.control) {
    line["rate_falls"] = sums.rate_falls;
    return;
  }
  const ControlAccount& control = *sums.control;
  line["control"] = {{"sent", control.sent},
                     {"answered", control.answered},
                     {"judged", control.judged},
                     {"loss", percent(control.loss)},
                     {"loss_low", percent(control.loss_low)},
                     {"loss_high", percent(control.loss_high)}};
}

}  // namespace

std::string json_dump(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  // The library writes C1 controls and DEL as they are, and terminals obey some of them. Outside of strings
  // there are none.
  std::string harmless;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte == 0x7f) {
      harmless += "\\u007f";
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      harmless += fmt::format("\\u{:04x}", next);
      ++i;
    } else {
      harmless += text[i];
    }
  }
  return harmless;
}

std::string json_string(std::string_view text) {
  Line line;
  append_json(line, text);
  return fmt::to_string(line);
}

std::string json_time(WallTime time) {
  Line text;
  append_utc(text, time);
  return fmt::to_string(text);
}

double json_microseconds(std::chrono::nanoseconds time) {
  return microseconds(time);
}

Json json_run(const RunInfo& run) {
  Json line;
  line["type"] = "run";
  line["version"] = run.version;
  line["command"] = run.command;
  line["started"] = json_time(run.started);
  line["targets"] = run.targets;
  line["order"] = run.order;
  line["seed"] = run.seed;
  line["shard"] = {{"index", run.shard.index}, {"count", run.shard.count}};
  if (!run.set.empty()) {
    line["shard"]["set"] = run.set;
  }
  line["rate"] = run.rate.unlimited() ? Json(nullptr) : Json(run.rate.per_second);
  line["rate_mode"] = rate_mode(run);
  if (run.max_loss) {
    line["max_loss"] = percent(*run.max_loss);
  }
  line["retries"] = run.retries;
  if (run.complete) {
    line["complete"] = *run.complete;
  }
  line["timeout_ms"] = json_microseconds(run.timeout) / 1e3;
  return line;
}

Json json_accounting(const Accounting& sums) {
  Json line;
  line["type"] = "accounting";
  line["targets"] = sums.targets;
  line["alive"] = sums.alive;
  line["unreachable"] = sums.unreachable;
  line["silent"] = sums.silent;
  line["unsent"] = sums.unsent;
  line["probes"] = sums.probes();
  line["probes_by_pass"] = sums.probes_by_pass;
  line["alive_by_pass"] = sums.alive_by_pass;
  if (sums.missed) {
    line["missed"] = sums.missed->about;
    line["missed_at_most"] = sums.missed->at_most;
    line["answered"] = sums.missed->answered;
  } else {
    line["missed_unknown"] = sums.missed_unknown;
  }
  line["echo_replies"] = sums.echo_replies;
  line["icmp_errors"] = sums.icmp_errors;
  line["late"] = sums.late;
  line["extra"] = sums.extra;
  line["foreign"] = sums.foreign;
  line["forged"] = sums.forged;
  line["malformed"] = sums.malformed;
  line["capture_drops"] = sums.capture_drops;
  Json errors = Json::object();
  for (const auto& [code, count] : sums.send_errors) {
    errors[errno_name(code)] = count;
  }
  line["send_errors"] = std::move(errors);
  line["retries_of_sends"] = sums.retries_of_sends;
  line["neighbour_requests"] = sums.neighbour_requests;
  line["neighbour_answers"] = sums.neighbour_answers;
  line["transmitted"] = sums.transmitted;
  add_rate(line, sums);
  if (sums.rtt_min && sums.rtt_max && sums.rtt_count > 0) {
    line["rtt_min_us"] = json_microseconds(*sums.rtt_min);
    line["rtt_avg_us"] = microseconds(sums.rtt_sum) / static_cast<double>(sums.rtt_count);
    line["rtt_max_us"] = json_microseconds(*sums.rtt_max);
  }
  line["rtt_sum_us"] = microseconds(sums.rtt_sum);
  line["rtt_count"] = sums.rtt_count;
  line["unresolved_names"] = sums.unresolved_names;
  line["unsaved_packets"] = sums.unsaved_packets;
  line["elapsed_s"] = json_microseconds(sums.elapsed) / 1e6;
  line["sending_s"] = json_microseconds(sums.sending) / 1e6;
  line["signal"] = sums.signal;
  line["stopped_by"] = sums.stopped_by;
  line["hints"] = sums.hints;
  return line;
}

}  // namespace echosweep::report

#include "report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "report/format.hpp"

namespace echosweep::report {

namespace {

std::string send_errors(const Accounting& sums) {
  if (sums.send_errors.empty()) {
    return "none";
  }
  std::vector<std::pair<int, std::uint64_t>> errors(sums.send_errors.begin(), sums.send_errors.end());
  std::ranges::stable_sort(errors, std::ranges::greater{}, &std::pair<int, std::uint64_t>::second);
  std::string text;
  for (const auto& [code, count] : errors) {
    fmt::format_to(std::back_inserter(text), "{}{} {} ({})", text.empty() ? "" : ", ", count,
                   errno_name(code), std::generic_category().message(code));
  }
  if (sums.retries_of_sends > 0) {
    fmt::format_to(std::back_inserter(text), "; {} sent again", sums.retries_of_sends);
  }
  return text;
}

std::string transmitted(const Accounting& sums) {
  std::string text;
  for (const auto& [back_end, packets] : sums.transmitted) {
    fmt::format_to(std::back_inserter(text), "{}{} by {}", text.empty() ? "" : ", ", packets, back_end);
  }
  return text;
}

std::string passes(const Accounting& sums) {
  std::string text;
  for (std::size_t pass = 0; pass < sums.probes_by_pass.size(); ++pass) {
    fmt::format_to(std::back_inserter(text), "{}pass {}: {}", pass == 0 ? " (" : ", ", pass,
                   sums.probes_by_pass[pass]);
  }
  return text.empty() ? text : text + ')';
}

/// `0.4`, `3`, `12,345`.
std::string about(double number) {
  constexpr double kWhole = 9.95;
  const std::string text = number < kWhole ? fmt::format("{:.1f}", number)
                                           : format_count(static_cast<std::uint64_t>(std::llround(number)));
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string missed(const Accounting& sums) {
  return sums.missed ? fmt::format("about {}, at most {} of {} alive (95%)", about(sums.missed->about),
                                   format_count(sums.missed->at_most), format_count(sums.alive))
                     : fmt::format("unknown ({})", sums.missed_unknown);
}

std::string rate(const Accounting& sums) {
  if (!sums.rate_at_end || (!sums.control && sums.rate_falls == 0)) {
    return "";
  }
  const std::string at_end = fmt::format("{:.0f}/s at the end", sums.rate_at_end->per_second);
  if (!sums.control) {
    return fmt::format("rate: max, came down {} time{}, {}\n", sums.rate_falls,
                       sums.rate_falls == 1 ? "" : "s", at_end);
  }
  const ControlAccount& control = *sums.control;
  std::string text =
      fmt::format("rate: auto, {}; control: {} sent, {} answered; ", at_end, control.sent, control.answered);
  if (control.judged == 0) {
    return text + "loss not known\n";
  }
  return text + fmt::format("loss {:.1f}% ({:.1f}% to {:.1f}%) of the last {}\n", control.loss * 100,
                            control.loss_low * 100, control.loss_high * 100, control.judged);
}

/// What the two kinds of runs count alike.
FpingStats basic_stats(const Accounting& sums) {
  FpingStats stats;
  stats.targets = sums.targets;
  stats.alive = sums.alive;
  stats.unreachable = sums.targets - std::min(sums.alive, sums.targets);
  stats.unknown_addresses = sums.unresolved_names;
  stats.other_icmp = sums.icmp_errors;
  stats.rtt_min = sums.rtt_min.value_or(stats.rtt_min);
  stats.rtt_max = sums.rtt_max.value_or(stats.rtt_max);
  if (sums.rtt_count > 0) {
    stats.rtt_avg = std::chrono::duration_cast<std::chrono::nanoseconds>(sums.rtt_sum /
                                                                         static_cast<double>(sums.rtt_count));
  }
  stats.elapsed = sums.elapsed;
  return stats;
}

std::string targets_line(const Accounting& sums) {
  return fmt::format("accounting: {} targets = {} alive + {} icmp-unreachable + {} silent + {} unsent\n",
                     sums.targets, sums.alive, sums.unreachable, sums.silent, sums.unsent);
}

/// What happened to the packets on this machine.
std::string machine_lines(const Accounting& sums) {
  std::string text =
      fmt::format("capture: {} dropped\nsend errors: {}\n", sums.capture_drops, send_errors(sums));
  if (sums.unsaved_packets > 0) {
    text += fmt::format("pcap: {} packets were not written: they came faster\n", sums.unsaved_packets);
  }
  if (!sums.transmitted.empty()) {
    text += fmt::format("transmit: {}\n", transmitted(sums));
  }
  return text;
}

}  // namespace

FpingStats fping_stats(const Accounting& sums) {
  const std::uint64_t answers = sums.echo_replies - std::min(sums.extra, sums.echo_replies);
  const std::uint64_t echoes = sums.probes() - std::min(sums.neighbour_requests, sums.probes());
  const ControlAccount control = sums.control.value_or(ControlAccount{});
  FpingStats stats = basic_stats(sums);
  stats.timeouts = echoes - std::min(answers, echoes) + control.sent - control.answered;
  stats.sent = echoes + control.sent;
  stats.received = sums.echo_replies + control.answered;
  return stats;
}

FpingStats fping_stats(const CountTotals& totals) {
  FpingStats stats = basic_stats(totals.accounting);
  stats.timeouts = totals.timeouts;
  stats.sent = totals.accounting.probes() + totals.not_sent;
  stats.received = totals.accounting.echo_replies;
  return stats;
}

std::string format_fping_stats(const FpingStats& stats) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "\n {:7} targets\n {:7} alive\n {:7} unreachable\n {:7} unknown addresses\n",
                 stats.targets, stats.alive, stats.unreachable, stats.unknown_addresses);
  fmt::format_to(out,
                 "\n {:7} timeouts (waiting for response)\n {:7} ICMP Echos sent\n"
                 " {:7} ICMP Echo Replies received\n {:7} other ICMP received\n",
                 stats.timeouts, stats.sent, stats.received, stats.other_icmp);
  fmt::format_to(out, "\n {} ms (min round trip time)\n {} ms (avg round trip time)\n",
                 format_rtt(stats.rtt_min), format_rtt(stats.rtt_avg));
  fmt::format_to(out, " {} ms (max round trip time)\n {:12.3f} sec (elapsed real time)\n\n",
                 format_rtt(stats.rtt_max), std::chrono::duration<double>(stats.elapsed).count());
  return text;
}

std::string format_accounting(const Accounting& sums) {
  std::string text = targets_line(sums);
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "probes: {} sent{}\n", sums.probes(), passes(sums));
  fmt::format_to(
      out, "replies: {} echo, {} icmp errors, {} late, {} extra, {} foreign, {} forged, {} malformed\n",
      sums.echo_replies, sums.icmp_errors, sums.late, sums.extra, sums.foreign, sums.forged, sums.malformed);
  if (sums.neighbour_requests > 0) {
    fmt::format_to(out, "neighbours: {} asked, {} answered\n", sums.neighbour_requests,
                   sums.neighbour_answers);
  }
  fmt::format_to(out, "{}missed: {}\n", machine_lines(sums), missed(sums));
  return text + rate(sums);
}

std::string format_accounting(const CountTotals& totals) {
  const Accounting& sums = totals.accounting;
  const std::uint64_t sent = sums.probes();
  const std::uint64_t not_first = totals.duplicates + sums.late;
  const std::uint64_t in_time = sums.echo_replies - std::min(not_first, sums.echo_replies);
  const std::uint64_t ended = in_time + totals.timeouts;
  std::string text = targets_line(sums);
  const auto out = std::back_inserter(text);
  fmt::format_to(out,
                 "probes: {} sent = {} answered in time + {} timed out ({} answered late) + {} in flight; {} "
                 "not sent\n",
                 sent, in_time, totals.timeouts, sums.late, sent - std::min(ended, sent), totals.not_sent);
  fmt::format_to(
      out, "replies: {} echo ({} late, {} {}), {} icmp errors, {} foreign, {} forged, {} malformed\n",
      sums.echo_replies, sums.late, totals.duplicates, totals.duplicates == 1 ? "duplicate" : "duplicates",
      sums.icmp_errors, sums.foreign, sums.forged, sums.malformed);
  return text + machine_lines(sums);
}

}  // namespace echosweep::report

#include "report/netdata_sink.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "report/count_figures.hpp"

namespace echosweep::report {

namespace {

/// ASCII alone, whatever the locale.
bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool breaks_quotes(char c) {
  return c == '\'' || (c >= 0 && c < ' ') || c == '\x7f';
}

}  // namespace

NetdataSink::NetdataSink(Output out, std::chrono::nanoseconds interval, HostStyle host)
    : out_(std::move(out)), seconds_(std::chrono::duration<double>(interval).count()), host_(host) {}

Result<void> NetdataSink::start_interval(WallTime) {
  intervals_ = std::min(intervals_ + 1, 2U);
  return {};
}

Result<void> NetdataSink::interval(const CountSummary& summary) {
  const CountTally& tally = summary.tally;
  const bool declare = intervals_ < 2;
  std::string name = host_text(summary.host.address, summary.host.name, HostStyle::kName);
  std::ranges::replace_if(name, [](char c) { return !is_letter_or_digit(c); }, '_');
  std::string host = host_text(summary.host.address, summary.host.name, host_);
  std::ranges::replace_if(host, breaks_quotes, '_');

  text_.clear();
  const auto out = std::back_inserter(text_);
  if (declare) {
    fmt::format_to(out,
                   "CHART fping.{}_packets '' 'FPing Packets' packets '{}' fping.packets line 110020 {:.0f}\n"
                   "DIMENSION xmt sent absolute 1 1\nDIMENSION rcv received absolute 1 1\n",
                   name, host, seconds_);
  }
  fmt::format_to(out, "BEGIN fping.{}_packets\nSET xmt = {}\nSET rcv = {}\nEND\n", name, tally.sent,
                 tally.received);
  if (declare) {
    fmt::format_to(
        out,
        "CHART fping.{}_quality '' 'FPing Quality' percentage '{}' fping.quality area 110010 {:.0f}\n"
        "DIMENSION returned '' absolute 1 1\n",
        name, host, seconds_);
  }
  fmt::format_to(out, "BEGIN fping.{}_quality\nSET returned = {}\nEND\n", name,
                 tally.sent == 0 ? 0 : tally.received * 100 / tally.sent);
  if (declare) {
    fmt::format_to(out,
                   "CHART fping.{}_latency '' 'FPing Latency' ms '{}' fping.latency area 110000 {:.0f}\n"
                   "DIMENSION min minimum absolute 1 1000000\nDIMENSION max maximum absolute 1 1000000\n"
                   "DIMENSION avg average absolute 1 1000000\n",
                   name, host, seconds_);
  }
  fmt::format_to(out, "BEGIN fping.{}_latency\n", name);
  if (tally.timed > 0) {
    fmt::format_to(out, "SET min = {}\nSET avg = {}\nSET max = {}\n", tally.rtt_min.count(),
                   mean_rtt(tally).count(), tally.rtt_max.count());
  }
  fmt::format_to(out, "END\n");
  return out_.append(text_of(text_));
}

Result<void> NetdataSink::end(const CountTotals&) {
  return flush();
}

Result<void> NetdataSink::flush() {
  return out_.flush();
}

}  // namespace echosweep::report

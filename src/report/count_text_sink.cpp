#include "report/count_text_sink.hpp"

#include <cerrno>
#include <ctime>
#include <iterator>
#include <utility>

#include "report/count_figures.hpp"
#include "report/icmp_error_line.hpp"

namespace echosweep::report {

namespace {

/// `NaN` where nobody knows.
std::string rtt_text(std::optional<std::chrono::nanoseconds> rtt) {
  return rtt ? format_rtt(*rtt) : "NaN";
}

/// Who closes standard error (2>&-) wants nothing from it.
Result<void> unless_closed(Result<void> written) {
  return !written && written.error().code == EBADF ? Result<void>{} : written;
}

}  // namespace

CountTextSink::CountTextSink(Output out, Output err, const CountTextOptions& options)
    : out_(std::move(out)), err_(std::move(err)), options_(options) {}

Result<void> CountTextSink::begin(const CountInfo& info) {
  width_ = info.longest_host;
  return {};
}

Result<void> CountTextSink::reply(const CountReply& reply) {
  if (reply.duplicate && options_.duplicates != Duplicates::kReply) {
    note_duplicate(reply);
    return {};
  }
  if (!options_.lines) {
    return {};
  }
  const bool elsewhere = is_elsewhere(reply.from, reply.host.address);
  if (elsewhere && options_.as_fping) {
    note_elsewhere(reply);
  }
  begin_line(reply.host, reply.received);
  fmt::format_to(std::back_inserter(line_), " : [{}], {} bytes, {} ms", reply.round, reply.size,
                 rtt_text(reply.rtt));
  add_average_and_loss(reply.so_far);
  add_extras(reply);
  auto written = to_out();
  if (elsewhere && !options_.as_fping) {
    note_elsewhere(reply);
  }
  return written;
}

Result<void> CountTextSink::timed_out(const CountTimeout& timeout) {
  if (!options_.lines) {
    return {};
  }
  begin_line(timeout.host, timeout.when);
  fmt::format_to(std::back_inserter(line_), " : [{}], timed out", timeout.round);
  add_average_and_loss(timeout.so_far);
  line_.push_back('\n');
  return to_out();
}

Result<void> CountTextSink::error(const CountError& error) {
  if (options_.icmp_errors) {
    note(icmp_error_line(error.error, error.from,
                         format_host(error.host.address, error.host.name, options_.host)));
  }
  return {};
}

/// fping says nothing of it in these modes; who wants to know hears once, from whoever runs the count.
Result<void> CountTextSink::send_failed(const CountSendFailure&) {
  return {};
}

Result<void> CountTextSink::start_interval(WallTime when) {
  if (!options_.intervals) {
    return {};
  }
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
  std::tm local{};
  localtime_r(&seconds, &local);
  line_.clear();
  fmt::format_to(std::back_inserter(line_), "{}[{:02}:{:02}:{:02}]\n", options_.lines ? "\n" : "",
                 local.tm_hour, local.tm_min, local.tm_sec);
  return to_err();
}

Result<void> CountTextSink::interval(const CountSummary& summary) {
  if (!options_.intervals) {
    return {};
  }
  line_.clear();
  add_padded(summary.host);
  add_figures(summary);
  return to_err();
}

Result<void> CountTextSink::start_summary() {
  if (!options_.summary || !options_.lines) {
    return {};
  }
  line_.clear();
  line_.push_back('\n');
  return to_err();
}

Result<void> CountTextSink::summary(const CountSummary& summary) {
  if (!options_.summary) {
    return {};
  }
  line_.clear();
  add_padded(summary.host);
  if (!options_.all_rtts) {
    add_figures(summary);
    return to_err();
  }
  const auto out = std::back_inserter(line_);
  fmt::format_to(out, " :");
  for (const std::int64_t rtt : summary.rounds.rtts_ns) {
    fmt::format_to(out, " {}",
                   rtt == KeptRounds::kUnknownRtt ? "NaN"
                   : rtt < 0                      ? "-"
                                                  : format_rtt(std::chrono::nanoseconds(rtt)));
  }
  line_.push_back('\n');
  return to_err();
}

Result<void> CountTextSink::end(const CountTotals&) {
  return flush();
}

Result<void> CountTextSink::flush() {
  auto flushed = out_.flush();
  auto notes = unless_closed(err_.flush());
  out_pending_ = err_pending_ = false;
  return flushed ? notes : flushed;
}

void CountTextSink::begin_line(const CountHost& host, WallTime when) {
  line_.clear();
  if (options_.timestamp) {
    fmt::format_to(std::back_inserter(line_), "[{}] ", format_timestamp(when, options_.timestamp_format));
  }
  add_padded(host);
}

/// Counts bytes, as printf does; fmt would count columns.
void CountTextSink::add_padded(const CountHost& host) {
  const std::string text = format_host(host.address, host.name, options_.host);
  line_.append(std::string_view(text));
  for (std::size_t size = text.size(); size < width_; ++size) {
    line_.push_back(' ');
  }
}

void CountTextSink::add_average_and_loss(const CountTally& tally) {
  std::optional<std::chrono::nanoseconds> mean;
  if (tally.timed > 0) {
    mean = mean_rtt(tally);
  }
  fmt::format_to(std::back_inserter(line_), " ({} avg, {}% {})", rtt_text(mean), percent(tally),
                 is_return(tally) ? "return" : "loss");
}

/// What may stand after a reply's figures, and the end of the line.
void CountTextSink::add_extras(const CountReply& reply) {
  const auto out = std::back_inserter(line_);
  if (reply.timestamps) {
    fmt::format_to(out, ", timestamps: Originate={} Receive={} Transmit={} Localreceive={}",
                   reply.timestamps->originate, reply.timestamps->receive, reply.timestamps->transmit,
                   reply.timestamps->local_receive);
  }
  if (options_.print_tos) {
    fmt::format_to(out, " (TOS {})", reply.tos.value);
  }
  if (options_.print_ttl) {
    fmt::format_to(out, " (TTL {})", reply.ttl.value);
  }
  fmt::format_to(out, "{}\n", reply.late ? " (late)" : "");
}

void CountTextSink::add_figures(const CountSummary& summary) {
  const CountTally& tally = summary.tally;
  const auto out = std::back_inserter(line_);
  fmt::format_to(out, " : xmt/rcv/%{} = {}/{}/{}%", is_return(tally) ? "return" : "loss", tally.sent,
                 tally.received, percent(tally));
  if (options_.outage && !is_return(tally)) {
    fmt::format_to(out, ", outage(ms) = {}", outage_ms(summary));
  }
  if (tally.timed > 0) {
    fmt::format_to(out, ", min/avg/max = {}/{}/{}", format_rtt(tally.rtt_min), format_rtt(mean_rtt(tally)),
                   format_rtt(tally.rtt_max));
  }
  line_.push_back('\n');
}

void CountTextSink::note_elsewhere(const CountReply& reply) {
  const std::string from = to_string(reply.from);
  note(options_.as_fping
           ? fmt::format(" [<- {}]", from)
           : fmt::format("{} [<- {}]\n", format_host(reply.host.address, reply.host.name, options_.host),
                         from));
}

void CountTextSink::note_duplicate(const CountReply& reply) {
  if (options_.duplicates != Duplicates::kNote) {
    return;
  }
  std::string text = fmt::format("{} : duplicate for [{}], {} bytes, {} ms",
                                 format_host(reply.host.address, reply.host.name, options_.host), reply.round,
                                 reply.size, rtt_text(reply.rtt));
  if (is_elsewhere(reply.from, reply.host.address)) {
    text += fmt::format(" [<- {}]", to_string(reply.from));
  }
  note(text += '\n');
}

/// Who reads the results can do without notes: that one cannot be written is no reason to stop.
void CountTextSink::note(std::string_view text) {
  line_.clear();
  line_.append(text);
  [[maybe_unused]] const auto lost = to_err();
}

Result<void> CountTextSink::to_out() {
  if (std::exchange(err_pending_, false)) {
    [[maybe_unused]] const auto lost = err_.flush();
  }
  out_pending_ = true;
  return out_.append(text_of(line_));
}

Result<void> CountTextSink::to_err() {
  if (std::exchange(out_pending_, false)) {
    if (auto flushed = out_.flush(); !flushed) {
      return flushed;
    }
  }
  err_pending_ = true;
  return unless_closed(err_.append(text_of(line_)));
}

}  // namespace echosweep::report

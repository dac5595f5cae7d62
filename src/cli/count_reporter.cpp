#include "cli/count_reporter.hpp"

#include <utility>

#include "report/count_json_sink.hpp"
#include "report/count_text_sink.hpp"
#include "report/netdata_sink.hpp"

namespace echosweep::cli {

namespace {

using report::Output;
using Sinks = std::vector<std::unique_ptr<report::CountSink>>;

report::CountTextOptions text_options(const SweepCommand& command) {
  const CountCommand& count = command.count;
  const bool loop = count.mode == CountCommand::Mode::kLoop;
  const bool silenced = count.report_every.has_value();
  const bool lines = !silenced && (!command.quiet || loop) && !count.json;
  return {.host = host_style(command),
          .lines = lines,
          .icmp_errors = !silenced && !command.quiet,
          .intervals = !count.json && !count.netdata,
          .summary = !count.json,
          .duplicates = !command.as_fping ? report::Duplicates::kNote
                        : loop            ? report::Duplicates::kReply
                                          : report::Duplicates::kDrop,
          .timestamp = command.timestamp,
          .timestamp_format = command.timestamp_format,
          .print_ttl = command.print_ttl,
          .print_tos = command.print_tos,
          .outage = count.outage,
          .all_rtts = count.mode == CountCommand::Mode::kValues,
          .as_fping = command.as_fping};
}

report::CountJsonOptions json_options(const SweepCommand& command, bool metadata) {
  const CountCommand& count = command.count;
  return {.metadata = metadata,
          .host = host_style(command),
          .lines = metadata || (!command.quiet && !count.report_every),
          .timestamp = command.timestamp,
          .timestamp_format = command.timestamp_format,
          .print_ttl = command.print_ttl,
          .print_tos = command.print_tos,
          .outage = count.outage,
          .all_rtts = count.mode == CountCommand::Mode::kValues,
          .stats = command.stats};
}

}  // namespace

Result<CountReporter> CountReporter::open(const SweepCommand& command, const ReadTargets& read) {
  const CountCommand& count = command.count;
  Sinks sinks;
  if (count.json) {
    auto json =
        std::make_unique<report::CountJsonSink>(Output::standard_output(), json_options(command, false));
    for (const UnresolvedName& name : read.unresolved_names) {
      (void)json->unresolved(name.name, name.why);
    }
    sinks.push_back(std::move(json));
  }
  if (count.netdata && count.report_every && !count.json) {
    sinks.push_back(std::make_unique<report::NetdataSink>(Output::standard_output(), *count.report_every,
                                                          host_style(command)));
  }
  if (command.json_file != "-") {
    sinks.push_back(std::make_unique<report::CountTextSink>(Output::standard_output(),
                                                            Output::standard_error(), text_options(command)));
  }
  if (!command.json_file.empty()) {
    auto out = Output::create(command.json_file);
    if (!out) {
      return std::unexpected(out.error());
    }
    sinks.push_back(std::make_unique<report::CountJsonSink>(std::move(*out), json_options(command, true)));
  }
  auto names = HostNames::find(command, read);
  if (!names) {
    return std::unexpected(names.error());
  }
  return CountReporter(std::move(*names), host_style(command), std::move(sinks));
}

template <typename Event, typename Tell>
Result<void> CountReporter::tell(const Event& event, Tell what) {
  names_.for_each_name(event.host.index, [&](std::string_view name) {
    Event named = event;
    named.host.name = name;
    outlets_.for_each([&](report::CountSink& sink) { return (sink.*what)(named); });
  });
  return {};
}

Result<void> CountReporter::begin(const report::CountInfo& info) {
  report::CountInfo whole = info;
  whole.longest_host = names_.longest(style_);
  outlets_.for_each([&](report::CountSink& sink) { return sink.begin(whole); });
  return flush();
}

Result<void> CountReporter::reply(const report::CountReply& reply) {
  return tell(reply, &report::CountSink::reply);
}

Result<void> CountReporter::timed_out(const report::CountTimeout& timeout) {
  return tell(timeout, &report::CountSink::timed_out);
}

Result<void> CountReporter::error(const report::CountError& error) {
  return tell(error, &report::CountSink::error);
}

Result<void> CountReporter::send_failed(const report::CountSendFailure& failure) {
  return tell(failure, &report::CountSink::send_failed);
}

Result<void> CountReporter::start_interval(WallTime when) {
  outlets_.for_each([&](report::CountSink& sink) { return sink.start_interval(when); });
  return {};
}

Result<void> CountReporter::interval(const report::CountSummary& summary) {
  outlets_.for_each([&](report::CountSink& sink) { return sink.interval(summary); });
  return {};
}

Result<void> CountReporter::start_summary() {
  outlets_.for_each([](report::CountSink& sink) { return sink.start_summary(); });
  return {};
}

Result<void> CountReporter::summary(const report::CountSummary& summary) {
  outlets_.for_each([&](report::CountSink& sink) { return sink.summary(summary); });
  return {};
}

Result<void> CountReporter::end(const report::CountTotals& totals) {
  outlets_.for_each([&](report::CountSink& sink) { return sink.end(totals); });
  return {};
}

Result<void> CountReporter::flush() {
  outlets_.for_each([](report::CountSink& sink) { return sink.flush(); });
  return {};
}

}  // namespace echosweep::cli

#include "cli/reporter.hpp"

#include "cli/maps.hpp"
#include "report/file_sinks.hpp"
#include "report/json_sink.hpp"
#include "report/text_sink.hpp"

namespace echosweep::cli {

namespace {

using report::Output;

report::TextOptions text_options(const SweepCommand& command) {
  return {.alive = command.alive,
          .unreach = command.unreach,
          .quiet = command.quiet || command.reachable || command.fast_reachable,
          .host = host_style(command),
          .elapsed = command.elapsed,
          .print_ttl = command.print_ttl,
          .print_tos = command.print_tos,
          .reason = command.reason,
          .timestamp = command.timestamp && !command.as_fping,  // which heeds -D in its count modes only
          .timestamp_format = command.timestamp_format,
          .as_fping = command.as_fping};
}

using Sinks = std::vector<std::unique_ptr<report::Sink>>;

/// Creates the file, if one is wanted, and a sink that writes to it.
template <typename Sink, typename... Style>
Result<void> add_file(Sinks& sinks, const std::string& path, Style... style) {
  if (path.empty()) {
    return {};
  }
  auto out = Output::create(path);
  if (!out) {
    return std::unexpected(out.error());
  }
  sinks.push_back(std::make_unique<Sink>(std::move(*out), style...));
  return {};
}

}  // namespace

Result<Reporter> Reporter::open(const SweepCommand& command, const Clock& clock, const HostNames* names,
                                const std::shared_ptr<map::Survey>& survey) {
  Sinks sinks;
  if (command.json_file != "-" && command.print_lines) {
    sinks.push_back(std::make_unique<report::TextSink>(Output::standard_output(), Output::standard_error(),
                                                       text_options(command), clock));
  }
  Result<void> opened = add_file<report::AliveFileSink>(sinks, command.alive_file, host_style(command));
  if (opened) {
    opened = add_file<report::DeadFileSink>(sinks, command.dead_file, host_style(command));
  }
  if (opened) {
    opened = add_file<report::JsonSink>(sinks, command.json_file);
  }
  if (opened) {
    opened = add_maps(sinks, command, survey);
  }
  if (!opened) {
    return std::unexpected(opened.error());
  }
  std::optional<net::Resolver> resolver;
  if (names == nullptr && (command.by_name || command.reverse_names)) {
    auto made = net::Resolver::open({});
    if (!made) {
      return std::unexpected(made.error());
    }
    resolver = std::move(*made);
  }
  return Reporter(command, names, std::move(resolver), std::move(sinks));
}

void Reporter::begin(const report::RunInfo& run) {
  outlets_.for_each([&](report::Sink& sink) {
    auto begun = sink.begin(run);
    return begun ? sink.flush() : begun;
  });
}

bool Reporter::wants(report::State state) const {
  return outlets_.any([&](const report::Sink& sink) { return sink.wants(state); });
}

void Reporter::record_as(report::Record record, std::string_view name) {
  record.name = name;
  hand_out(record);
}

void Reporter::record(const report::Record& record) {
  const bool look_up = resolver_ && wants(record.state) && (command_->reverse_names || record.name.empty());
  if (names_ != nullptr) {
    names_->for_each_name(record.address, [&](std::string_view name) { record_as(record, name); });
    return;
  }
  if (!look_up && waiting_.empty()) {
    hand_out(record);
    return;
  }
  auto waiting = std::make_shared<Waiting>(Waiting{.record = record,
                                                   .name = std::string(record.name),
                                                   .send_reason = std::string(record.send_reason),
                                                   .ready = !look_up});
  waiting_.push_back(waiting);
  if (look_up) {
    resolver_->reverse(record.address, [waiting](const std::optional<std::string>& name) {
      waiting->name = name.value_or(waiting->name);
      waiting->ready = true;
    });
  }
}

void Reporter::hand_out(const report::Record& record) {
  outlets_.for_each(
      [&](report::Sink& sink) { return sink.wants(record.state) ? sink.record(record) : Result<void>{}; });
  unflushed_ = true;
}

void Reporter::hand_out_ready() {
  for (; !waiting_.empty() && waiting_.front()->ready; waiting_.pop_front()) {
    Waiting& first = *waiting_.front();
    first.record.name = first.name;
    first.record.send_reason = first.send_reason;
    hand_out(first.record);
  }
}

bool Reporter::pump(std::chrono::milliseconds wait) {
  const bool has_names_to_wait_for = resolver_ && resolver_->pending() > 0;
  if (has_names_to_wait_for) {
    resolver_->process(wait);
  }
  hand_out_ready();
  if (unflushed_) {
    outlets_.for_each([](report::Sink& sink) { return sink.flush(); });
    unflushed_ = false;
  }
  return has_names_to_wait_for;
}

void Reporter::abandon_names() {
  resolver_.reset();
  for (const auto& waiting : waiting_) {
    waiting->ready = true;
  }
}

void Reporter::end(const report::Accounting& accounting) {
  outlets_.for_each([&](report::Sink& sink) { return sink.end(accounting); });
}

}  // namespace echosweep::cli

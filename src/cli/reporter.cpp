#include "cli/reporter.hpp"

#include "cli/packet_evidence.hpp"
#include "cli/pcap_sink.hpp"
#include "map/map_sinks.hpp"
#include "report/csv_sink.hpp"
#include "report/file_sinks.hpp"
#include "report/grepable_sink.hpp"
#include "report/joined_sink.hpp"
#include "report/json_sink.hpp"
#include "report/text_sink.hpp"
#include "report/xml_sink.hpp"

namespace echosweep::cli {

namespace {

using report::Output;
using report::WholeFile;

report::TextOptions text_options(const SweepCommand& command) {
  return {.alive = command.alive,
          .unreach = command.unreach,
          .quiet = command.quiet || command.reachable || command.fast_reachable,
          .host = host_style(command),
          .elapsed = command.elapsed,
          .print_ttl = command.print_ttl,
          .guess = command.guess,
          .print_tos = command.print_tos,
          .reason = command.reason,
          .timestamp = command.timestamp && !command.as_fping,  // which heeds -D in its count modes only
          .timestamp_format = command.timestamp_format,
          .as_fping = command.as_fping};
}

/// The sinks of one run, as they are opened.
class Opening {
 public:
  explicit Opening(const SweepCommand& command) : command_(command) {}

  void add_text(const Clock& clock) {
    add(std::make_unique<report::TextSink>(Output::standard_output(), Output::standard_error(),
                                           text_options(command_), clock),
        "-");
  }
  /// `path`: empty where it writes to no file.
  void add(std::unique_ptr<report::Sink> sink, const std::string& path = {}) {
    if (path == "-") {
      to_reader_.push_back(sink.get());
    }
    sinks_.push_back(std::move(sink));
  }
  /// Creates the file, if one is wanted, and the sink that `make` makes of it.
  template <typename File = Output, typename Make>
  void add_file(const std::string& path, Make make) {
    if (path.empty() || !result_) {
      return;
    }
    auto file = File::create(path);
    if (!file) {
      result_ = std::unexpected(file.error());
      return;
    }
    add(make(std::move(*file)), path);
  }
  /// A format that has prefixes, with them or without.
  std::unique_ptr<report::Sink> joined(std::unique_ptr<report::PrefixSink> sink) const {
    if (!command_.ranges) {
      return sink;
    }
    return std::make_unique<report::JoinedSink>(std::move(sink));
  }
  Result<Outlets<report::Sink>> finish() {
    return result_ ? Result<Outlets<report::Sink>>(Outlets<report::Sink>(std::move(sinks_), to_reader_))
                   : std::unexpected(result_.error());
  }

 private:
  const SweepCommand& command_;
  std::vector<std::unique_ptr<report::Sink>> sinks_;
  std::vector<const report::Sink*> to_reader_;
  Result<void> result_;
};

/// One line a format.
Result<Outlets<report::Sink>> open_outlets(const SweepCommand& command, const Clock& clock,
                                           const std::shared_ptr<map::Survey>& survey) {
  const report::HostStyle style = host_style(command);
  const report::StateSet states = command.states.value_or(report::StateSet::all());
  const report::StateSet nmap_states = command.states.value_or(report::StateSet{report::State::kAlive});
  Opening to(command);
  if (!command.stdout_is_taken() && command.print_lines) {
    to.add_text(clock);
  }
  // clang-format off
  to.add_file(command.alive_file, [&](Output out) { return std::make_unique<report::AliveFileSink>(std::move(out), style); });
  to.add_file(command.dead_file, [&](Output out) { return to.joined(std::make_unique<report::DeadFileSink>(std::move(out), style)); });
  to.add_file(command.json_file, [&](Output out) { return to.joined(std::make_unique<report::JsonSink>(std::move(out), states, command.guess)); });
  to.add_file(command.csv_file, [&](Output out) { return to.joined(std::make_unique<report::CsvSink>(std::move(out), states)); });
  to.add_file<WholeFile>(command.xml_file, [&](WholeFile file) { return std::make_unique<report::XmlSink>(std::move(file), nmap_states); });
  to.add_file(command.grepable_file, [&](Output out) { return std::make_unique<report::GrepableSink>(std::move(out), nmap_states); });
  to.add_file(command.pcap_file, [&](Output out) { return std::make_unique<PcapSink>(std::move(out)); });
  // clang-format on
  if (survey) {
    to.add(std::make_unique<map::SurveySink>(survey));
  }
  for (const std::string& path : command.maps) {
    if (path == "-") {
      to.add(std::make_unique<map::TerminalMapSink>(Output::standard_output(), survey), path);
    } else {
      to.add_file<WholeFile>(
          path, [&](WholeFile file) { return std::make_unique<map::PictureSink>(std::move(file), survey); });
    }
  }
  return to.finish();
}

}  // namespace

Result<Reporter> Reporter::open(const SweepCommand& command, const Clock& clock, const HostNames* names,
                                const std::shared_ptr<map::Survey>& survey) {
  auto outlets = open_outlets(command, clock, survey);
  if (!outlets) {
    return std::unexpected(outlets.error());
  }
  std::optional<net::Resolver> resolver;
  if (names == nullptr && (command.by_name || command.reverse_names)) {
    auto made = net::Resolver::open({});
    if (!made) {
      return std::unexpected(made.error());
    }
    resolver = std::move(*made);
  }
  return Reporter(command, names, std::move(resolver), std::move(*outlets));
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

bool Reporter::wants_packets() const {
  return outlets_.any([](const report::Sink& sink) { return sink.wants_packets(); });
}

bool Reporter::is_abandoned() const {
  using report::State;
  return outlets_.failure() && !outlets_.any([](const report::Sink& sink) {
    return sink.is_output() &&
           (sink.wants_packets() || sink.wants(State::kAlive) || sink.wants(State::kUnreachable) ||
            sink.wants(State::kSilent) || sink.wants(State::kUnsent));
  });
}

void Reporter::packet(const net::CapturedPacket& packet) {
  const report::Packet whole = as_written(packet);
  outlets_.for_each([&](report::Sink& sink) { return sink.packet(whole); });
  unflushed_ = true;
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
      waiting->record.name_is_found = name.has_value();
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

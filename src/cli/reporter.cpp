#include "cli/reporter.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <type_traits>

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

/// A pipe, a terminal, a file of the shell's that has something in it; a file of our own is none.
bool is_stream(const std::string& path) {
  struct stat file{};
  const bool is_standard = path.empty() || path == "-";
  const bool known = (is_standard ? fstat(STDOUT_FILENO, &file) : stat(path.c_str(), &file)) == 0;
  return !known || !S_ISREG(file.st_mode) || (is_standard && file.st_size > 0);
}

}  // namespace

/// The sinks of one run, as they are opened.
class Reporter::Opening {
 public:
  Opening(const SweepCommand& command, const KeptFiles& kept) : command_(command), kept_(kept) {}

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
    if (sink->is_kept()) {
      const auto kept = kept_.find(path);
      const bool goes_on = kept != kept_.end();
      files_[sink.get()] = {.path = path,
                            .goes_on = goes_on,
                            .is_stream = is_stream(path),
                            .first_lost = goes_on ? kept->second.hosts : 0};
    }
    sinks_.push_back(std::move(sink));
  }
  /// Creates the file, if one is wanted, and the sink that `make` makes of it.
  template <typename Made = Output, typename Make>
  void add_file(const std::string& path, Make make) {
    if (path.empty() || !result_) {
      return;
    }
    auto file = open<Made>(path);
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
  Result<void> result() const { return result_; }
  Outlets<report::Sink> outlets() { return Outlets<report::Sink>(std::move(sinks_), to_reader_); }
  std::map<const report::Sink*, File> files() { return std::move(files_); }

 private:
  template <typename Made>
  Result<Made> open(const std::string& path) const {
    if constexpr (std::is_same_v<Made, Output>) {
      if (const auto kept = kept_.find(path); kept != kept_.end() && path != "-") {
        return Output::go_on(path, kept->second.size);
      }
    }
    return Made::create(path);
  }

  const SweepCommand& command_;
  const KeptFiles& kept_;
  std::map<const report::Sink*, File> files_;
  std::vector<std::unique_ptr<report::Sink>> sinks_;
  std::vector<const report::Sink*> to_reader_;
  Result<void> result_;
};

/// One line a format.
Result<void> Reporter::open_outlets(Opening& to, const SweepCommand& command, const Clock& clock,
                                    const std::shared_ptr<map::Survey>& survey) {
  const report::HostStyle style = host_style(command);
  const report::StateSet states = command.states.value_or(report::StateSet::all());
  const report::StateSet nmap_states = command.states.value_or(report::StateSet{report::State::kAlive});
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
  return to.result();
}

Result<Reporter> Reporter::open(const SweepCommand& command, const Clock& clock, const HostNames* names,
                                const std::shared_ptr<map::Survey>& survey, const KeptFiles& kept) {
  Opening to(command, kept);
  if (auto opened = open_outlets(to, command, clock, survey); !opened) {
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
  return Reporter(command, names, std::move(resolver), to.outlets(), to.files());
}

void Reporter::begin(const report::RunInfo& run) {
  outlets_.for_each([&](report::Sink& sink) {
    const auto file = files_.find(&sink);
    auto begun = file != files_.end() && file->second.goes_on ? sink.go_on(run) : sink.begin(run);
    return begun ? sink.flush() : begun;
  });
}

bool Reporter::wants(report::State state) const {
  return outlets_.any([&](const report::Sink& sink) { return sink.wants(state); });
}

std::uint64_t Reporter::first_lost(std::uint64_t streamed) {
  std::uint64_t first = kNew;
  outlets_.for_each([&](const report::Sink& sink) {
    const auto file = files_.find(&sink);
    if (file != files_.end() && file->second.is_stream) {
      file->second.first_lost = streamed;
    }
    first = std::min(first, file == files_.end() ? 0 : file->second.first_lost);
    return Result<void>{};
  });
  return std::min(first, streamed);
}

std::vector<std::string> Reporter::intact_files() {
  std::vector<std::string> paths;
  outlets_.for_each([&](const report::Sink& sink) {
    if (const auto file = files_.find(&sink);
        file != files_.end() && !file->second.is_stream && file->second.path != "-") {
      paths.push_back(file->second.path);
    }
    return Result<void>{};
  });
  return paths;
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

void Reporter::take(const report::Record& record, std::uint64_t place) {
  const bool look_up = resolver_ && wants(record.state) && (command_->reverse_names || record.name.empty());
  if (names_ != nullptr) {
    names_->for_each_name(record.address, [&](std::string_view name) { record_as(record, name); });
    return;
  }
  if (!look_up && waiting_.empty()) {
    hand_out(record, place);
    return;
  }
  auto waiting = std::make_shared<Waiting>(Waiting{.record = record,
                                                   .name = std::string(record.name),
                                                   .send_reason = std::string(record.send_reason),
                                                   .ready = !look_up,
                                                   .place = place});
  waiting_.push_back(waiting);
  if (look_up) {
    resolver_->reverse(record.address, [waiting](const std::optional<std::string>& name) {
      waiting->record.name_is_found = name.has_value();
      waiting->name = name.value_or(waiting->name);
      waiting->ready = true;
    });
  }
}

void Reporter::hand_out(const report::Record& record, std::uint64_t place) {
  outlets_.for_each([&](report::Sink& sink) {
    const auto file = place == kNew ? files_.end() : files_.find(&sink);
    const bool has_it = file != files_.end() && place < file->second.first_lost;
    return sink.wants(record.state) && !has_it ? sink.record(record) : Result<void>{};
  });
  alive_handed_out_ += record.state == report::State::kAlive ? 1U : 0U;
  unflushed_ = true;
}

void Reporter::hand_out_ready() {
  for (; !waiting_.empty() && waiting_.front()->ready; waiting_.pop_front()) {
    Waiting& first = *waiting_.front();
    first.record.name = first.name;
    first.record.send_reason = first.send_reason;
    hand_out(first.record, first.place);
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

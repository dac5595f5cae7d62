#include "cli/checkpoints.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "checkpoint/digest.hpp"
#include "cli/position_json.hpp"
#include "cli/version.hpp"
#include "net/fd.hpp"
#include "report/format.hpp"
#include "report/json_lines.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

namespace {

using checkpoint::Checkpoint;
using checkpoint::Digest;
using checkpoint::Entry;
using checkpoint::Journal;
using report::Json;

Error about(const std::string& path, std::string_view what) {
  return Error{fmt::format("--resume {}: {}", path, what), 0};
}

/// The options that another part of the same run must have as well, by their names, as texts.
Json options_that_matter(const SweepCommand& command) {
  const auto yes = [](bool set) { return set ? "yes" : "no"; };
  const modes::SweepOptions& sweep = command.sweep;
  Json options = {
      {"--shard", fmt::format("{}/{}", command.shard.index, command.shard.count)},
      {"--order", command.input_order ? "input" : "random"},
      {"--retry", sweep.complete ? "" : std::to_string(sweep.retries)},
      {"--complete", sweep.complete ? fmt::format("{}", *sweep.complete) : ""},
      {"--max-passes", sweep.complete ? std::to_string(command.max_passes) : ""},
      {"--timeout", fmt::format("{}ms", std::chrono::duration<double, std::milli>(sweep.timeout).count())},
      {"--backoff", fmt::format("{}", sweep.backoff)},
      {"--arp", yes(command.neighbours_only)},
      {"--no-arp", yes(command.echo_only)},
      {"--check-source", yes(command.check_source)},
      {"--ranges", yes(command.ranges)},
      {"--guess", yes(command.guess)},
      {"--rdns", yes(command.reverse_names)},
      {"--name", yes(command.by_name)},
      {"--addr", yes(command.by_address)},
  };
  std::string states;
  for (const report::State state : report::kStates) {
    if (command.states && command.states->has(state)) {
      states += fmt::format("{}{}", states.empty() ? "" : ",", report::word(state));
    }
  }
  options["--states"] = states;
  for (const auto& [name, path] : command.result_files()) {
    options[std::string(name)] = *path;
  }
  options["--map"] = fmt::format("{}", fmt::join(command.maps, " "));
  return options;
}

std::string digest_of(const targets::TargetSet& set) {
  Digest digest;
  digest.add(set.size());
  for (std::size_t i = 0; i < set.range_count(); ++i) {
    const targets::Range range = set.range(i);
    digest.add(std::uint64_t{range.first.is_v4() ? 4U : 6U});
    digest.add(std::uint64_t{range.first.zone()});
    digest.add(static_cast<std::uint64_t>(range.first.value() >> 64));
    digest.add(static_cast<std::uint64_t>(range.first.value()));
    digest.add(set.range_size(i));
  }
  return digest.hex();
}

/// Each file of targets or exclusions that can be read twice, with its digest.
Json digests_of_inputs(const SweepCommand& command) {
  Json inputs = Json::object();
  for (const auto* list : {&command.files, &command.exclude_files}) {
    for (const std::string& path : *list) {
      if (const auto digest = checkpoint::digest_of_file(path); path != "-" && digest) {
        inputs[path] = *digest;
      }
    }
  }
  return inputs;
}

/// The file behind a descriptor, if it is a regular one.
std::optional<struct stat> regular_file(int descriptor) {
  struct stat file{};
  return fstat(descriptor, &file) == 0 && S_ISREG(file.st_mode) ? std::optional(file) : std::nullopt;
}

Json identity(const struct stat& file) {
  return {static_cast<std::uint64_t>(file.st_dev), static_cast<std::uint64_t>(file.st_ino)};
}

/// Its size, when all of it is on the disk; nothing: it is no regular file.
Result<std::optional<std::uint64_t>> settled_size(const std::string& path) {
  const bool is_standard = path == "-";
  const net::Fd opened(is_standard ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  const int descriptor = is_standard ? STDOUT_FILENO : opened.get();
  if (descriptor < 0) {
    return std::unexpected(report::explain_errno("look at", path, errno));
  }
  const auto file = regular_file(descriptor);
  if (!file) {
    return std::nullopt;
  }
  if (fdatasync(descriptor) != 0 && errno != EINVAL && errno != EROFS) {
    return std::unexpected(report::explain_errno("write to", path, errno));
  }
  // Standard output may begin in the middle of a file, and end before what somebody else has written there.
  const off_t end = is_standard ? lseek(descriptor, 0, SEEK_CUR) : file->st_size;
  return static_cast<std::uint64_t>(std::max<off_t>(end, 0));
}

modes::ReplyEvent event_of(const Entry& entry) {
  return {.from = entry.from,
          .index = entry.number,
          .rtt_ns = entry.rtt_ns,
          .received = WallTime(std::chrono::nanoseconds(entry.received_ns)),
          .ttl = Ttl{entry.ttl},
          .tos = Tos{entry.tos},
          .pass = Pass{entry.pass},
          .is_neighbour = entry.is_neighbour};
}

Entry entry_of(const modes::ReplyEvent& event) {
  return {.number = event.index,
          .from = event.from,
          .rtt_ns = event.rtt_ns,
          .received_ns = event.received.time_since_epoch().count(),
          .ttl = event.ttl.value,
          .tos = event.tos.value,
          .pass = event.pass.value,
          .is_neighbour = event.is_neighbour};
}

}  // namespace

std::string journal_path(const std::string& checkpoint) {
  return checkpoint + ".hosts";
}

// ---- what --resume reads
// -------------------------------------------------------------------------------------

Result<Resumption> Resumption::read(const std::string& path) {
  auto file = checkpoint::read_checkpoint(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  // What every checkpoint of ours has, so that nobody after this has to ask.
  try {
    const Json& head = file->head;
    (void)head.at("arguments").get<std::vector<std::string>>();
    (void)head.at("seed").get<std::uint64_t>();
    (void)head.at("started_ns").get<std::int64_t>();
    (void)head.at("targets").get<std::uint64_t>();
    (void)head.at("set").at("digest").get<std::string>();
    (void)head.at("options").items();
    (void)head.at("inputs").items();
    if (const std::string state = head.at("state").get<std::string>(); state == "finished") {
      (void)head.at("exit_code").get<int>();
    } else {
      (void)head.at("journal").at("id").get<std::string>();
      (void)head.at("journal").at("hosts").get<std::uint64_t>();
      (void)head.at("streamed").get<std::uint64_t>();
      for (const auto& [name, kept] : head.at("files").items()) {
        (void)kept.at("size").get<std::uint64_t>();
        (void)kept.at("hosts").get<std::uint64_t>();
      }
    }
  } catch (const Json::exception&) {
    return fail(fmt::format("{} is not a checkpoint of a sweep", path));
  }
  return Resumption(path, std::move(*file));
}

std::vector<std::string> Resumption::arguments() const {
  return file_.head.at("arguments").get<std::vector<std::string>>();
}

std::uint64_t Resumption::seed() const {
  return file_.head.at("seed").get<std::uint64_t>();
}

WallTime Resumption::started() const {
  return WallTime(std::chrono::nanoseconds(file_.head.at("started_ns").get<std::int64_t>()));
}

std::optional<int> Resumption::exit_code() const {
  const auto code = file_.head.find("exit_code");
  return code != file_.head.end() ? std::optional(code->get<int>()) : std::nullopt;
}

std::uint64_t Resumption::streamed() const {
  return file_.head.at("streamed").get<std::uint64_t>();
}

Result<void> Resumption::fits(const SweepCommand& command, const ReadTargets& read,
                              std::uint64_t count) const {
  const Json& head = file_.head;
  if (command.seed && *command.seed != seed()) {
    return std::unexpected(about(path_, fmt::format("--seed is {} here, and was {}", *command.seed, seed())));
  }
  const Json options = options_that_matter(command);
  for (const auto& [name, value] : options.items()) {
    const Json& before = head.at("options");
    const auto was = before.find(name);
    if (was == before.end() || *was != value) {
      const auto shown = [](const Json& text) {
        return text.is_string() && !text.get<std::string>().empty() ? text.get<std::string>() : "not there";
      };
      return std::unexpected(
          about(path_, fmt::format("{} is {} here, and was {} when the run began: leave it as "
                                   "it was",
                                   name, shown(value), shown(was == before.end() ? Json("") : *was))));
    }
  }
  if (head.at("set").at("digest") == digest_of(read.set) && head.at("targets") == count) {
    return {};
  }
  const Json inputs = digests_of_inputs(command);
  for (const auto& [path, digest] : head.at("inputs").items()) {
    const auto now = inputs.find(path);
    if (now == inputs.end() || *now != digest) {
      return std::unexpected(
          about(path_, fmt::format("{} has changed since the run began: put it back as it was, "
                                   "or begin anew",
                                   path)));
    }
  }
  return std::unexpected(about(
      path_,
      fmt::format("the targets are not those of the run, which had {}: other TARGETs or exclusions, other "
                  "lines of standard input, or names that resolve to other addresses",
                  head.at("targets").get<std::uint64_t>())));
}

KeptFiles Resumption::files() const {
  KeptFiles files;
  for (const auto& [path, kept] : file_.head.at("files").items()) {
    files[path] = {.size = kept.at("size").get<std::uint64_t>(),
                   .hosts = kept.at("hosts").get<std::uint64_t>()};
  }
  const auto standard = files.find("-");
  if (standard == files.end()) {
    return files;
  }
  const auto file = regular_file(STDOUT_FILENO);
  const auto size = static_cast<off_t>(standard->second.size);
  const bool is_same = file && file_.head.value("stdout", Json()) == identity(*file) && file->st_size >= size;
  if (!is_same || ftruncate(STDOUT_FILENO, size) != 0 || lseek(STDOUT_FILENO, size, SEEK_SET) != size) {
    files.erase(standard);
  }
  return files;
}

// ---- while the run lasts
// -------------------------------------------------------------------------------------

Result<Checkpoints> Checkpoints::open(const SweepCommand& command, const ReadTargets& read,
                                      std::uint64_t count, std::uint64_t seed, WallTime started,
                                      const Resumption* resumed) {
  const std::string& path = resumed != nullptr ? resumed->path() : command.checkpoint_file;
  if (resumed == nullptr) {
    auto journal = Journal::create(journal_path(path));
    if (!journal) {
      return std::unexpected(journal.error());
    }
    Checkpoints made(command, path, std::move(*journal));
    made.head_ = {{"program", fmt::format("echosweep {}", kVersion)},
                  {"state", ""},
                  {"written", ""},
                  {"started_ns", started.time_since_epoch().count()},
                  {"arguments", command.arguments},
                  {"seed", seed},
                  {"targets", count},
                  {"set", {{"size", read.set.size()}, {"digest", digest_of(read.set)}}},
                  {"inputs", digests_of_inputs(command)},
                  {"options", options_that_matter(command)}};
    return made;
  }
  const Json& head = resumed->file().head;
  auto position = load_position(resumed->file(), count);
  if (!position) {
    return std::unexpected(about(path, position.error().message));
  }
  const auto id = head.at("journal").at("id").get<std::string>();
  const auto must_have = head.at("journal").at("hosts").get<std::uint64_t>();
  // What was found after the checkpoint was written.
  std::uint64_t place = 0;
  bool is_sound = true;
  const auto read_back = checkpoint::read_journal(journal_path(path), id, must_have, [&](const Entry& entry) {
    if (place++ < must_have) {
      return;
    }
    if (entry.number >= count || entry.pass >= modes::kMaxPasses) {
      is_sound = false;
      return;
    }
    if (position->alive.contains(entry.number)) {
      return;
    }
    position->alive.add(entry.number);
    for (auto& [pass, numbers] : position->unlisted) {
      numbers.remove(entry.number);
    }
    if (position->first_answers.size() <= entry.pass) {
      position->first_answers.resize(entry.pass + std::size_t{1});
    }
    ++position->first_answers[entry.pass];
    if (!entry.is_neighbour) {
      ++position->so_far.echo_replies;
    }
  });
  if (!read_back) {
    return std::unexpected(read_back.error());
  }
  if (!is_sound) {
    return std::unexpected(about(path, fmt::format("{} is not this run's", journal_path(path))));
  }
  auto journal = Journal::open(journal_path(path), id, *read_back);
  if (!journal) {
    return std::unexpected(journal.error());
  }
  Checkpoints made(command, path, std::move(*journal));
  made.head_ = head;
  for (const char* const changing : {"journal", "files", "stdout", "streamed", "position"}) {
    made.head_.erase(changing);
  }
  made.from_ = std::move(*position);
  return made;
}

Result<void> Checkpoints::for_each_found(
    std::uint64_t place, const std::function<void(std::uint64_t, const modes::ReplyEvent&)>& use) const {
  std::uint64_t at = 0;
  const auto read = checkpoint::read_journal(journal_path(path_), journal_.id(), journal_.entries(),
                                             [&](const Entry& entry) {
                                               if (at >= place) {
                                                 use(at, event_of(entry));
                                               }
                                               ++at;
                                             });
  return read ? Result<void>() : std::unexpected(read.error());
}

void Checkpoints::add(const modes::ReplyEvent& event) {
  (void)journal_.add(entry_of(event));  // an Error stays, and write() tells of it
}

void Checkpoints::flush() {
  (void)journal_.flush();
}

Result<void> Checkpoints::remember(Result<void> done) {
  has_failed_ = !done;
  return done;
}

Result<void> Checkpoints::keep_files(Reporter& reporter) {
  const std::uint64_t hosts = replayed_from_ + reporter.alive_handed_out();
  for (const std::string& path : reporter.intact_files()) {
    if (path.empty()) {
      continue;
    }
    const auto size = settled_size(path);
    if (!size) {
      return std::unexpected(size.error());
    }
    if (*size) {
      files_[path] = {.size = **size, .hosts = hosts};
    }
  }
  return {};
}

Result<void> Checkpoints::write(const modes::SweepPosition& position, Reporter& reporter, State state,
                                MonotonicTime now) {
  due_ = now + command_.checkpoint_interval;
  if (auto done = journal_.sync(); !done) {
    return remember(done);
  }
  if (auto done = keep_files(reporter); !done) {
    return remember(done);
  }
  Checkpoint checkpoint;
  checkpoint.head = head_;
  checkpoint.head["state"] = state == State::kRunning ? "running" : "stopped";
  checkpoint.head["written"] = report::json_time(SystemClock().wall());
  checkpoint.head["journal"] = {{"id", journal_.id()}, {"hosts", journal_.entries()}};
  checkpoint.head["streamed"] = replayed_from_ + reporter.alive_handed_out();
  Json files = Json::object();
  for (const auto& [path, kept] : files_) {
    files[path] = {{"size", kept.size}, {"hosts", kept.hosts}};
  }
  checkpoint.head["files"] = std::move(files);
  if (const auto standard = regular_file(STDOUT_FILENO)) {
    checkpoint.head["stdout"] = identity(*standard);
  }
  store_position(position, checkpoint);
  return remember(checkpoint::write_checkpoint(path_, checkpoint));
}

Result<void> Checkpoints::write_finished(const report::Accounting& accounting, int exit_code) {
  Checkpoint checkpoint;
  checkpoint.head = head_;
  checkpoint.head["state"] = "finished";
  checkpoint.head["written"] = report::json_time(SystemClock().wall());
  checkpoint.head["exit_code"] = exit_code;
  checkpoint.head["accounting"] = report::json_accounting(accounting);
  auto done = remember(checkpoint::write_checkpoint(path_, checkpoint));
  if (done) {
    static_cast<void>(::unlink(journal_path(path_).c_str()));
  }
  return done;
}

}  // namespace echosweep::cli

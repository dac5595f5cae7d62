#include "cli/checkpoints.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>

#include "checkpoint/file_reader.hpp"
#include "cli/position_json.hpp"
#include "cli/run_identity.hpp"
#include "cli/version.hpp"
#include "net/fd.hpp"
#include "report/format.hpp"
#include "report/json_lines.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

namespace {

using checkpoint::Checkpoint;
using checkpoint::Entry;
using checkpoint::Journal;
using report::Json;

/// Its size, when all of it is on the disk; nothing: it is no regular file.
Result<std::optional<std::uint64_t>> settled_size(const std::string& path) {
  const net::Fd opened(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat file{};
  if (opened.get() < 0 ? stat(path.c_str(), &file) != 0 : fstat(opened.get(), &file) != 0) {
    return std::unexpected(report::explain_errno("look at", path, errno));
  }
  if (!S_ISREG(file.st_mode)) {
    return std::nullopt;
  }
  if (opened.get() < 0 || fdatasync(opened.get()) != 0) {
    return std::unexpected(report::explain_errno("write to", path, errno));
  }
  return static_cast<std::uint64_t>(file.st_size);
}

/// The head keeps texts as UTF-8, and must give back what it was given.
bool is_utf8(const std::string& text) {
  return Json::parse(report::json_dump(Json(text)), nullptr, false) == Json(text);
}

/// A file that is no journal is the user's.
Result<void> check_journal_place(const std::string& path) {
  constexpr std::string_view kBegin = "echosweep journal ";
  struct stat file{};
  if (stat(path.c_str(), &file) != 0 && errno == ENOENT) {
    return {};
  }
  std::array<char, kBegin.size()> begin{};
  auto reader = checkpoint::FileReader::open(path);
  const auto got = reader ? reader->read(begin) : std::unexpected(reader.error());
  if (!got) {
    return std::unexpected(got.error());
  }
  if (*got == 0 || std::string_view(begin.data(), *got) == kBegin) {
    return {};
  }
  return fail(fmt::format("{} is there already and is no journal: name another file for --checkpoint", path));
}

/// The place of this pass, which the list now has.
std::uint64_t& grow(std::vector<std::uint64_t>& by_pass, std::size_t pass) {
  by_pass.resize(std::max(by_pass.size(), pass + 1));
  return by_pass[pass];
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

Result<Checkpoints> Checkpoints::open(const SweepCommand& command, const ReadTargets& read,
                                      std::uint64_t count, std::uint64_t seed, WallTime started,
                                      const Resumption* resumed) {
  const std::string& path = resumed != nullptr ? resumed->path() : command.checkpoint_file;
  if (resumed == nullptr) {
    if (!std::ranges::all_of(command.arguments, is_utf8)) {
      return fail("--checkpoint keeps the command line as UTF-8, and it has other bytes: rename the file");
    }
    if (auto done = check_journal_place(journal_path(path)); !done) {
      return std::unexpected(done.error());
    }
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
                  {"folder", std::filesystem::current_path().string()},
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
    return std::unexpected(about_resuming(path, position.error().message));
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
    bool was_counted = false;
    for (auto& [pass, numbers] : position->unlisted) {
      was_counted = was_counted || numbers.contains(entry.number);
      numbers.remove(entry.number);
    }
    grow(position->cursors, entry.pass);
    if (!was_counted) {
      ++grow(position->first_answers, entry.pass);
      // Its probe left and was answered, after all was counted; what else was sent then nobody knows.
      ++grow(position->so_far.probes_by_pass, entry.pass);
      position->so_far.echo_replies += entry.is_neighbour ? 0U : 1U;
      position->so_far.neighbour_requests += entry.is_neighbour ? 1U : 0U;
      position->so_far.neighbour_answers += entry.is_neighbour ? 1U : 0U;
    }
  });
  if (!read_back) {
    return std::unexpected(read_back.error());
  }
  if (!is_sound) {
    return std::unexpected(about_resuming(path, fmt::format("{} is not this run's", journal_path(path))));
  }
  auto journal = Journal::open(journal_path(path), id, *read_back);
  if (!journal) {
    return std::unexpected(journal.error());
  }
  Checkpoints made(command, path, std::move(*journal));
  made.head_ = head;
  for (const char* const changing : {"journal", "files", "streamed", "position"}) {
    made.head_.erase(changing);
  }
  made.from_ = std::move(*position);
  made.files_ = resumed->files();
  return made;
}

Result<void> Checkpoints::for_each_found(
    std::uint64_t place, const std::function<void(std::uint64_t, const modes::ReplyEvent&)>& use) const {
  std::uint64_t at = 0;
  const auto read = checkpoint::read_journal(journal_path(path_), journal_->id(), journal_->entries(),
                                             [&](const Entry& entry) {
                                               if (at >= place) {
                                                 use(at, event_of(entry));
                                               }
                                               ++at;
                                             });
  return read ? Result<void>() : std::unexpected(read.error());
}

void Checkpoints::add(const modes::ReplyEvent& event) {
  constexpr std::size_t kMostUnsynced = std::size_t{1} << 18;  // 16 MiB, which a fast run finds in a second
  const Entry entry = entry_of(event);
  since_sync_.push_back(entry);
  if (journal_) {
    (void)journal_->add(entry);  // an Error stays, and write() tells of it
  }
  if (since_sync_.size() % kMostUnsynced == 0) {
    (void)sync_journal();
  }
}

void Checkpoints::flush() {
  if (journal_) {
    (void)journal_->flush();
  }
}

/// All that was added is on the disk. Where it once could not be written it is written again: a disk may be
/// full for a moment only.
Result<void> Checkpoints::sync_journal() {
  if (!journal_ || !journal_->sync()) {
    journal_.reset();  // it holds the lock
    auto again = Journal::open(journal_path(path_), id_, synced_);
    if (!again) {
      return std::unexpected(again.error());
    }
    journal_ = std::move(*again);
    for (const Entry& entry : since_sync_) {
      (void)journal_->add(entry);
    }
    if (auto synced = journal_->sync(); !synced) {
      return synced;
    }
  }
  synced_ = journal_->entries();
  since_sync_.clear();
  return {};
}

Result<void> Checkpoints::remember(Result<void> done) {
  has_failed_ = !done;
  return done;
}

Result<void> Checkpoints::keep_files(Reporter& reporter) {
  const std::uint64_t hosts = replayed_from_ + reporter.alive_handed_out();
  for (const std::string& path : reporter.intact_files()) {
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
  if (auto done = sync_journal(); !done) {
    return remember(done);
  }
  if (auto done = keep_files(reporter); !done) {
    return remember(done);
  }
  Checkpoint checkpoint;
  checkpoint.head = head_;
  checkpoint.head["state"] = state == State::kRunning ? "running" : "stopped";
  checkpoint.head["written"] = report::json_time(SystemClock().wall());
  checkpoint.head["journal"] = {{"id", journal_->id()}, {"hosts", journal_->entries()}};
  checkpoint.head["streamed"] = replayed_from_ + reporter.alive_handed_out();
  Json files = Json::object();
  for (const auto& [path, kept] : files_) {
    files[path] = {{"size", kept.size}, {"hosts", kept.hosts}};
  }
  checkpoint.head["files"] = std::move(files);
  store_position(position, checkpoint);
  return remember(checkpoint::write_checkpoint(path_, checkpoint));
}

Result<void> Checkpoints::write_finished(const report::Accounting& accounting, Reporter& reporter,
                                         int exit_code) {
  if (auto done = keep_files(reporter); !done) {
    return remember(done);
  }
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

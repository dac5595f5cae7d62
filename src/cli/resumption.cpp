#include "cli/resumption.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <map>

#include "cli/run_identity.hpp"
#include "report/escape.hpp"
#include "report/json_lines.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

using report::Json;

Error about_resuming(const std::string& path, std::string_view what) {
  return Error{fmt::format("--resume {}: {}", path, what), 0};
}

std::string journal_path(const std::string& checkpoint) {
  return checkpoint + ".hosts";
}

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
    (void)head.at("written").get<std::string>();
    (void)head.at("folder").get<std::string>();
    (void)head.at("options").get<std::map<std::string, std::string>>();
    (void)head.at("inputs").get<std::map<std::string, std::string>>();
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
  const Json& head = file_.head;
  return head.at("state") == "finished" ? std::optional(head.at("exit_code").get<int>()) : std::nullopt;
}

std::string Resumption::option(const std::string& name) const {
  return file_.head.at("options").value(name, std::string());
}

std::string Resumption::folder() const {
  return file_.head.at("folder").get<std::string>();
}

std::uint64_t Resumption::streamed() const {
  return file_.head.at("streamed").get<std::uint64_t>();
}

Result<void> Resumption::fits(const SweepCommand& command, const ReadTargets& read,
                              std::uint64_t count) const {
  const Json& head = file_.head;
  if (command.seed && *command.seed != seed()) {
    return std::unexpected(
        about_resuming(path_, fmt::format("--seed is {} here, and was {}", *command.seed, seed())));
  }
  const Json options = options_that_matter(command);
  const Json defaults = options_that_matter(SweepCommand());  // of those that are newer than the checkpoint
  for (const auto& [name, value] : options.items()) {
    const auto now = value.get<std::string>();
    const auto was = head.at("options").value(name, defaults.at(name).get<std::string>());
    if (now != was) {
      const auto shown = [](const std::string& text) {
        return text.empty() ? "not there" : report::visible(text);
      };
      return std::unexpected(about_resuming(
          path_, fmt::format("{} is {} here, and was {} when the run began: leave it as it was", name,
                             shown(now), shown(was))));
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
          about_resuming(path_, fmt::format("{} has changed since the run began: put it back as it was, "
                                            "or begin anew",
                                            report::visible(path))));
    }
  }
  return std::unexpected(about_resuming(
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
  return files;
}

Result<void> Resumption::has_its_files() const {
  for (const auto& [path, kept] : files()) {
    struct stat file{};
    if (stat(path.c_str(), &file) != 0) {
      return std::unexpected(report::explain_errno("go on with", path, errno));
    }
    if (!S_ISREG(file.st_mode) || static_cast<std::uint64_t>(file.st_size) < kept.size) {
      return fail(fmt::format("cannot go on with {}: it is no longer what the run had written", path));
    }
  }
  return {};
}

}  // namespace echosweep::cli

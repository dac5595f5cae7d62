#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/checkpoints.hpp"
#include "cli/messages.hpp"
#include "cli/parse.hpp"
#include "cli/position_json.hpp"
#include "cli/subcommands.hpp"
#include "cli/values.hpp"
#include "report/escape.hpp"
#include "report/json_lines.hpp"

namespace echosweep::cli {

namespace {

using modes::bitmaps::Bitmap;
using report::Json;

enum StatusExit : int { kDone = 0, kStatusTrouble = 2 };

struct StatusCommand {
  std::string file;
  bool json = false;
};

void setup_status(CLI::App& app, StatusCommand& command) {
  app.add_option("FILE", command.file, "What --checkpoint wrote")->type_name("")->required();
  app.add_flag("--json", command.json, "Print one JSON object");
  app.footer("Exit code: 0, or 2 for trouble. The manual: man echosweep-status");
}

/// What there is to say of a run that is not finished.
// NOLINTNEXTLINE(bugprone-exception-escape): as that of its position
struct Standing {
  modes::SweepPosition position;
  std::uint64_t alive = 0;
  std::uint64_t unreachable = 0;
  std::uint64_t unsent = 0;  ///< of those that were to be asked so far
  std::optional<std::uint64_t>
      found_since;  ///< hosts in the journal beyond the checkpoint; nothing: it is not there
};

Result<Standing> standing_of(const Resumption& run) {
  const Json& head = run.file().head;
  auto position = load_position(run.file(), head.at("targets").get<std::uint64_t>());
  if (!position) {
    return std::unexpected(position.error());
  }
  Standing standing{.position = std::move(*position), .found_since = {}};
  Bitmap alive = standing.position.alive;
  for (const auto& [pass, numbers] : standing.position.unlisted) {
    alive |= numbers;
  }
  Bitmap complained;
  for (const Bitmap& digit : standing.position.complaints.numbers().digits()) {
    complained |= digit;
  }
  standing.alive = alive.cardinality();
  standing.unreachable = (complained - alive).cardinality();
  standing.unsent = standing.position.unsent.cardinality();
  const auto counted = head.at("journal").at("hosts").get<std::uint64_t>();
  const auto in_journal = checkpoint::read_journal(
      journal_path(run.path()), head.at("journal").at("id").get<std::string>(), counted, [](const auto&) {});
  if (in_journal) {
    standing.found_since = *in_journal - counted;
  }
  return standing;
}

Json json_of(const Resumption& run, const std::optional<Standing>& standing) {
  const Json& head = run.file().head;
  Json json = {{"type", "checkpoint"}, {"file", run.path()}};
  for (const char* const name : {"program", "state", "written"}) {
    json[name] = head.value(name, Json());
  }
  json["started"] = report::json_time(run.started());
  json["command"] = run.arguments();
  json["targets"] = head.at("targets");
  json["seed"] = run.seed();
  json["shard"] = head.at("options").value("--shard", "");
  if (!standing) {
    json["exit_code"] = head.at("exit_code");
    json["accounting"] = head.value("accounting", Json());
    return json;
  }
  json["asked_by_pass"] = standing->position.cursors;
  json["alive"] = standing->alive;
  json["unreachable"] = standing->unreachable;
  json["unsent"] = standing->unsent;
  json["probes"] = standing->position.so_far.probes();
  json["found_since"] = standing->found_since ? Json(*standing->found_since) : Json(nullptr);
  json["files"] = head.at("files");
  return json;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "100%"
                    : fmt::format("{:.1f}%", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string text_of(const Resumption& run, const std::optional<Standing>& standing) {
  const Json& head = run.file().head;
  const auto targets = head.at("targets").get<std::uint64_t>();
  std::string text = fmt::format("run       {}, {}, {}\n", head.at("state").get<std::string>(),
                                 "as of " + head.value("written", std::string("unknown")),
                                 "begun " + report::json_time(run.started()));
  text += fmt::format("command   {}\n", report::visible(fmt::format("{}", fmt::join(run.arguments(), " "))));
  const std::string shard = head.at("options").value("--shard", "1/1");
  text += fmt::format("targets   {}{}, --seed {}\n", format_count(targets),
                      shard == "1/1" ? "" : ", shard " + report::visible(shard), run.seed());
  if (!standing) {
    return text + "go on     there is nothing left to do\n";
  }
  for (std::size_t pass = 0; pass < standing->position.cursors.size(); ++pass) {
    const std::uint64_t cursor = standing->position.cursors[pass];
    text += fmt::format("pass {:<4} {} asked, and waited for ({})\n", pass, format_count(cursor),
                        share(cursor, targets));
  }
  text +=
      fmt::format("found     {} alive, {} unreachable; {} could not be sent\n", format_count(standing->alive),
                  format_count(standing->unreachable), format_count(standing->unsent));
  if (!standing->found_since) {
    text += fmt::format("journal   {} is missing or damaged: the run cannot go on\n",
                        report::visible(journal_path(run.path())));
  } else if (*standing->found_since > 0) {
    text += fmt::format("journal   {} more alive, found since\n", format_count(*standing->found_since));
  }
  for (const auto& [path, kept] : head.at("files").items()) {
    text += fmt::format("file      {}: {} bytes, {} hosts\n",
                        path == "-" ? "standard output" : report::visible(path),
                        format_count(kept.at("size").get<std::uint64_t>()),
                        format_count(kept.at("hosts").get<std::uint64_t>()));
  }
  return text + fmt::format("go on     echosweep --resume {}\n", report::visible(run.path()));
}

int run_parsed(const StatusCommand& command) {
  const auto run = Resumption::read(command.file);
  if (!run) {
    complain(run.error().message);
    return kStatusTrouble;
  }
  std::optional<Standing> standing;
  if (!run->exit_code()) {
    auto found = standing_of(*run);
    if (!found) {
      complain(fmt::format("{}: {}", command.file, found.error().message));
      return kStatusTrouble;
    }
    standing = std::move(*found);
  }
  return print(command.json ? report::json_dump(json_of(*run, standing)) + '\n' : text_of(*run, standing))
             ? kDone
             : kStatusTrouble;
}

}  // namespace

int run_status(int argc, char** argv) {
  CLI::App app("Tells what a checkpoint of a sweep holds.", "echosweep status");
  StatusCommand command;
  setup_status(app, command);
  setup_help(app);
  if (const auto ended = parse(app, argc, argv, kStatusTrouble)) {
    return *ended == kDone ? kDone : kStatusTrouble;
  }
  return run_parsed(command);
}

}  // namespace echosweep::cli

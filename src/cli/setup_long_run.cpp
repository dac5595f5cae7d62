#include "cli/setup_long_run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/option_value.hpp"
#include "cli/resumption.hpp"
#include "cli/run_info.hpp"
#include "cli/same_file.hpp"
#include "cli/values.hpp"

namespace echosweep::cli {

namespace {

/// Which part of the run is ours, and at which part of the rate.
Result<void> complete_shard(SweepCommand& command) {
  if (!command.shard_choice) {
    return command.rate_is_total ? fail("--rate-total is shared by shards: add --shard, or use --rate")
                                 : Result<void>();
  }
  if (command.counts()) {
    return fail("--shard is a sweep's: not with -c, -C or -l");
  }
  if (command.input_order) {
    return fail("--shard takes parts of the random order: not with --order input");
  }
  auto found = find_shard(*command.shard_choice, [](const char* name) { return std::getenv(name); });
  if (!found) {
    return fail(fmt::format("--shard: {}", found.error().message));
  }
  command.shard = found->shard;
  command.shard_source = std::move(found->source);
  if (!command.seed && command.resume_file.empty()) {
    return fail(fmt::format("--shard needs the seed that all shards share: add --seed {}", new_seed()));
  }
  if (command.rate_is_total) {
    command.rate.per_second /= static_cast<double>(command.shard.count);
  }
  return {};
}

/// A checkpoint and its journal are nobody else's files.
Result<void> check_files_of_checkpoint(const SweepCommand& command) {
  const bool begins = command.resume_file.empty();
  const std::string& file = begins ? command.checkpoint_file : command.resume_file;
  if (file == "-") {
    return fail("--checkpoint and --resume take a file: standard output cannot be written again");
  }
  if (std::error_code error; begins && std::filesystem::exists(file, error)) {
    return fail(fmt::format("--checkpoint: {} is there already: --resume {} goes on with it, or remove it",
                            file, file));
  }
  const auto clashes = [&](const std::string& other) {
    return !other.empty() && other != "-" &&
           (will_be_same_file(other, file) || will_be_same_file(other, journal_path(file)));
  };
  std::vector<std::string> others = command.files;
  others.insert(others.end(), command.exclude_files.begin(), command.exclude_files.end());
  others.insert(others.end(), command.maps.begin(), command.maps.end());
  for (const auto& [name, path] : command.result_files()) {
    others.push_back(*path);
  }
  const auto clash = std::ranges::find_if(others, clashes);
  if (clash != others.end()) {
    return fail(fmt::format("{} is wanted for the checkpoint, which takes {} and {}: name another file",
                            *clash, file, journal_path(file)));
  }
  return {};
}

/// What cannot be gone on with, and what must not be overwritten.
Result<void> check_checkpoints(const CLI::App& app, const SweepCommand& command) {
  if (!command.keeps_checkpoints()) {
    return app.count("--checkpoint-interval") > 0
               ? fail("--checkpoint-interval says how often --checkpoint FILE is written: add it")
               : Result<void>();
  }
  const std::string_view option = command.resume_file.empty() ? "--checkpoint" : "--resume";
  if (!command.resume_file.empty() && command.targets.empty() && command.files.empty()) {
    return fail("--resume FILE stands alone, or with the whole command line that began the run");
  }
  if (command.counts()) {
    return fail(fmt::format("{} is a sweep's: not with -c, -C or -l", option));
  }
  if (command.icmp_timestamp) {
    return fail(fmt::format("{} does not keep times of day: not with --icmp-timestamp", option));
  }
  if (!command.pcap_file.empty()) {
    return fail(fmt::format("{} does not keep packets: not with --pcap", option));
  }
  return check_files_of_checkpoint(command);
}

}  // namespace

void setup_long_run(CLI::App& app, SweepCommand& command) {
  const std::string group = "Long runs";
  add_value(app, "--shard", "I/N|auto[/N]", "Ask the Ith of N equal parts alone", parse_shard,
            [&](const ShardChoice& choice) { command.shard_choice = choice; })
      ->group(group);
  add_value(
      app, "--rate-total", "PPS", "The rate of all shards together",
      [](const std::string& text) -> Result<PacketRate> {
        if (text == "max" || text == "auto") {
          return fail(fmt::format("'{}' has no parts: give packets a second (1000, 10k, 1.5M)", text));
        }
        return parse_rate(text);
      },
      [&](PacketRate value) {
        command.rate = value;
        command.rate_given = true;
        command.rate_is_total = true;
      })
      ->group(group)
      ->excludes("--rate")
      ->excludes("--interval");
  auto* checkpoint =
      add_text(app, "--checkpoint", "FILE", "Keep in FILE what it takes to go on", command.checkpoint_file);
  checkpoint->group(group);
  add_text(app, "--resume", "FILE", "Go on with the run in FILE; alone: as it was begun", command.resume_file)
      ->group(group)
      ->excludes(checkpoint);
  add_value(
      app, "--checkpoint-interval", "TIME", "How often FILE is written [10s]",
      [](const std::string& text) -> Result<std::chrono::nanoseconds> {
        auto time = parse_time_with_unit(text);
        if (time && *time < std::chrono::milliseconds(1)) {
          return fail(fmt::format("'{}' is less than 1 ms", text));
        }
        return time;
      },
      [&](std::chrono::nanoseconds time) { command.checkpoint_interval = time; })
      ->group(group);
}

Result<void> complete_long_run(const CLI::App& app, SweepCommand& command) {
  auto done = check_checkpoints(app, command);
  return done ? complete_shard(command) : done;
}

}  // namespace echosweep::cli

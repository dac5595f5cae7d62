#include "cli/maps.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>

#include "cli/same_file.hpp"

namespace echosweep::cli {

void setup_maps(CLI::App& app, SweepCommand& command) {
  const std::string group = "Output";
  app.add_option("--map", command.maps, "Draw the swept space as a PNG (-: in the terminal)")
      ->type_name("FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  app.add_flag("--watch", command.watch, "Draw it in the terminal while the sweep runs")->group(group);
}

Result<void> complete_maps(SweepCommand& command) {
  std::vector<std::string> files;
  for (const auto& [option, file] : command.result_files()) {
    if (!file->empty()) {
      files.push_back(*file);
    }
  }
  for (const std::string& file : command.maps) {
    if (file.empty()) {
      return fail("--map: the file has no name");
    }
    if (std::ranges::any_of(files, [&](const auto& other) { return will_be_same_file(other, file); })) {
      return fail("--map: '" + file + "' is written to already: give each output a file of its own");
    }
    files.push_back(file);
  }
  if (!command.watch) {
    return {};
  }
  if (isatty(STDERR_FILENO) == 0) {
    return fail("--watch draws on a terminal, and standard error is none (--map - draws at the end)");
  }
  if (isatty(STDOUT_FILENO) == 1) {
    if (command.stdout_is_taken()) {
      return fail("--watch draws on the terminal that results go to: send them into a file");
    }
    command.print_lines = false;
  }
  return {};
}

std::shared_ptr<map::Survey> survey_for(const SweepCommand& command, const targets::Walk& targets) {
  if (command.maps.empty() && !command.watch) {
    return nullptr;
  }
  const targets::TargetSet& set = targets.set();
  std::vector<map::Span> spans;
  for (std::size_t i = 0; i < set.range_count(); ++i) {
    const targets::Range range = set.range(i);
    spans.push_back({.first = range.first, .last = range.last});
  }
  return targets.size() == set.size()
             ? map::Survey::of(spans)
             : map::Survey::of_part(spans, targets.size(),
                                    [&](std::uint64_t number) { return targets.at(number); });
}

}  // namespace echosweep::cli

#include "cli/subcommands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "cli/similar.hpp"

namespace echosweep::cli {

namespace {

constexpr std::array kSubcommands = {
    Subcommand{"diff", "What changed between two runs", run_diff},
    Subcommand{"listen", "ICMP as it passes, a line a packet", run_listen, true},
    Subcommand{"merge", "Several runs, or the shards of one, as one", run_merge},
    Subcommand{"mtu", "The path MTU of each target, and who limits it", run_mtu, true},
    Subcommand{"ping", "Single targets again and again, as ping does", run_ping_command, true},
    Subcommand{"report", "A run by prefix, round trip time and reason", run_report},
    Subcommand{"status", "What a checkpoint of a sweep holds", run_status},
    Subcommand{"trace", "The routers on the way to targets", run_trace, true},
};

}  // namespace

const Subcommand* find_subcommand(std::string_view word) {
  const auto* const found = std::ranges::find(kSubcommands, word, &Subcommand::name);
  return found == kSubcommands.end() ? nullptr : found;
}

const Subcommand* similar_subcommand(std::string_view word) {
  const auto* const found = std::ranges::find_if(
      kSubcommands, [&](const Subcommand& subcommand) { return distance(word, subcommand.name) == 1; });
  return found == kSubcommands.end() ? nullptr : found;
}

std::string subcommand_list() {
  std::string text = "Instead of TARGETs, as the first argument (each has its own --help):";
  for (const Subcommand& subcommand : kSubcommands) {
    fmt::format_to(std::back_inserter(text), "\n  {:<27} {}", subcommand.name, subcommand.does);
  }
  return text;
}

}  // namespace echosweep::cli

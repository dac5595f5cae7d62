#include "cli/mtu_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/option_value.hpp"
#include "cli/parse.hpp"
#include "cli/subcommands.hpp"

namespace echosweep::cli {

namespace {

/// Each question takes so many probes more: numbers of probes stay below 2^16.
constexpr std::uint64_t kMostRetries = 20;
constexpr std::uint64_t kLeastMtu = 68;
constexpr std::uint64_t kLargestPacket = 65535;

/// A bare number is seconds, as ping's -W.
Result<std::chrono::nanoseconds> parse_wait(const std::string& text) {
  constexpr double kMostSeconds = 3600;
  constexpr std::chrono::milliseconds kLeast{1};
  auto wait = parse_time_with_unit(text);
  if (const auto seconds = parse_decimal(text, 0, kMostSeconds)) {
    wait = std::chrono::nanoseconds(static_cast<std::int64_t>(*seconds * 1e9));
  }
  if (wait && (*wait < kLeast || *wait > std::chrono::hours(1))) {
    return fail(fmt::format("'{}' is not from 1 ms to an hour", text));
  }
  return wait;
}

void setup_targets(CLI::App& app, MtuCommand& command) {
  const std::string group = "Targets";
  SweepCommand& common = command.common;
  app.add_option("TARGET", common.targets, "Address, name, range or prefix [from stdin]")->type_name("");
  add_list(app, "-f,--file", "FILE", "Read targets from FILE (-: standard input)", common.files)
      ->group(group);
  auto* v4 = app.add_flag("-4,--ipv4", common.only4, "IPv4 only")->group(group);
  app.add_flag("-6,--ipv6", common.only6, "IPv6 only")->group(group)->excludes(v4);
  add_excludes(app, common.exclude, common.exclude_files, group);
}

void setup_probes(CLI::App& app, MtuCommand& command) {
  const std::string group = "Probes";
  SweepCommand& common = command.common;
  add_number(app, "--max", "BYTES", "Try no larger packets [the interface's MTU]", kLeastMtu, kLargestPacket,
             [&](std::uint64_t size) { command.largest = static_cast<std::uint16_t>(size); })
      ->group(group);
  add_value(app, "--rate", "PPS|max", "Packets a second; k and M understood [10k]", parse_rate,
            [&](PacketRate rate) { common.rate = rate; })
      ->group(group);
  add_number(app, "-r,--retry", "N", "Retries of a packet that is not answered [2]", 0, kMostRetries,
             [&](std::uint64_t count) { command.retries = static_cast<unsigned>(count); })
      ->group(group);
  add_value(app, "-W,--wait", "TIME", "Wait for an answer, at most (bare: s) [1s]", parse_wait,
            [&](std::chrono::nanoseconds wait) { command.wait = wait; })
      ->group(group);
  add_text(app, "-i,--interface", "NAME", "Send from this interface", common.socket.interface)->group(group);
  add_value(
      app, "-S,--src", "ADDR", "Send from this address (one a family)",
      [](const std::string& text) { return Address::parse(text); },
      [&](const Address& address) {
        (address.is_v4() ? common.socket.source4 : common.socket.source6) = address;
      })
      ->group(group)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->trigger_on_parse();
}

void setup_output(CLI::App& app, MtuCommand& command) {
  const std::string group = "Output";
  app.add_flag_callback(
         "-n,--numeric", [&] { command.router_names = false; }, "Do not look up the names of routers")
      ->group(group);
  auto* json = app.add_flag("--json", command.json, "A JSON object a target")->group(group);
  app.add_flag("-v,--verbose", command.steps, "A line for whatever is learned on the way")
      ->group(group)
      ->excludes(json);
}

/// What CLI11 cannot see.
Result<void> check(const MtuCommand& command) {
  const SweepCommand& common = command.common;
  if (!common.socket.interface.empty() && if_nametoindex(common.socket.interface.c_str()) == 0) {
    return fail(fmt::format("-i: there is no interface '{}' (see 'ip link')", common.socket.interface));
  }
  auto inputs = std::ranges::count(common.files, "-") + std::ranges::count(common.exclude_files, "-");
  inputs += common.files.empty() && common.targets.empty() ? 1 : 0;
  if (inputs > 1) {
    return fail("standard input can be read only once: name files for the rest");
  }
  return {};
}

}  // namespace

int run_mtu(int argc, char** argv) {
  CLI::App app("Finds the largest packet that gets to each target in one piece, and who limits it.",
               "echosweep mtu");
  MtuCommand command;
  command.common.input_order = true;
  command.common.interface_option = "-i";
  setup_targets(app, command);
  setup_probes(app, command);
  setup_output(app, command);
  setup_help(app);
  app.footer(
      "Exit code: 0 all found, 1 some not, 2 a name is not known, 3 a bad option,\n"
      "4 trouble. The manual: man echosweep-mtu");
  if (const auto ended = parse(app, argc, argv, kBadOption)) {
    return *ended;
  }
  if (auto done = check(command); !done) {
    complain(done.error().message);
    return kBadOption;
  }
  return run_mtu_search(command);
}

}  // namespace echosweep::cli

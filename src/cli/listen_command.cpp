#include "cli/listen_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/option_value.hpp"
#include "cli/parse.hpp"
#include "cli/same_file.hpp"
#include "cli/subcommands.hpp"
#include "targets/spec.hpp"

namespace echosweep::cli {

namespace {

/// An address, a prefix or a range: what a target may be, but for names and zones.
Result<std::vector<targets::Range>> parse_hosts(const std::string& text) {
  auto spec = targets::parse_spec(text);
  if (!spec) {
    return std::unexpected(spec.error());
  }
  if (spec->ranges.empty()) {
    return fail(fmt::format("{} is a name: give its address or prefix", targets::in_quotes(text)));
  }
  if (spec->ranges.front().first.zone() != 0) {
    return fail(fmt::format("{} has a zone: give it without, and name the interface by -i",
                            targets::in_quotes(text)));
  }
  return std::move(spec->ranges);
}

void setup_selection(CLI::App& app, ListenCommand& command) {
  const std::string group = "Which packets";
  add_text(app, "-i,--interface", "NAME", "Listen on this one [all]", command.interface)->group(group);
  add_value(app, "--type", "NAME[,NAME]",
            "echo, echo-reply, unreachable, time-exceeded, ... (more than once)", listen::TypeSet::parse,
            [&](const listen::TypeSet& types) {
              command.types ? command.types->add(types) : static_cast<void>(command.types = types);
            })
      ->group(group)
      ->trigger_on_parse();
  add_value(app, "--host", "ADDRESS|PREFIX", "From or to these, and errors about them (more than once)",
            parse_hosts,
            [&](const std::vector<targets::Range>& ranges) {
              command.hosts.insert(command.hosts.end(), ranges.begin(), ranges.end());
            })
      ->group(group)
      ->trigger_on_parse();
  add_number(app, "-c,--count", "N", "End after so many", 1, kAnyNumber, [&](std::uint64_t count) {
    command.count = count;
  })->group(group);
  app.add_option("FILTER", command.filter, "Words of a pcap filter, which must hold too (see pcap-filter(7))")
      ->type_name("");
}

void setup_files(CLI::App& app, ListenCommand& command) {
  const std::string group = "Files";
  add_text(app, "-r,--read", "FILE", "Read a pcap file instead (-: standard input)", command.read_file)
      ->group(group)
      ->excludes(app.get_option("--interface"));
  add_text(app, "-w,--write", "FILE", "Write the packets, whole, as pcap (-: standard output)",
           command.write_file)
      ->group(group);
}

void setup_output(CLI::App& app, ListenCommand& command) {
  const std::string group = "Output";
  auto* details =
      app.add_flag("-v,--verbose", command.details, "Show every field, and payloads")->group(group);
  auto* json = app.add_flag("--json", command.json, "A JSON object a packet")->group(group);
  app.add_flag("-q,--quiet", command.quiet, "Print no packets: -w writes them")
      ->group(group)
      ->excludes(details)
      ->excludes(json);
}

/// What CLI11 cannot see.
Result<void> check(const ListenCommand& command) {
  if (!command.interface.empty() && command.interface != "any" &&
      if_nametoindex(command.interface.c_str()) == 0) {
    return fail(fmt::format("-i: there is no interface '{}' (see 'ip link')", command.interface));
  }
  if (command.write_file == "-" && (command.json || command.details || command.quiet)) {
    return fail("-w -: standard output has the packets, so that --json, -v and -q say nothing there");
  }
  if (!command.read_file.empty() && same_file(command.read_file, command.write_file)) {
    return fail(fmt::format("listen: {} is read: name another file for -w", command.read_file));
  }
  return {};
}

}  // namespace

bool is_wanted(const ListenCommand& command, const packet::IcmpPacket& packet) {
  const auto& message = packet.message;
  if (command.types && !(message && command.types->has(*message))) {
    return false;
  }
  const auto is_host = [&](const Address& address) {
    return std::ranges::any_of(command.hosts, [&](const targets::Range& range) {
      return range.first <= address && address <= range.last;
    });
  };
  const auto is_of_host = [&](const packet::IpHeader& ip) {
    return ip.fault != packet::IpFault::kCut && (is_host(ip.source) || is_host(ip.destination));
  };
  return command.hosts.empty() || is_of_host(packet.ip) ||
         (message && message->quote && is_of_host(message->quote->ip));
}

int run_listen(int argc, char** argv) {
  CLI::App app("Shows ICMP as it passes, of both families: a line a packet.", "echosweep listen");
  ListenCommand command;
  setup_selection(app, command);
  setup_files(app, command);
  setup_output(app, command);
  setup_help(app);
  app.footer(
      "Ctrl-C ends it. Exit code: 0, 3 for a mistake in the command line, 4 for trouble.\n"
      "The manual: man echosweep-listen");
  if (const auto ended = parse(app, argc, argv, kBadOption)) {
    return *ended;
  }
  if (auto done = check(command); !done) {
    complain(done.error().message);
    return kBadOption;
  }
  return run_listening(command);
}

}  // namespace echosweep::cli

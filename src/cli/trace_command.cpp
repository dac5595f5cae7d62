#include "cli/trace_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/option_value.hpp"
#include "cli/parse.hpp"
#include "cli/subcommands.hpp"
#include "cli/values.hpp"

namespace echosweep::cli {

namespace {

constexpr std::uint16_t kUdpPort = 33434;
constexpr std::uint16_t kTcpPort = 80;

/// `5`, `500ms`, `5,3,10`: how long, and what others' round trips make of it.
Result<modes::TraceOptions> parse_wait(const std::string& text) {
  modes::TraceOptions options;
  const std::size_t comma = text.find(',');
  const auto wait = parse_seconds(text.substr(0, comma));
  if (!wait) {
    return std::unexpected(wait.error());
  }
  options.wait = *wait;
  constexpr std::chrono::minutes kMost{1};
  if (options.wait < std::chrono::milliseconds(1) || options.wait > kMost) {
    return fail(fmt::format("'{}' is outside 1ms to 1m", text));
  }
  if (comma == std::string::npos) {
    return options;
  }
  const std::size_t second = text.find(',', comma + 1);
  constexpr double kMostTimes = 1000;
  const auto here = parse_decimal(text.substr(comma + 1, second - comma - 1), 0, kMostTimes);
  const auto near = second == std::string::npos ? Result<double>(options.near)
                                                : parse_decimal(text.substr(second + 1), 0, kMostTimes);
  if (!here || !near) {
    return std::unexpected(here ? near.error() : here.error());
  }
  options.here = *here;
  options.near = *near;
  return options;
}

void setup_targets(CLI::App& app, TraceCommand& command) {
  const std::string group = "Targets";
  app.add_option("TARGET", command.sweep.targets, "Address, CIDR, A-B, 192.0.2.1-9,20 or name")
      ->type_name("");
  add_list(app, "--file", "FILE", "Read targets from FILE (-: standard input)", command.sweep.files)
      ->group(group);
  add_excludes(app, command.sweep.exclude, command.sweep.exclude_files, group);
  auto* only4 = app.add_flag("-4,--ipv4", command.sweep.only4, "IPv4 only")->group(group);
  app.add_flag("-6,--ipv6", command.sweep.only6, "IPv6 only")->group(group)->excludes(only4);
}

void setup_probes(CLI::App& app, TraceCommand& command) {
  using packet::TraceProtocol;
  const std::string group = "Probes";
  const auto protocol = [&](const std::string& names, const std::string& help, TraceProtocol which) {
    return app.add_flag_callback(names, [&command, which] { command.protocol = which; }, help)->group(group);
  };
  auto* icmp = protocol("-I,--icmp", "ICMP echo requests [this]", TraceProtocol::kIcmp);
  auto* udp = protocol("-U,--udp", "UDP datagrams", TraceProtocol::kUdp)->excludes(icmp);
  auto* tcp = protocol("-T,--tcp", "TCP SYNs", TraceProtocol::kTcp)->excludes(icmp)->excludes(udp);
  add_number(app, "-p,--port", "PORT", "Destination port [UDP 33434, TCP 80]", 1, 65535,
             [&](std::uint64_t port) { command.port = static_cast<std::uint16_t>(port); })
      ->group(group)
      ->excludes(icmp);
  app.add_flag("--multipath", command.multipath, "Each of a hop's probes is a flow of its own")->group(group);
  const auto number8 = [&](const std::string& names, const std::string& what, const std::string& help,
                           std::uint64_t most, std::uint8_t& into) {
    add_number(app, names, what, help, 1, most, [&into](std::uint64_t value) {
      into = static_cast<std::uint8_t>(value);
    })->group(group);
  };
  number8("-f,--first", "TTL", "Begin at this TTL [1]", 255, command.options.first.value);
  number8("-m,--max-hops", "TTL", "End at this TTL [30]", 255, command.options.last.value);
  number8("-q,--queries", "N", "Probes for each TTL [3; with --fast 1]", 10, command.options.probes);
  app.add_flag("--fast", command.options.fast, "Ask hops that paths share once, from behind")->group(group);
  add_number(app, "--size", "BYTES", "Whole packets of this size [60; IPv6 at least 80]",
             packet::TraceCodec::kSmallest, 65535, [&](std::uint64_t size) { command.size = size; })
      ->group(group)
      ->excludes(tcp);
  add_number(app, "-t,--tos", "N", "Type of service, or traffic class [0]", 0, 255, [&](std::uint64_t tos) {
    command.sweep.socket.tos = Tos{static_cast<std::uint8_t>(tos)};
  })->group(group);
  app.add_flag("-F,--dont-fragment", command.sweep.socket.dont_fragment, "Routers may not fragment them")
      ->group(group);
  add_text(app, "-i,--interface", "NAME", "Send by this interface", command.sweep.socket.interface)
      ->group(group);
  add_value(app, "-s,--source", "ADDRESS", "Send from this address [as routed]", Address::parse,
            [&](const Address& address) {
              (address.is_v4() ? command.sweep.socket.source4 : command.sweep.socket.source6) = address;
            })
      ->group(group)
      ->trigger_on_parse();
}

void setup_pace(CLI::App& app, TraceCommand& command) {
  const std::string group = "Pace";
  add_value(app, "-N,--rate", "PPS|max", "Packets a second; k and M understood [1k]", parse_rate,
            [&](PacketRate rate) { command.rate = rate; })
      ->group(group);
  add_value(app, "-w,--wait", "MAX[,HERE,NEAR]", "Wait in s; HERE, NEAR: in round trips [5,3,10]", parse_wait,
            [&](const modes::TraceOptions& options) {
              command.options.wait = options.wait;
              command.options.here = options.here;
              command.options.near = options.near;
            })
      ->group(group);
}

void setup_output(CLI::App& app, TraceCommand& command) {
  const std::string group = "Output";
  app.add_flag("-n", command.numeric, "Look up no names")->group(group);
  app.add_flag("-e,--extensions", command.extensions, "Show ICMP extensions, such as MPLS labels")
      ->group(group);
  app.add_flag("--json", command.json, "A JSON object a target")->group(group);
  add_text(app, "--pcap", "FILE", "Write the packets that answered", command.pcap_file)->group(group);
}

void setup_watch(CLI::App& app, TraceCommand& command, modes::TraceWatchOptions& watch) {
  const std::string group = "Watch";
  auto* flag = app.add_flag_callback(
                      "--watch", [&command] { command.watch.emplace(); },
                      "Again and again: a table of loss and round trips")
                   ->group(group)
                   ->excludes(app.get_option("--fast"));
  add_number(app, "-c,--cycles", "N", "End after so many rounds [Ctrl-C ends it]", 1, kAnyNumber,
             [&](std::uint64_t cycles) { watch.cycles = cycles; })
      ->group(group)
      ->needs(flag);
  add_value(
      app, "--interval", "TIME", "From one round to the next, in seconds [1]",
      [](const std::string& text) -> Result<std::chrono::nanoseconds> {
        constexpr std::chrono::milliseconds kLeast{100};
        const auto time = parse_seconds(text);
        return !time || (*time >= kLeast && *time <= std::chrono::hours(1))
                   ? time
                   : fail(fmt::format("'{}' is outside 100ms to 1h", text));
      },
      [&](std::chrono::nanoseconds time) { watch.interval = time; })
      ->group(group)
      ->needs(flag);
}

/// What CLI11 cannot see.
Result<void> complete(const CLI::App& app, TraceCommand& command) {
  using packet::TraceProtocol;
  if (command.pcap_file == "-") {
    return fail("--pcap: name a file: standard output has the lines");
  }
  const auto& interface = command.sweep.socket.interface;
  if (!interface.empty() && if_nametoindex(interface.c_str()) == 0) {
    return fail(fmt::format("-i: there is no interface '{}' (see 'ip link')", interface));
  }
  if (command.options.first.value > command.options.last.value) {
    return fail(fmt::format("-f {} is behind the last hop, -m {}", command.options.first.value,
                            command.options.last.value));
  }
  if (command.port != 0 && command.protocol == TraceProtocol::kIcmp) {
    return fail("-p: ICMP has no ports: add -U or -T");
  }
  if (command.extensions && command.json) {
    return fail("-e: JSON has the extensions anyway");
  }
  if (command.port == 0 && command.protocol != TraceProtocol::kIcmp) {
    command.port = command.protocol == TraceProtocol::kUdp ? kUdpPort : kTcpPort;
  }
  if (command.options.fast && app.count("--queries") == 0) {
    command.options.probes = 1;
  }
  if (command.options.fast && command.multipath) {
    return fail("--fast shows one path: leave --multipath out");
  }
  if (command.watch && (app.count("--queries") > 0 || command.extensions)) {
    return fail(
        "--watch sends one probe to a hop in each round and shows no extensions: leave -q and -e out");
  }
  const auto& sweep = command.sweep;
  if (sweep.targets.empty() && sweep.files.empty() && isatty(STDIN_FILENO) == 1) {
    return fail("no targets: name some, or use --file FILE, or pipe them in (see echosweep trace --help)");
  }
  return {};
}

}  // namespace

int run_trace(int argc, char** argv) {
  CLI::App app("Shows the routers on the way to each target, all of them asked at once.", "echosweep trace");
  TraceCommand command;
  command.sweep.interface_option = "-i";
  setup_targets(app, command);
  setup_probes(app, command);
  setup_pace(app, command);
  setup_output(app, command);
  modes::TraceWatchOptions watch;
  setup_watch(app, command, watch);
  setup_help(app);
  app.footer(
      "Exit code: 0 all targets were reached, 1 some were not, 2 a bad target,\n3 a bad option, 4 trouble.\n"
      "The manual: man echosweep-trace");
  if (const auto ended = parse(app, argc, argv, kBadOption)) {
    return *ended;
  }
  if (command.watch) {
    command.watch = watch;  // what stood behind --watch, too
  }
  if (auto done = complete(app, command); !done) {
    complain(done.error().message);
    return kBadOption;
  }
  command.sweep.socket.ignores_path_mtu = command.sweep.socket.dont_fragment;
  return run_tracing(command);
}

}  // namespace echosweep::cli

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/maps.hpp"
#include "cli/option_value.hpp"
#include "cli/same_file.hpp"
#include "cli/setup_count.hpp"
#include "cli/setup_long_run.hpp"
#include "cli/sweep_command.hpp"
#include "cli/values.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::cli {

namespace {

void setup_targets(CLI::App& app, SweepCommand& command) {
  const std::string group = "Targets";
  app.add_option("TARGET", command.targets, "Address, CIDR, A-B, 192.0.2.1-9,20 or name")->type_name("");
  add_list(app, "-f,--file", "FILE", "Read targets from FILE (-: standard input)", command.files)
      ->group(group);
  app.add_flag("-g,--generate", command.generate, "TARGETs: a CIDR without its ends, or START END")
      ->group(group);
  app.add_flag("-m,--all", command.all_addresses, "Ask all addresses of a name, not just one")->group(group);
  app.add_flag("-4,--ipv4", command.only4, "IPv4 only")->group(group);
  app.add_flag("-6,--ipv6", command.only6, "IPv6 only")->group(group);
  add_excludes(app, command.exclude, command.exclude_files, group);
  add_value(
      app, "--order", "random|input", "Order of asking [random]",
      [](const std::string& text) -> Result<bool> {
        if (text != "random" && text != "input") {
          return fail(fmt::format("'{}' is neither random nor input", text));
        }
        return text == "input";
      },
      [&](bool input) { command.input_order = input; })
      ->group(group);
  add_number(app, "--seed", "N", "Repeat the random order of an earlier run", 0, kAnyNumber,
             [&](std::uint64_t seed) { command.seed = seed; })
      ->group(group);
  app.add_flag("--list-targets", command.list_targets, "Print the targets in order, send nothing")
      ->group(group);
  app.add_flag("--dry-run", command.dry_run, "Print the plan and send nothing")->group(group);
}

void setup_pace(CLI::App& app, SweepCommand& command) {
  const std::string group = "Pace";
  auto* rate = add_value(app, "--rate", "PPS|max|auto", "Packets a second; k and M understood [10k]",
                         parse_rate_choice,
                         [&](RateChoice choice) {
                           command.rate = choice.rate;
                           command.rate_given = true;
                           command.sweep.auto_rate = choice.automatic;
                         })
                   ->group(group);
  add_value(
      app, "--max-loss", "PERCENT", "Loss that --rate auto may cause [1]",
      [](const std::string& text) { return parse_decimal(text, 0.01, 50); },
      [&](double percent) { command.max_loss = percent; })
      ->group(group);
  add_value(app, "-i,--interval", "MS", "The same in ms between two packets", parse_interval,
            [&](PacketRate value) {
              command.rate = value;
              command.rate_given = true;
            })
      ->group(group)
      ->excludes(rate);
  auto* retry =
      add_number(app, "-r,--retry", "N", "Retries for who has not answered [1]", 0, modes::kMaxPasses - 1,
                 [&](std::uint64_t count) { command.sweep.retries = static_cast<unsigned>(count); })
          ->group(group);
  auto* complete = add_value(
                       app, "--complete", "PERCENT", "Ask again until so many of the alive are found",
                       [](const std::string& text) { return parse_decimal(text, 1, 100); },
                       [&](double percent) { command.sweep.complete = percent; })
                       ->group(group)
                       ->excludes(retry);
  add_number(app, "--max-passes", "N", "But at most so often in all [10]", 2, modes::kMaxPasses,
             [&](std::uint64_t count) { command.max_passes = count; })
      ->group(group)
      ->needs(complete);
  add_value(
      app, "-t,--timeout", "TIME", "Wait before asking again (bare: ms) [500ms]",
      [](const std::string& text) -> Result<std::chrono::nanoseconds> {
        auto time = parse_time(text);
        if (time && *time < std::chrono::milliseconds(1)) {
          return fail(fmt::format("'{}' is less than 1 ms", text));
        }
        return time;
      },
      [&](std::chrono::nanoseconds time) { command.sweep.timeout = time; })
      ->group(group);
  add_value(
      app, "-B,--backoff", "FACTOR", "Timeout grows by it with each retry [1.5]",
      [](const std::string& text) { return parse_decimal(text, 1, 5); },
      [&](double factor) { command.sweep.backoff = factor; })
      ->group(group);
  add_value(app, "--drain", "TIME", "Wait after the last probe [timeout, 1s or more]", parse_time,
            [&](std::chrono::nanoseconds time) { command.drain = time; })
      ->group(group);
  add_value(app, "--max-runtime", "TIME", "Stop sending after this time (90s, 10m)", parse_time_with_unit,
            [&](std::chrono::nanoseconds time) { command.sweep.max_runtime = time; })
      ->group(group);
  add_number(app, "--max-packets", "N", "Stop sending after so many packets", 1, kAnyNumber,
             [&](std::uint64_t count) { command.sweep.max_probes = count; })
      ->group(group);
}

void setup_packets(CLI::App& app, SweepCommand& command) {
  const std::string group = "Packets";
  add_text(app, "-I,--iface", "IFACE", "Send from this interface", command.socket.interface)->group(group);
  add_value(
      app, "-S,--src", "ADDR", "Send from this address (one a family)",
      [](const std::string& text) { return Address::parse(text); },
      [&](const Address& address) {
        (address.is_v4() ? command.socket.source4 : command.socket.source6) = address;
      })
      ->group(group)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_number(app, "-H,--ttl", "N", "Time to live, or hop limit [64]", 1, 255, [&](std::uint64_t ttl) {
    command.socket.ttl = Ttl{static_cast<std::uint8_t>(ttl)};
  })->group(group);
  add_number(app, "-O,--tos", "N", "Type of service, or traffic class [0]", 0, 255, [&](std::uint64_t tos) {
    command.socket.tos = Tos{static_cast<std::uint8_t>(tos)};
  })->group(group);
  add_value(
      app, "--tx", "auto|raw|packet|xdp", "How packets leave [auto]",
      [](const std::string& text) -> Result<TransmitChoice> {
        if (const auto found = std::ranges::find(kTransmitWords, text); found != kTransmitWords.end()) {
          return static_cast<TransmitChoice>(found - kTransmitWords.begin());
        }
        return fail(fmt::format("'{}' is none of auto, raw, packet, xdp", text));
      },
      [&](TransmitChoice choice) { command.transmit = choice; })
      ->group(group);
  app.add_flag("--check-source", command.check_source, "Only the target's own replies count")->group(group);
  auto* arp = app.add_flag("--arp", command.neighbours_only, "Ask by ARP and ND alone, on our own links")
                  ->group(group);
  app.add_flag("--no-arp", command.echo_only, "On our own links too, only ICMP makes alive")
      ->group(group)
      ->excludes(arp);
  app.add_flag("-M,--dontfrag", command.socket.dont_fragment, "Set the don't-fragment bit")->group(group);
  add_number(app, "-k,--fwmark", "N", "Set the firewall mark", 0, ~std::uint32_t{0}, [&](std::uint64_t mark) {
    command.socket.fwmark = static_cast<std::uint32_t>(mark);
  })->group(group);
  add_number(app, "-b,--size", "BYTES", "Payload [18]; no round trip times below 18", 0,
             packet::SweepCodec::kMaxPayload, [&](std::uint64_t size) { command.payload_size = size; })
      ->group(group);
  app.add_flag("-R,--random", command.random_payload, "Random bytes in a payload beyond 18")->group(group);
  app.add_flag("--icmp-timestamp", command.icmp_timestamp, "Ask for the time of day instead (ICMP type 13)")
      ->group(group);
}

void setup_lines(CLI::App& app, SweepCommand& command) {
  const std::string group = "Output";
  app.add_flag("-a,--alive", command.alive, "Print just who is alive")->group(group);
  app.add_flag("-u,--unreach", command.unreach, "Print just who is not")->group(group);
  app.add_flag("-A,--addr", command.by_address, "Print addresses, not names")->group(group);
  auto* by_name =
      app.add_flag("-n,--name", command.by_name, "Print names: look up those of addresses")->group(group);
  app.add_flag("-d,--rdns", command.reverse_names, "Print the names that reverse DNS has")
      ->group(group)
      ->excludes(by_name);
  app.add_flag("-e,--elapsed", command.elapsed, "Print round trip times")->group(group);
  app.add_flag("-q,--quiet", command.quiet, "Print no line per target")->group(group);
  app.add_flag("-s,--stats", command.stats, "Print statistics and the accounting")->group(group);
  app.add_flag("-D,--timestamp", command.timestamp, "Print a time in front of each line")->group(group);
  add_value(
      app, "--timestamp-format", "ctime|iso|rfc3339", "How -D prints it [seconds]",
      [](const std::string& text) -> Result<report::TimestampFormat> {
        using report::TimestampFormat;
        if (text == "ctime") {
          return TimestampFormat::kCtime;
        }
        if (text == "iso") {
          return TimestampFormat::kIso;
        }
        if (text == "rfc3339") {
          return TimestampFormat::kRfc3339;
        }
        return fail(fmt::format("'{}' is none of ctime, iso, rfc3339", text));
      },
      [&](report::TimestampFormat format) { command.timestamp_format = format; })
      ->group(group);
  app.add_flag("--print-ttl", command.print_ttl, "Print the reply's TTL")->group(group);
  app.add_flag("--guess", command.guess, "Print what the reply's TTL says: distance, which systems")
      ->group(group);
  app.add_flag("--print-tos", command.print_tos, "Print the reply's TOS")->group(group);
  app.add_flag("--reason", command.reason, "Print why each is called what it is")->group(group);
  add_number(app, "-x,--reachable", "N", "Say whether at least N are alive", 1, kAnyNumber,
             [&](std::uint64_t count) { command.reachable = count; })
      ->group(group);
  add_number(app, "-X,--fast-reachable", "N", "The same, and stop as soon as they are", 1, kAnyNumber,
             [&](std::uint64_t count) { command.fast_reachable = count; })
      ->group(group);
}

void setup_files(CLI::App& app, SweepCommand& command) {
  const std::string group = "Output";
  add_text(app, "--alive-file", "FILE", "Write who is alive, as known", command.alive_file)->group(group);
  add_text(app, "--dead-file", "FILE", "Write who is silent or unreachable, at last", command.dead_file)
      ->group(group);
  add_text(app, "--json", "FILE", "Write JSON lines (-: standard output, no text)", command.json_file)
      ->group(group);
  add_text(app, "--csv", "FILE", "Write CSV", command.csv_file)->group(group);
  add_text(app, "--xml", "FILE", "Write nmap's XML, whole at the end", command.xml_file)->group(group);
  add_text(app, "--grepable", "FILE", "Write nmap's grepable form", command.grepable_file)->group(group);
  add_text(app, "-w,--pcap", "FILE", "Write the packets that answered", command.pcap_file)->group(group);
  add_value(app, "--states", "STATE[,STATE]", "List these: alive, unreachable, silent, unsent", parse_states,
            [&](report::StateSet states) { command.states = states; })
      ->group(group);
  app.add_flag("--ranges", command.ranges, "Write who is silent or unsent as CIDRs, where they adjoin")
      ->group(group);
  setup_maps(app, command);
  auto* progress = app.add_flag_callback(
      "--progress", [&] { command.progress = ProgressChoice::kAlways; },
      "Show progress where there is no terminal");
  progress->group(group);
  app.add_flag_callback(
         "--no-progress", [&] { command.progress = ProgressChoice::kNever; }, "Show none")
      ->group(group)
      ->excludes(progress);
}

/// A file each, and one of them at most on standard output.
Result<void> check_files(const SweepCommand& command) {
  const auto files = command.result_files();
  for (auto first = files.begin(); first != files.end(); ++first) {
    const auto twin = std::ranges::find_if(std::next(first), files.end(), [&](const auto& file) {
      return !file.second->empty() && will_be_same_file(*file.second, *first->second);
    });
    if (!first->second->empty() && twin != files.end()) {
      return fail(*first->second == "-"
                      ? fmt::format("{} and {} both want standard output: name a file for one of them",
                                    first->first, twin->first)
                      : fmt::format("{} and {} must be different files", first->first, twin->first));
    }
  }
  if (command.ranges && command.dead_file.empty() && command.csv_file.empty() && command.json_file.empty()) {
    return fail("--ranges is for --dead-file, --csv and --json: add one of them");
  }
  if (command.states && command.csv_file.empty() && command.json_file.empty() && command.xml_file.empty() &&
      command.grepable_file.empty()) {
    return fail("--states is for --json, --csv, --xml and --grepable: add one of them");
  }
  return {};
}

}  // namespace

void setup_sweep(CLI::App& app, SweepCommand& command) {
  setup_targets(app, command);
  setup_pace(app, command);
  setup_long_run(app, command);
  setup_count(app, command);
  setup_packets(app, command);
  setup_lines(app, command);
  setup_files(app, command);
}

Result<void> complete(const CLI::App& app, SweepCommand& command) {
  if (auto done = complete_count(app, command); !done) {
    return done;
  }
  if (command.icmp_timestamp) {
    if (command.only6) {
      return fail("--icmp-timestamp asks by IPv4 alone: not with -6");
    }
    if (app.count("--size") > 0 || command.random_payload) {
      return fail("--icmp-timestamp: the packet's size is fixed: not with -b or -R");
    }
    if (command.neighbours_only) {
      return fail("--arp asks nothing by ICMP: not with --icmp-timestamp");
    }
    command.only4 = true;
    command.sweep.tell_asides = true;  // the times among them
  }
  if (command.guess && command.counts()) {
    return fail("--guess is a sweep's, and 'echosweep ping' has it: not with -c, -C or -l");
  }
  if (command.sweep.complete) {
    command.sweep.retries = static_cast<unsigned>(command.max_passes - 1);
  }
  if (command.only4 && command.only6) {
    return fail("can't specify both -4 and -6");
  }
  if (command.neighbours_only && command.transmit == TransmitChoice::kRaw) {
    return fail("--arp needs frames: not with --tx raw");
  }
  if (command.needs_frames() && !command.fits_frames()) {
    return fail(fmt::format(
        "{} takes a payload of {} bytes at most: larger packets may need fragments, which "
        "only the kernel makes",
        command.neighbours_only ? "--arp" : "--tx packet or xdp", SweepCommand::kLargestInFrames));
  }
  if (command.dry_run && command.list_targets) {
    return fail("can't specify both --dry-run and --list-targets");
  }
  if (command.generate && (command.targets.empty() || command.targets.size() > 2 || !command.files.empty())) {
    return fail("-g takes one CIDR, or a START and an END, and no file");
  }
  if (!command.socket.interface.empty() && if_nametoindex(command.socket.interface.c_str()) == 0) {
    return fail(fmt::format("-I: there is no interface '{}' (see 'ip link')", command.socket.interface));
  }
  auto inputs = std::ranges::count(command.files, "-") + std::ranges::count(command.exclude_files, "-");
  inputs += command.files.empty() && command.targets.empty() ? 1 : 0;
  if (inputs > 1) {
    return fail("standard input can be read only once");
  }
  if (command.max_loss) {
    if (!command.sweep.auto_rate) {
      return fail("--max-loss says how --rate auto chooses: add it, or leave --max-loss out");
    }
    command.sweep.max_loss = *command.max_loss / 100;
  }
  if (auto done = check_files(command); !done) {
    return done;
  }
  if (auto done = complete_long_run(app, command); !done) {
    return done;
  }
  if (auto done = complete_maps(command); !done) {
    return done;
  }
  constexpr std::chrono::nanoseconds kShortestDrain = std::chrono::seconds(1);
  // Until it is complete: the timeout of each pass is waited for anyway.
  const Pass last{static_cast<std::uint8_t>(command.sweep.complete ? 1 : command.sweep.retries)};
  command.sweep.drain =
      command.drain.value_or(std::max(kShortestDrain, modes::timeout_of(command.sweep, last)));
  return {};
}

}  // namespace echosweep::cli

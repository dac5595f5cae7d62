#include "cli/ping_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "cli/messages.hpp"
#include "cli/ping_values.hpp"
#include "cli/version.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMostInt = std::numeric_limits<int>::max();
constexpr std::int64_t kUserPreload = 3;
constexpr std::int64_t kMostPreload = 65536;
/// What an IPv6 packet without a jumbogram's header has room for behind the ICMPv6 header.
constexpr std::size_t kMostData = 65535 - 8;

}  // namespace

void refuse_ping_word(std::string_view why, std::string_view name) {
  throw Refusal(fmt::format("{0}: {1} -- '{2}'\n{0}: see '{0} -h'\n", program_name(), why, name),
                kPingTrouble);
}

void refuse_unknown_ping_words(const CLI::App& app) {
  for (const std::string& word : app.remaining()) {
    if (word.starts_with("--") && word.size() > 2) {
      throw Refusal(fmt::format("{0}: unrecognized option '{1}'\n{0}: see '{0} -h'\n", program_name(), word),
                    kPingTrouble);
    }
    if (word.starts_with('-') && word != "--") {
      refuse_ping_word("invalid option", word.substr(1, 1));
    }
  }
}

void PingOptionsReader::restrict_to(bool& wanted, const bool& other) const {
  if (other) {
    refuse_ping("only one -4 or -6 option may be specified");
  }
  wanted = true;
}

/// An IPv4 address, an IPv6 one with or without a zone, or an interface's name.
void PingOptionsReader::take_interface(const std::string& text) {
  std::string address = text;
  if (text.find(':') != std::string::npos) {
    const std::size_t zone = text.find('%');
    if (zone != std::string::npos) {
      command_.socket.interface = text.substr(zone + 1);
      address = text.substr(0, zone);
    }
    const auto source = Address::parse(address);
    if (!source || source->is_v4()) {
      refuse_ping(fmt::format("invalid source address: {}", text));
    }
    command_.socket.source6 = *source;
    command_.binds = true;
  } else if (const auto source = Address::parse(text)) {
    command_.socket.source4 = *source;
    command_.binds = true;
  } else {
    command_.socket.interface = text;
  }
}

void PingOptionsReader::add_whom() {
  const char* const group = "Whom to ask, and by which way";
  flag(group, "-4", "IPv4 only", [&] { restrict_to(command_.only4, command_.only6); });
  flag(group, "-6", "IPv6 only", [&] { restrict_to(command_.only6, command_.only4); });
  value(group, "-I", "IFACE|ADDRESS", "Leave by this interface, or from this address",
        [&](const std::string& text) { take_interface(text); });
  flag(group, "-B", "Keep to the source address of the first request", [&] {
    command_.binds = true;
    keeps_source_ = true;
  });
  value(group, "-t", "TTL", "Time to live, or hop limit", [&](const std::string& text) {
    command_.socket.ttl = Ttl{static_cast<std::uint8_t>(read_ping_number(text, 0, 255))};
  });
  value(group, "-Q", "TOS", "Type of service, or traffic class",
        [&](const std::string& text) { command_.socket.tos = Tos{read_ping_tos(text)}; });
  value(group, "-m", "MARK", "Mark packets for the firewall and routing rules", [&](const std::string& text) {
    constexpr std::int64_t kMostMark = std::numeric_limits<std::uint32_t>::max();
    command_.socket.mark = static_cast<std::uint32_t>(read_ping_number(text, 0, kMostMark));
  });
  value(group, "-M", "do|dont|want|probe", "Fragment: never, freely, as needed; never, unasked",
        [&](const std::string& text) { command_.socket.path_mtu = read_path_mtu(text); });
  value(group, "-F", "LABEL", "Flow label, IPv6 (0: the kernel chooses)",
        [&](const std::string& text) { command_.flow_label = read_flow_label(text); });
  flag(group, "-b", "Broadcast addresses, too", command_.socket.broadcast);
  flag(group, "-r", "Hosts on our own links, past the routing tables", command_.socket.dont_route);
  flag(group, "-L", "Multicasts do not come back to this machine", command_.socket.no_loop);
  flag(group, "-C", "connect() the socket to its target", command_.connects);
  flag(group, "-d", "Set SO_DEBUG on the socket", command_.socket.debug);
  flag(group, "-R", "Record route, IPv4", [&] {
    if (!timestamp_.empty()) {
      refuse_ping("only one of -T or -R may be used");
    }
    records_route_ = true;
  });
  value(group, "-T", "tsonly|tsandaddr|tsprespec", "IPv4 timestamps; with addresses; of given ones",
        [&](const std::string& text) {
          if (records_route_) {
            refuse_ping("only one of -T or -R may be used");
          }
          if (text != "tsonly" && text != "tsandaddr" && text != "tsprespec") {
            refuse_ping("invalid timestamp type: " + text);
          }
          timestamp_ = text;
        });
}

void PingOptionsReader::add_how() {
  const char* const group = "What to ask, and how often";
  modes::PingOptions& run = command_.run;
  value(group, "-c", "COUNT", "Requests to each target; with -w: answers from it",
        [&](const std::string& text) {
          run.count =
              static_cast<std::uint64_t>(read_ping_number(text, 1, std::numeric_limits<std::int64_t>::max()));
        });
  value(group, "-i", "SECONDS", "Between two requests to a target [1]", [&](const std::string& text) {
    run.interval = read_ping_seconds(text, "bad timing interval", 0ns);
    has_interval_ = true;
  });
  value(group, "-l", "N", "So many requests at once in the beginning", [&](const std::string& text) {
    const std::int64_t preload = read_ping_number(text, 1, kMostPreload);
    if (command_.by_user && preload > kUserPreload) {
      refuse_ping(fmt::format("cannot set preload to value greater than {}: {}", kUserPreload, preload));
    }
    run.preload = static_cast<std::uint32_t>(preload);
  });
  value(group, "-s", "SIZE", "Bytes of data in each request [56]", [&](const std::string& text) {
    command_.data_size = static_cast<std::size_t>(read_ping_number(text, 0, kMostInt));
    shapes_data_ = true;
    if (command_.data_size > kMostData) {
      refuse_ping(fmt::format("packet size {} is too large. Maximum is {}", text, kMostData));
    }
  });
  value(group, "-p", "PATTERN", "Fill the data with these bytes, 16 at most (hex)",
        [&](const std::string& text) {
          command_.pattern = read_ping_pattern(text);
          shapes_data_ = true;
        });
  value(group, "--type", "echo|timestamp|mask", "What to ask; timestamp and mask: IPv4",
        [&](const std::string& text) { take_type(text); });
  value(group, "-N", "WORD", "IPv6 node information: name, ipv6, ipv4, ... help",
        [&](const std::string& text) { node_.take(text); });
  value(group, "-e", "IDENTIFIER", "Of the first target; each further one has the next",
        [&](const std::string& text) {
          command_.identifier = static_cast<std::uint16_t>(read_ping_number(text, 0, 65535));
        });
  flag(group, "-A", "Adapt the interval to the round trip times", run.adaptive);
  flag(group, "-f", "Flood: ask when there is an answer, or after 10 ms", [&] {
    command_.flood = true;
    command_.numeric = true;
  });
  value(group, "-S", "SIZE", "Send buffer of the socket, bytes", [&](const std::string& text) {
    command_.socket.send_buffer = static_cast<int>(read_ping_number(text, 1, kMostInt));
  });
  value(group, "-w", "SECONDS", "End after this time, or with the first error", [&](const std::string& text) {
    const std::int64_t seconds = read_ping_number(text, 0, kMostInt);
    run.deadline = seconds > 0 ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
  });
  value(group, "-W", "SECONDS", "Wait so long for any answer, after the last [10]",
        [&](const std::string& text) { run.linger = read_ping_seconds(text, "bad linger time", 0ns); });
}

void PingOptionsReader::add_output() {
  const char* const group = "What to print";
  flag(group, "-n", "No names, only addresses", command_.numeric);
  flag(group, "-H", "Names, even where an address was given", command_.force_names);
  flag(group, "-q", "Only the first line and the summary", command_.quiet);
  flag(group, "-D", "The time in front of every line", command_.timestamps);
  value(group, "--pcap", "FILE", "Write the packets that answered",
        [&](const std::string& text) { command_.pcap_file = text; });
  flag(group, "-O", "Tell of requests without an answer before the next", command_.run.tell_unanswered);
  flag(group, "-j,--json", "A JSON object for each thing that happens", command_.json);
  flag(group, "--show", "Each packet that leaves or comes, field by field", command_.show);
  flag(group, "--guess", "What the reply's TTL says: distance, which systems", command_.guess);
  flag(group, "-a", "A bell for each reply", command_.audible);
  flag(group, "-3", "Round trips with three decimals, however long", command_.precise);
  flag(group, "-U", "Round trips until the reply is read, not until it comes in", command_.run.as_read);
  flag(group, "-v", "Identifiers, duplicates to multicasts, and what redirects quote", command_.verbose);
  flag(group, "-V", "Print the version and exit", [] {
    throw CLI::CallForVersion(fmt::format("ping from iputils, as echosweep {} has it", kVersion), 0);
  });
}

}  // namespace echosweep::cli

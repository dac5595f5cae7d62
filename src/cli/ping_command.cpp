// ping's command line. CLI11 splits the words; what they mean is decided option by option in the order in
// which they stand (ping_options.cpp), since ping ends at the first that is wrong, whatever stands behind it;
// and here, when all are known.
#include "cli/ping_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <utility>

#include "cli/messages.hpp"
#include "cli/ping_options.hpp"
#include "cli/ping_values.hpp"
#include "cli/subcommands.hpp"
#include "packet/icmp_types.hpp"
#include "packet/ping_codec.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;

/// Users must not ask more often.
constexpr std::chrono::milliseconds kUserInterval{2};
/// Each target has an identifier of its own, of 16 bits.
constexpr std::size_t kMostTargets = 65536;
/// Of -T tsprespec.
constexpr std::size_t kMostHops = 4;

}  // namespace

/// -R and -T: of tsprespec all words but the last say whose times are wanted.
void PingOptionsReader::settle_options() {
  if (records_route_) {
    command_.socket.ip_options = record_route_options();
  }
  if (timestamp_.empty()) {
    return;
  }
  std::vector<Address> hops;
  if (timestamp_ == "tsprespec") {
    auto& words = command_.targets;
    const std::size_t count = words.size() - 1;
    if (count == 0 || count > kMostHops) {
      refuse_ping(fmt::format("-T tsprespec takes 1 to {} addresses in front of the target", kMostHops));
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto hop = Address::parse(words[i]);
      if (!hop || !hop->is_v4()) {
        refuse_ping(fmt::format("-T tsprespec: '{}' is no IPv4 address", words[i]));
      }
      hops.push_back(*hop);
    }
    words.erase(words.begin(), words.end() - 1);
  }
  command_.socket.ip_options = timestamp_options(timestamp_, hops);
}

void PingOptionsReader::take_type(const std::string& text) {
  using packet::PingRequest;
  if (text != "echo" && text != "timestamp" && text != "mask") {
    refuse_ping(fmt::format("--type: '{}' is none of echo, timestamp, mask", text));
  }
  command_.request = text == "timestamp" ? PingRequest::kTimestamp
                     : text == "mask"    ? PingRequest::kMask
                                         : PingRequest::kEcho;
}

/// Whatever is no echo needs a raw socket, one family, and has no data to choose.
void PingOptionsReader::settle_request() {
  using packet::PingRequest;
  if (const auto query = node_.query()) {
    if (command_.request != PingRequest::kEcho) {
      refuse_ping("--type and -N: one or the other");
    }
    command_.request = PingRequest::kNode;
    command_.query = *query;
    if (command_.targets.empty() && !node_.group().empty()) {
      command_.targets = {node_.group()};
    }
  }
  if (command_.request == PingRequest::kEcho) {
    return;
  }
  const bool is_node = command_.request == PingRequest::kNode;
  if (is_node ? command_.only4 : command_.only6) {
    refuse_ping(is_node ? "-N is IPv6's alone" : "--type timestamp and mask are IPv4's alone");
  }
  (is_node ? command_.only6 : command_.only4) = true;
  if (shapes_data_) {
    refuse_ping("-s and -p are for echo requests: others have no data to choose");
  }
  command_.data_size =
      packet::PingCodec({.request = command_.request, .query = command_.query}).data().size();
  command_.socket.raw = true;
  command_.socket.answer = is_node                                       ? packet::kNodeReply
                           : command_.request == PingRequest::kTimestamp ? packet::icmp4::kTimestampReply
                                                                         : packet::icmp4::kMaskReply;
}

void PingOptionsReader::complete() {
  refuse_unknown_ping_words(app_);
  settle_request();
  modes::PingOptions& run = command_.run;
  if (command_.flood && !has_interval_) {
    run.interval = 0ns;
  }
  run.keep_packets = command_.show || !command_.pcap_file.empty();
  if (command_.pcap_file == "-") {
    refuse_ping("--pcap: name a file: standard output has the lines");
  }
  const bool shows_dots = command_.flood && !command_.json;
  run.tell_leaving = (shows_dots || command_.show) && !command_.quiet;
  if (command_.flood && command_.show) {
    refuse_ping("-f and --show: one or the other");
  }
  if (command_.targets.empty()) {
    refuse_ping("usage error: Destination address required");
  }
  settle_options();
  if (command_.connects && command_.targets.size() > 1) {
    refuse_ping("-C takes one target: a socket is connected to one address");
  }
  if (keeps_source_ && command_.targets.size() > 1) {
    refuse_ping("-B takes one target: a socket is bound to one address");
  }
  if (command_.targets.size() > kMostTargets) {
    refuse_ping(fmt::format("{} targets are too many: {} can have identifiers of their own",
                            command_.targets.size(), kMostTargets));
  }
  if (command_.identifier) {
    command_.socket.identifier = Identifier{*command_.identifier};
    command_.socket.raw = command_.socket.raw || *command_.identifier == 0;
  }
  if (command_.by_user) {
    run.shortest_interval = kUserInterval;
    if (run.interval < kUserInterval) {
      refuse_ping(
          fmt::format("cannot flood; minimal interval allowed for user is {}ms", kUserInterval.count()));
    }
  }
  if (run.interval / std::chrono::milliseconds(1) >= std::numeric_limits<int>::max() / run.preload) {
    refuse_ping(
        fmt::format("illegal preload and/or interval: {}", run.interval / std::chrono::milliseconds(1)));
  }
}

namespace {

/// CLI11 finds but two things wrong by itself: an option without its argument, which can only be the last
/// word, and an argument where none belongs.
[[noreturn]] void refuse_mismatch(const CLI::ArgumentMismatch& error, std::string_view last_word) {
  const std::string_view what = error.what();
  if (what.find("flag override") != std::string_view::npos) {
    throw Refusal(fmt::format("{0}: option '--{1}' doesn't allow an argument\n{0}: see '{0} -h'\n",
                              program_name(), what.substr(0, what.find(' '))),
                  kPingTrouble);
  }
  refuse_ping_word("option requires an argument", last_word.starts_with("--")
                                                      ? last_word.substr(2)
                                                      : last_word.substr(last_word.size() - 1));
}

}  // namespace

bool is_called_ping(const char* name) {
  const std::string_view path = name == nullptr ? "" : name;
  const std::string_view last = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return last == "ping" || last == "ping4" || last == "ping6";
}

std::expected<PingCommand, int> parse_ping(int argc, char** argv) {
  set_program_name("ping");
  PingCommand command;
  command.by_user = getuid() != 0;
  const std::string_view name = argv[0];
  command.only4 = name.ends_with("ping4");
  command.only6 = name.ends_with("ping6");
  CLI::App app("Asks targets again and again by ICMP echo, and says what each answers.", "ping");
  PingOptionsReader reader(app, command);
  app.footer(
      "Ctrl-C ends it, with a summary; Ctrl-\\ prints where it stands. Exit code: 0 where all targets\n"
      "answered, 1 where not, 2 for anything else. The manual: man echosweep-ping");
  try {
    try {
      app.parse(argc, argv);
    } catch (const CLI::ArgumentMismatch& error) {
      refuse_unknown_ping_words(app);
      refuse_mismatch(error, argv[argc - 1]);
    }
    reader.complete();
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(print(app.help()) ? kAllAnswered : kPingTrouble);
  } catch (const CLI::CallForVersion& version) {
    return std::unexpected(print(fmt::format("{}\n", version.what())) ? kAllAnswered : kPingTrouble);
  } catch (const Refusal& refusal) {
    print_to_stderr(refusal.what());
    return std::unexpected(refusal.get_exit_code());
  }
  return command;
}

int run_ping_command(int argc, char** argv) {
  const auto command = parse_ping(argc, argv);
  return command ? run_ping(*command) : command.error();
}

}  // namespace echosweep::cli
// fping's command line. CLI11 splits the words; what they mean is decided here, option by option in the order
// in which they stand, since fping ends at the first that is wrong, whatever stands behind it.
#include "cli/fping_command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>

#include "cli/exit_code.hpp"
#include "cli/fping_usage.hpp"
#include "cli/fping_values.hpp"
#include "cli/messages.hpp"
#include "cli/setup_count.hpp"
#include "net/sockets.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;
using Mode = CountCommand::Mode;

/// The first word that looked like an option and is none.
void refuse_unknown(const CLI::App& app) {
  for (const std::string& word : app.remaining()) {
    if (word.starts_with("--") && word.size() > 2) {
      refuse_option("invalid option", word.substr(2));
    }
    if (word.starts_with('-') && word != "--") {
      refuse_option("invalid option", word.substr(1, 1));
    }
  }
}

/// fping's options on a CLI::App. What the command cannot hold yet, because later options decide what it
/// means, waits in members.
class FpingOptions {
 public:
  FpingOptions(CLI::App& app, SweepCommand& command) : app_(app), command_(command) {
    app.set_help_flag();
    app.allow_extras();
    app.add_option("TARGET", command.targets);
    add_numbers();
    add_words();
    add_flags();
  }
  FpingOptions(const FpingOptions&) = delete;
  FpingOptions(FpingOptions&&) = delete;
  FpingOptions& operator=(const FpingOptions&) = delete;
  FpingOptions& operator=(FpingOptions&&) = delete;
  ~FpingOptions() = default;

  /// After the last option: what fping looks at then, in its order.
  void complete();

 private:
  void flag(const std::string& names, std::function<void()> take) {
    app_.add_flag_callback(names,
                           [this, take = std::move(take)] {
                             refuse_unknown(app_);
                             take();
                           })
        ->disable_flag_override()
        ->trigger_on_parse();
  }
  void value(const std::string& names, std::function<void(const std::string&)> take) {
    app_.add_option_function<std::string>(names,
                                          [this, take = std::move(take)](const std::string& text) {
                                            refuse_unknown(app_);
                                            take(text);
                                          })
        ->trigger_on_parse();
  }
  void add_numbers();
  void add_words();
  void add_flags();
  void restrict_to(bool& wanted, const bool& other);
  void check_rights() const;
  void check_source_address() const;
  void settle();

  CLI::App& app_;
  SweepCommand& command_;
  std::uint32_t ttl_ = 64;
  std::uint32_t size_ = 56;
  bool size_given_ = false;
  double backoff_ = 1.5;
  std::optional<std::chrono::nanoseconds> timeout_;
  bool loop_ = false;
  bool netdata_ = false;
};

void FpingOptions::add_numbers() {
  CountCommand& count = command_.count;
  value("-b,--size", [&](const std::string& text) {
    size_ = read_number(text);
    size_given_ = true;
  });
  value("-B,--backoff", [&](const std::string& text) { backoff_ = read_decimal(text); });
  value("-c,--count", [&](const std::string& text) {
    count.rounds = read_number(text, 1);
    count.mode = count.mode == Mode::kValues ? Mode::kValues : Mode::kCount;
  });
  value("-C,--vcount", [&](const std::string& text) {
    count.rounds = read_number(text, 1);
    count.mode = Mode::kValues;
  });
  value("-H,--ttl", [&](const std::string& text) { ttl_ = read_number(text, 1); });
  value("-i,--interval", [&](const std::string& text) {
    constexpr double kLongest = 1e6;
    const double ms = std::min(read_decimal(text), kLongest);
    command_.rate = PacketRate{ms == 0 ? 0 : 1000 / ms};
    command_.rate_given = true;
  });
  value("-k,--fwmark", [&](const std::string& text) { command_.socket.fwmark = read_number(text, 1); });
  value("-O,--tos", [&](const std::string& text) { command_.socket.tos = Tos{read_tos(text)}; });
  value("-p,--period", [&](const std::string& text) {
    count.period = std::max<std::chrono::nanoseconds>(read_ms(text), 1us);
  });
  value("-r,--retry", [&](const std::string& text) {
    command_.sweep.retries = std::min<unsigned>(read_number(text), modes::kMaxPasses - 1);
  });
  value("-t,--timeout", [&](const std::string& text) { timeout_ = read_ms(text); });
  value("-Q,--squiet", [&](const std::string& text) {
    const std::size_t comma = text.find(',');
    const auto every = read_ms(std::string_view(text).substr(0, comma)) * 1000;
    // No interval at all: then it is -q.
    count.report_every = every > 0ns ? std::optional(every) : std::nullopt;
    count.cumulative = comma != std::string::npos && text.substr(comma) == ",cumulative";
    command_.quiet = true;
  });
  value("-x,--reachable", [&](const std::string& text) { command_.reachable = read_number(text, 1); });
  value("-X,--fast-reachable",
        [&](const std::string& text) { command_.fast_reachable = read_number(text, 1); });
  value("--seqmap-timeout", [](const std::string& text) { static_cast<void>(read_decimal(text)); });
}

void FpingOptions::add_words() {
  value("-f,--file", [&](const std::string& path) { command_.files = {path}; });
  value("-I,--iface", [&](const std::string& name) {
    if (!name.empty() && if_nametoindex(name.c_str()) == 0) {
      throw Refusal("binding to specific interface (SO_BINDTODEVICE): No such device\n");
    }
    command_.socket.interface = name;
  });
  value("-S,--src", [&](const std::string& text) {
    const auto address = Address::parse(text);
    if (!address) {
      refuse(fmt::format("can't parse source address: {}", text));
    }
    (address->is_v4() ? command_.socket.source4 : command_.socket.source6) = *address;
  });
  value("-T", [](const std::string&) {});
  value("--timestamp-format", [&](const std::string& text) {
    using report::TimestampFormat;
    if (text != "ctime" && text != "iso" && text != "rfc3339") {
      refuse_with_usage();
    }
    command_.timestamp_format = text == "ctime" ? TimestampFormat::kCtime
                                : text == "iso" ? TimestampFormat::kIso
                                                : TimestampFormat::kRfc3339;
  });
}

void FpingOptions::restrict_to(bool& wanted, const bool& other) {
  if (other) {
    refuse("can't specify both -4 and -6");
  }
  wanted = true;
}

void FpingOptions::add_flags() {
  flag("-4,--ipv4", [&] { restrict_to(command_.only4, command_.only6); });
  flag("-6,--ipv6", [&] { restrict_to(command_.only6, command_.only4); });
  const auto names = [&](bool& wanted, const bool& other) {
    return [&wanted, &other] {
      if (other) {
        refuse("use either one of -d or -n");
      }
      wanted = true;
    };
  };
  flag("-n,--name", names(command_.by_name, command_.reverse_names));
  flag("-d,--rdns", names(command_.reverse_names, command_.by_name));
  flag("--icmp-timestamp", [&] {
    if (command_.only6) {
      refuse("ICMP Timestamp is IPv4 only");
    }
    command_.icmp_timestamp = command_.only4 = true;
  });
  flag("-h,--help", [] { throw CLI::CallForHelp(); });
  flag("-v,--version", [] { throw CLI::CallForVersion("", 0); });
  const std::initializer_list<std::pair<const char*, bool*>> plain = {
      {"-a,--alive", &command_.alive},
      {"-A,--addr", &command_.by_address},
      {"-D,--timestamp", &command_.timestamp},
      {"-e,--elapsed", &command_.elapsed},
      {"-g,--generate", &command_.generate},
      {"-J,--json", &command_.count.json},
      {"-l,--loop", &loop_},
      {"-m,--all", &command_.all_addresses},
      {"-M,--dontfrag", &command_.socket.dont_fragment},
      {"-N,--netdata", &netdata_},
      {"-o,--outage", &command_.count.outage},
      {"-q,--quiet", &command_.quiet},
      {"-R,--random", &command_.random_payload},
      {"-s,--stats", &command_.stats},
      {"-u,--unreach", &command_.unreach},
      {"--check-source", &command_.check_source},
      {"--print-tos", &command_.print_tos},
      {"--print-ttl", &command_.print_ttl},
  };
  for (const auto& [name, wanted] : plain) {
    flag(name, [into = wanted] { *into = true; });
  }
}

/// Either kind of socket will do.
void FpingOptions::check_rights() const {
  const Family family = command_.only6 ? Family::kIpv6 : Family::kIpv4;
  if (!net::open_socket(family, net::SocketKind::kSpray, {}) &&
      !net::open_socket(family, net::SocketKind::kPing, {})) {
    refuse("can't create socket (must run as root?)", kSystemFailure);
  }
}

/// Whether the kernel lets a socket have it, of whatever kind.
void FpingOptions::check_source_address() const {
  for (const auto& source : {command_.socket.source4, command_.socket.source6}) {
    if (!source) {
      continue;
    }
    const net::SocketAddress address = net::to_socket_address(*source);
    const net::Fd socket(::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const void* const where = &address.storage;
    if (socket && bind(socket.get(), static_cast<const sockaddr*>(where), address.size) != 0) {
      refuse(fmt::format("cannot bind source address : {}", std::strerror(errno)), kSystemFailure);
    }
  }
}

void FpingOptions::complete() {
  refuse_unknown(app_);
  check_rights();
  if (ttl_ > 255) {
    refuse(fmt::format("ttl {} out of range", ttl_));
  }
  if (command_.alive && command_.unreach) {
    refuse("specify only one of a, u");
  }
  if (command_.counts() && loop_) {
    refuse("specify only one of c, l");
  }
  if (command_.count.json && !command_.counts() && !loop_) {
    refuse("option -J, --json requires -c, -C, or -l");
  }
  if (command_.icmp_timestamp && size_given_) {
    refuse("cannot change ICMP Timestamp size");
  }
  if (size_ > packet::SweepCodec::kMaxPayload) {
    refuse(fmt::format("data size {} not valid, must not be larger than {}", size_,
                       packet::SweepCodec::kMaxPayload));
  }
  if (backoff_ < 1 || backoff_ > 5) {
    refuse(fmt::format("backoff factor {:.1f} not valid, must be between 1.0 and 5.0", backoff_));
  }
  const auto& words = command_.targets;
  const bool no_range =
      words.empty() || words.size() > 2 || (words.size() == 1 && words[0].find('/') == std::string::npos);
  if ((!command_.files.empty() && (command_.generate || !words.empty())) || (command_.generate && no_range)) {
    refuse_with_usage();
  }
  check_source_address();
  settle();
}

void FpingOptions::settle() {
  CountCommand& count = command_.count;
  command_.socket.ttl = Ttl{static_cast<std::uint8_t>(ttl_)};
  // Timestamp requests have three times in place of data.
  command_.payload_size = command_.icmp_timestamp ? 12 : size_;
  command_.sweep.backoff = backoff_;
  if (loop_) {
    count.mode = Mode::kLoop;
    count.rounds = 0;
  }
  count.netdata = netdata_ && command_.counts() && count.report_every;
  command_.sweep.timeout = timeout_.value_or(command_.counts() ? default_count_timeout(count.period) : 500ms);
  const Pass last{static_cast<std::uint8_t>(command_.sweep.retries)};
  command_.sweep.drain = modes::timeout_of(command_.sweep, last);
}

/// CLI11 finds but two things wrong by itself: an option without its argument, which can only be the last
/// word, and an argument where none belongs.
[[noreturn]] void refuse_mismatch(const CLI::ArgumentMismatch& error, std::string_view last_word) {
  const std::string_view what = error.what();
  if (what.find("flag override") != std::string_view::npos) {
    refuse_option("option takes no arguments", what.substr(0, what.find(' ')));
  }
  refuse_option("option requires an argument",
                last_word.starts_with("--") ? last_word.substr(2) : last_word.substr(last_word.size() - 1));
}

void set_defaults(SweepCommand& command, int argc, char** argv) {
  constexpr unsigned kRetries = 3;
  constexpr double kEvery10ms = 100;
  command.as_fping = true;
  command.arguments.assign(argv, argv + argc);
  command.only6 = command.arguments[0].ends_with('6');
  command.input_order = true;
  command.rate = PacketRate{kEvery10ms};
  command.sweep.retries = kRetries;
  command.progress = ProgressChoice::kNever;
  command.socket.broadcast = false;
  command.sweep.tell_asides = true;
  command.sweep.fail_for_good = true;
}

}  // namespace

bool is_called_fping(const char* name) {
  const std::string_view path = name == nullptr ? "" : name;
  const std::string_view last = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return last == "fping" || last == "fping6";
}

std::expected<SweepCommand, int> parse_fping(int argc, char** argv) {
  set_program_name(argv[0]);
  SweepCommand command;
  set_defaults(command, argc, argv);
  CLI::App app;
  FpingOptions options(app, command);
  try {
    try {
      app.parse(argc, argv);
    } catch (const CLI::ArgumentMismatch& error) {
      refuse_unknown(app);
      refuse_mismatch(error, argv[argc - 1]);
    }
    options.complete();
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(print(kFpingUsage) ? kAllAlive : kSystemFailure);
  } catch (const CLI::CallForVersion&) {
    return std::unexpected(print("fping: Version 5.5\n") ? kAllAlive : kSystemFailure);
  } catch (const Refusal& refusal) {
    print_to_stderr(refusal.what());
    return std::unexpected(refusal.get_exit_code());
  }
  return command;
}

}  // namespace echosweep::cli

// fping's command line.
//
// Scripts depend on it to the letter: options in any order, merged short ones, numbers that must be whole
// words, the words of each complaint, and which of two mistakes is complained of. getopt_long(3) goes through
// the words as fping does; what it cannot know is that fping takes no abbreviations.
#include "cli/fping_command_line.hpp"

#include <fmt/format.h>
#include <getopt.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "cli/exit_code.hpp"
#include "cli/fping_usage.hpp"
#include "cli/messages.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::cli {

namespace {

using std::chrono::nanoseconds;

/// fping leaves with 1 where its options are wrong; 3 is not one of its own.
constexpr int kWrongOption = 1;
/// Sockets and files; and an interface that is not there.
constexpr int kNoInterface = 1;

/// Options without a letter.
enum LongOnly : int {
  kPrintTtl = 256,
  kPrintTos,
  kTimestampFormat,
  kCheckSource,
  kIcmpTimestamp,
  kSeqmapTimeout
};

constexpr std::array kLongOptions = {
    option{"ipv4", no_argument, nullptr, '4'},
    option{"ipv6", no_argument, nullptr, '6'},
    option{"alive", no_argument, nullptr, 'a'},
    option{"addr", no_argument, nullptr, 'A'},
    option{"size", required_argument, nullptr, 'b'},
    option{"backoff", required_argument, nullptr, 'B'},
    option{"count", required_argument, nullptr, 'c'},
    option{"vcount", required_argument, nullptr, 'C'},
    option{"rdns", no_argument, nullptr, 'd'},
    option{"timestamp", no_argument, nullptr, 'D'},
    option{"elapsed", no_argument, nullptr, 'e'},
    option{"file", required_argument, nullptr, 'f'},
    option{"generate", no_argument, nullptr, 'g'},
    option{"help", no_argument, nullptr, 'h'},
    option{"ttl", required_argument, nullptr, 'H'},
    option{"interval", required_argument, nullptr, 'i'},
    option{"iface", required_argument, nullptr, 'I'},
    option{"json", no_argument, nullptr, 'J'},
    option{"fwmark", required_argument, nullptr, 'k'},
    option{"loop", no_argument, nullptr, 'l'},
    option{"all", no_argument, nullptr, 'm'},
    option{"dontfrag", no_argument, nullptr, 'M'},
    option{"name", no_argument, nullptr, 'n'},
    option{"netdata", no_argument, nullptr, 'N'},
    option{"outage", no_argument, nullptr, 'o'},
    option{"tos", required_argument, nullptr, 'O'},
    option{"period", required_argument, nullptr, 'p'},
    option{"quiet", no_argument, nullptr, 'q'},
    option{"squiet", required_argument, nullptr, 'Q'},
    option{"retry", required_argument, nullptr, 'r'},
    option{"random", no_argument, nullptr, 'R'},
    option{"stats", no_argument, nullptr, 's'},
    option{"src", required_argument, nullptr, 'S'},
    option{"timeout", required_argument, nullptr, 't'},
    option{"unreach", no_argument, nullptr, 'u'},
    option{"version", no_argument, nullptr, 'v'},
    option{"reachable", required_argument, nullptr, 'x'},
    option{"fast-reachable", required_argument, nullptr, 'X'},
    option{"print-ttl", no_argument, nullptr, kPrintTtl},
    option{"print-tos", no_argument, nullptr, kPrintTos},
    option{"timestamp-format", required_argument, nullptr, kTimestampFormat},
    option{"check-source", no_argument, nullptr, kCheckSource},
    option{"icmp-timestamp", no_argument, nullptr, kIcmpTimestamp},
    option{"seqmap-timeout", required_argument, nullptr, kSeqmapTimeout},
    option{nullptr, 0, nullptr, 0},
};
/// The colon in front: a missing argument is told apart from an unknown option.
constexpr const char* kShortOptions = ":46aAb:B:c:C:dDef:ghH:i:I:Jk:lmMnNoO:p:qQ:r:RsS:t:T:uvx:X:";

/// A whole word that is a number from `least` on; base 0 takes 0x and 0, too.
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t least, int base = 10) {
  const std::string word(text);
  const bool starts_well = !word.empty() && word[0] >= '0' && word[0] <= '9';
  char* end = nullptr;
  errno = 0;
  const std::uint64_t value = starts_well ? std::strtoull(word.c_str(), &end, base) : 0;
  return starts_well && *end == '\0' && errno == 0 && value >= least ? std::optional(value) : std::nullopt;
}

/// The same with decimals and exponents.
std::optional<double> decimal(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stopped == end && value >= 0 && std::isfinite(value) ? std::optional(value)
                                                                                      : std::nullopt;
}

nanoseconds milliseconds(double value) {
  constexpr double kMost = 1e12;  // thirty years
  return nanoseconds(std::llround(std::min(value, kMost) * 1e6));
}

class FpingParser {
 public:
  FpingParser(int argc, char** argv) : argc_(argc), argv_(argv) {
    command_.arguments.assign(argv, argv + argc);
    command_.as_fping = true;
    command_.rate = PacketRate{100};
    command_.rate_given = true;
    command_.sweep.retries = 3;
    command_.input_order = true;
    command_.payload_size = 56;
    command_.progress = ProgressChoice::kNever;
  }

  std::expected<SweepCommand, int> parse();

 private:
  using Stop = std::optional<int>;  ///< an exit code: it ends here

  Stop take(int letter, std::string_view text);
  Stop take_number(int letter, std::string_view text);
  Stop take_decimal(int letter, std::string_view text);
  Stop take_word(int letter, std::string_view text);
  Stop take_flag(int letter);
  Stop take_report_every(std::string_view text);
  Stop finish();
  Stop check_values() const;
  Stop check_targets() const;
  void settle_times();
  bool is_abbreviated(int index, std::string_view word) const {
    return word.substr(2, word.find('=') - 2) != kLongOptions[static_cast<std::size_t>(index)].name;
  }

  static int wrong(const std::string& message) {
    complain(message);
    return kWrongOption;
  }
  static int usage() {
    print_to_stderr(kFpingUsage);
    return kWrongOption;
  }
  static int hint(const std::string& message) {
    complain(message);
    print_to_stderr("see 'fping -h' for usage information\n");
    return kWrongOption;
  }

  int argc_;
  char** argv_;
  SweepCommand command_;
  std::optional<nanoseconds> timeout_;
  std::uint64_t ttl_ = 64;
  double backoff_ = 1.5;
  std::uint64_t size_ = 56;
  bool size_given_ = false;
  bool count_given_ = false;
  bool loop_given_ = false;
};

FpingParser::Stop FpingParser::take_number(int letter, std::string_view text) {
  const std::uint64_t least = std::strchr("cCHxXk", letter) != nullptr && letter < 256 ? 1 : 0;
  const auto value = number(text, least, letter == 'O' ? 0 : 10);
  if (!value) {
    return usage();
  }
  switch (letter) {
    case 'b':
      size_ = *value;
      size_given_ = true;
      break;
    case 'c':
    case 'C':
      count_given_ = true;
      command_.count.rounds = *value;
      // -C stays, whatever comes after it.
      if (letter == 'C' || command_.count.mode != CountCommand::Mode::kValues) {
        command_.count.mode = letter == 'c' ? CountCommand::Mode::kCount : CountCommand::Mode::kValues;
      }
      break;
    case 'H':
      ttl_ = *value;
      break;
    case 'k':
      command_.socket.fwmark = static_cast<std::uint32_t>(*value);
      break;
    case 'O':
      if (*value > 255) {
        return usage();
      }
      command_.socket.tos = Tos{static_cast<std::uint8_t>(*value)};
      break;
    case 'r':
      command_.sweep.retries = static_cast<unsigned>(std::min<std::uint64_t>(*value, modes::kMaxPasses - 1));
      break;
    case 'x':
      command_.reachable = *value;
      break;
    case 'X':
      command_.fast_reachable = *value;
      break;
    default:  // --seqmap-timeout: there is no map that could overflow
      break;
  }
  return std::nullopt;
}

FpingParser::Stop FpingParser::take_decimal(int letter, std::string_view text) {
  const auto value = decimal(text);
  if (!value) {
    return usage();
  }
  switch (letter) {
    case 'B':
      backoff_ = *value;
      break;
    case 'i':
      command_.rate = *value > 0 ? PacketRate{1e3 / *value} : PacketRate{0};
      break;
    case 'p':
      command_.count.period = milliseconds(*value);
      break;
    default:
      timeout_ = milliseconds(*value);
      break;
  }
  return std::nullopt;
}

FpingParser::Stop FpingParser::take_report_every(std::string_view text) {
  const std::size_t comma = text.find(',');
  const auto seconds = decimal(text.substr(0, comma));
  if (!seconds) {
    return usage();
  }
  command_.count.report_every = milliseconds(*seconds * 1e3);
  command_.count.cumulative = comma != std::string_view::npos && text.substr(comma + 1) == "cumulative";
  return std::nullopt;
}

FpingParser::Stop FpingParser::take_word(int letter, std::string_view text) {
  switch (letter) {
    case 'f':
      command_.files = {std::string(text)};
      return std::nullopt;
    case 'I':
      command_.socket.interface = text;
      return std::nullopt;
    case 'S': {
      const auto address = Address::parse(text);
      if (!address) {
        return wrong(fmt::format("can't parse source address: {}", text));
      }
      (address->is_v4() ? command_.socket.source4 : command_.socket.source6) = *address;
      return std::nullopt;
    }
    default:
      break;
  }
  using report::TimestampFormat;
  if (text == "ctime") {
    command_.timestamp_format = TimestampFormat::kCtime;
  } else if (text == "iso") {
    command_.timestamp_format = TimestampFormat::kIso;
  } else if (text == "rfc3339") {
    command_.timestamp_format = TimestampFormat::kRfc3339;
  } else {
    return usage();
  }
  return std::nullopt;
}

FpingParser::Stop FpingParser::take_flag(int letter) {
  switch (letter) {
    case '4':
      command_.only4 = true;
      break;
    case '6':
      command_.only6 = true;
      break;
    case 'a':
      command_.alive = true;
      break;
    case 'A':
      command_.by_address = true;
      break;
    case 'd':
      command_.reverse_names = true;
      break;
    case 'D':
      command_.timestamp = true;
      break;
    case 'e':
      command_.elapsed = true;
      break;
    case 'g':
      command_.generate = true;
      break;
    case 'J':
      command_.count.json = true;
      break;
    case 'l':
      loop_given_ = true;
      break;
    case 'm':
      command_.all_addresses = true;
      break;
    case 'M':
      command_.socket.dont_fragment = true;
      break;
    case 'n':
      command_.by_name = true;
      break;
    case 'N':
      command_.count.netdata = true;
      break;
    case 'o':
      command_.count.outage = true;
      break;
    case 'q':
      command_.quiet = true;
      break;
    case 'R':
      command_.random_payload = true;
      break;
    case 's':
      command_.stats = true;
      break;
    case 'u':
      command_.unreach = true;
      break;
    case kPrintTtl:
      command_.print_ttl = true;
      break;
    case kPrintTos:
      command_.print_tos = true;
      break;
    case kCheckSource:
      command_.check_source = true;
      break;
    default:
      if (command_.only6) {
        return wrong("ICMP Timestamp is IPv4 only");
      }
      command_.icmp_timestamp = true;
      command_.only4 = true;
      break;
  }
  if (command_.only4 && command_.only6) {
    return wrong("can't specify both -4 and -6");
  }
  if (command_.by_name && command_.reverse_names) {
    return wrong("use either one of -d or -n");
  }
  return std::nullopt;
}

FpingParser::Stop FpingParser::take(int letter, std::string_view text) {
  if (letter == 'h') {
    return print(kFpingUsage) ? kAllAlive : kSystemFailure;
  }
  if (letter == 'v') {
    return print("fping: Version 5.5\n") ? kAllAlive : kSystemFailure;
  }
  if (letter == 'T') {  // of old: a timeout that means nothing any more
    return std::nullopt;
  }
  if (letter == 'Q') {
    return take_report_every(text);
  }
  if (letter < 256 && std::strchr("bcCHkOrxX", letter) != nullptr) {
    return take_number(letter, text);
  }
  if (letter < 256 && std::strchr("Bipt", letter) != nullptr) {
    return take_decimal(letter, text);
  }
  if (letter == 'f' || letter == 'I' || letter == 'S' || letter == kTimestampFormat) {
    return take_word(letter, text);
  }
  return letter == kSeqmapTimeout ? take_number(letter, text) : take_flag(letter);
}

FpingParser::Stop FpingParser::check_values() const {
  const CountCommand& count = command_.count;
  if (ttl_ > 255) {
    return wrong(fmt::format("ttl {} out of range", ttl_));
  }
  if (command_.alive && command_.unreach) {
    return wrong("specify only one of a, u");
  }
  if (count_given_ && loop_given_) {
    return wrong("specify only one of c, l");
  }
  if (count.json && count.mode == CountCommand::Mode::kNone) {
    return wrong("option -J, --json requires -c, -C, or -l");
  }
  if (command_.icmp_timestamp && size_given_) {
    return wrong("cannot change ICMP Timestamp size");
  }
  if (size_ > packet::SweepCodec::kMaxPayload) {
    return wrong(fmt::format("data size {} not valid, must not be larger than {}", size_,
                             packet::SweepCodec::kMaxPayload));
  }
  if (backoff_ < 1 || backoff_ > 5) {
    return wrong(fmt::format("backoff factor {:.1f} not valid, must be between 1.0 and 5.0", backoff_));
  }
  return std::nullopt;
}

FpingParser::Stop FpingParser::check_targets() const {
  const std::size_t words = command_.targets.size();
  const bool both = !command_.files.empty() && (words > 0 || command_.generate);
  const bool no_network = command_.generate && (words == 0 || words > 2);
  return both || no_network ? Stop(usage()) : std::nullopt;
}

/// What a probe's reply is waited for: in count and loop modes, the period, but no more than two seconds.
void FpingParser::settle_times() {
  constexpr nanoseconds kLongest = std::chrono::seconds(2);
  modes::SweepOptions& sweep = command_.sweep;
  sweep.timeout =
      timeout_.value_or(command_.counts() ? std::min(command_.count.period, kLongest) : sweep.timeout);
  sweep.backoff = backoff_;
  sweep.drain = modes::timeout_of(sweep, Pass{static_cast<std::uint8_t>(sweep.retries)});
  sweep.tell_asides = true;
  sweep.fail_for_good = true;
  if (!command_.counts()) {
    command_.quiet = command_.quiet || command_.count.report_every;
  }
}

FpingParser::Stop FpingParser::finish() {
  if (loop_given_ && !count_given_) {
    command_.count.mode = CountCommand::Mode::kLoop;
  }
  if (const std::string& name = command_.socket.interface;
      !name.empty() && if_nametoindex(name.c_str()) == 0) {
    print_to_stderr("binding to specific interface (SO_BINDTODEVICE): No such device\n");
    return kNoInterface;
  }
  if (const auto stop = check_values()) {
    return stop;
  }
  command_.socket.broadcast = false;
  command_.socket.ttl = Ttl{static_cast<std::uint8_t>(ttl_)};
  // Timestamp requests have no payload to speak of.
  command_.payload_size = command_.icmp_timestamp ? 12 : size_;
  settle_times();
  return check_targets();
}

std::expected<SweepCommand, int> FpingParser::parse() {
  opterr = 0;
  optind = 0;
  while (true) {
    int index = -1;
    const int letter = getopt_long(argc_, argv_, kShortOptions, kLongOptions.data(), &index);
    if (letter < 0) {
      break;
    }
    const std::string_view word = argv_[optind - 1];
    if (letter == '?' || letter == ':') {
      const bool is_long = word.starts_with("--");
      const std::string name =
          is_long ? std::string(word.substr(2)) : std::string(1, static_cast<char>(optopt));
      if (letter == ':') {
        return std::unexpected(hint(fmt::format("option requires an argument -- '{}'", name)));
      }
      if (is_long && optopt != 0) {
        return std::unexpected(
            hint(fmt::format("option takes no arguments -- '{}'", name.substr(0, name.find('=')))));
      }
      return std::unexpected(hint(fmt::format("invalid option -- '{}'", name)));
    }
    if (index >= 0) {
      const bool separate = optarg != nullptr && optarg == word.data();
      const std::string_view spelled = separate ? std::string_view(argv_[optind - 2]) : word;
      if (is_abbreviated(index, spelled)) {
        return std::unexpected(hint(fmt::format("invalid option -- '{}'", spelled.substr(2))));
      }
    }
    if (const auto stop = take(letter, optarg != nullptr ? optarg : "")) {
      return std::unexpected(*stop);
    }
  }
  command_.targets.assign(argv_ + optind, argv_ + argc_);
  if (const auto stop = finish()) {
    return std::unexpected(*stop);
  }
  return std::move(command_);
}

}  // namespace

bool is_called_fping(const char* name) {
  const std::string_view path = name == nullptr ? "" : name;
  return path.substr(path.rfind('/') + 1) == "fping";
}

std::expected<SweepCommand, int> parse_fping(int argc, char** argv) {
  set_program_name(argv[0]);
  return FpingParser(argc, argv).parse();
}

}  // namespace echosweep::cli

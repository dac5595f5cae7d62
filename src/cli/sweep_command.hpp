#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/shard.hpp"
#include "core/address.hpp"
#include "core/quantities.hpp"
#include "modes/sweep_state.hpp"
#include "net/resolver.hpp"
#include "net/sockets.hpp"
#include "report/format.hpp"

namespace CLI {
class App;
}

namespace echosweep::cli {

/// --tx
enum class TransmitChoice : std::uint8_t { kAuto, kRaw, kPacket, kXdp };
/// By its number, as the user writes it.
inline constexpr std::array<std::string_view, 4> kTransmitWords = {"auto", "raw", "packet", "xdp"};

enum class ProgressChoice : std::uint8_t { kOnTerminal, kAlways, kNever };

/// Asking each target many times: -c, -C, -l and what goes with them.
struct CountCommand {
  enum class Mode : std::uint8_t {
    kNone,    ///< a sweep
    kCount,   ///< -c
    kValues,  ///< -C: every round trip is kept for the summary
    kLoop,    ///< -l
  };
  Mode mode = Mode::kNone;
  std::uint64_t rounds = 0;                                   ///< 0: until a signal comes
  std::chrono::nanoseconds period = std::chrono::seconds(1);  ///< -p
  std::optional<std::chrono::nanoseconds> report_every;       ///< -Q
  bool cumulative = false;                                    ///< -Q SECS,cumulative
  bool outage = false;                                        ///< -o
  bool netdata = false;                                       ///< -N
  bool json = false;                                          ///< -J
};

/// Everything that the sweep's command line can say.
struct SweepCommand {
  std::vector<std::string> arguments;  ///< argv
  bool as_fping = false;               ///< called by that name: its defaults, words and exit codes

  std::vector<std::string> targets;
  std::vector<std::string> files;
  bool generate = false;
  bool all_addresses = false;
  bool only4 = false;
  bool only6 = false;
  std::vector<std::string> exclude;
  std::vector<std::string> exclude_files;
  bool input_order = false;
  std::optional<std::uint64_t> seed;
  std::optional<ShardChoice> shard_choice;
  Shard shard;               ///< what it came to
  std::string shard_source;  ///< who said so, if the command line did not
  bool dry_run = false;
  bool list_targets = false;

  CountCommand count;
  PacketRate rate{10'000};         ///< unless sweep.auto_rate
  bool rate_given = false;         ///< by --rate or -i
  bool rate_is_total = false;      ///< for all shards together
  std::optional<double> max_loss;  ///< percent
  modes::SweepOptions sweep;
  std::size_t max_passes = 10;  ///< with --complete
  std::optional<std::chrono::nanoseconds> drain;
  net::SocketOptions socket;
  std::string_view interface_option = "-I";  ///< what names socket.interface on this command line
  TransmitChoice transmit = TransmitChoice::kAuto;
  bool neighbours_only = false;  ///< --arp
  bool echo_only = false;        ///< --no-arp
  std::size_t payload_size = 18;
  bool random_payload = false;
  bool icmp_timestamp = false;  ///< ask by ICMP timestamp requests instead of echo requests
  bool check_source = false;    ///< believe replies from the target's own address alone

  bool alive = false;
  bool unreach = false;
  bool by_address = false;
  bool by_name = false;
  bool reverse_names = false;
  bool elapsed = false;
  bool quiet = false;
  bool stats = false;
  bool timestamp = false;
  report::TimestampFormat timestamp_format = report::TimestampFormat::kSeconds;
  bool print_ttl = false;
  bool guess = false;  ///< what TTLs say
  bool print_tos = false;
  bool reason = false;
  std::optional<std::uint64_t> reachable;
  std::optional<std::uint64_t> fast_reachable;
  std::string alive_file;
  std::string dead_file;
  std::string json_file;
  std::string csv_file;
  std::string xml_file;
  std::string grepable_file;
  std::string pcap_file;
  std::string checkpoint_file;  ///< --checkpoint
  std::string resume_file;      ///< --resume
  std::chrono::nanoseconds checkpoint_interval = std::chrono::seconds(10);
  std::optional<report::StateSet> states;  ///< that the file formats list, where it is not theirs to say
  bool ranges = false;                     ///< silent and unsent ones as prefixes
  std::vector<std::string> maps;           ///< PNG files; `-`: in characters on standard output
  bool watch = false;                      ///< the map on standard error's terminal while the run goes on
  bool print_lines = true;                 ///< false: --watch needs the terminal that lines would go to
  ProgressChoice progress = ProgressChoice::kOnTerminal;

  /// The largest payload that frames carry, for either family: every IPv6 link takes packets of 1,280 bytes
  /// whole (RFC 8200 5), and nearly every IPv4 link does. Larger ones the kernel must fragment.
  static constexpr std::size_t kLargestInFrames = 1280 - 40 - 8;
  bool fits_frames() const { return payload_size <= kLargestInFrames; }
  /// Whether frames are the first choice. Who monitors hosts, or calls us fping, expects his packets to meet
  /// this machine's firewall, IPsec and neighbour table, as everybody's do.
  bool wants_frames() const {
    return transmit == TransmitChoice::kAuto ? !counts() && !as_fping : transmit != TransmitChoice::kRaw;
  }
  /// Something was asked for that only frames can do.
  bool needs_frames() const {
    return neighbours_only || transmit == TransmitChoice::kPacket || transmit == TransmitChoice::kXdp;
  }

  /// The options that name a file for results, each with what it names.
  using ResultFile = std::pair<std::string_view, const std::string*>;
  std::array<ResultFile, 7> result_files() const {
    return {{{"--alive-file", &alive_file},
             {"--dead-file", &dead_file},
             {"--json", &json_file},
             {"--csv", &csv_file},
             {"--xml", &xml_file},
             {"--grepable", &grepable_file},
             {"--pcap", &pcap_file}}};
  }
  /// One of them is standard output: no text goes there.
  bool stdout_is_taken() const {
    return std::ranges::any_of(result_files(), [](const ResultFile& file) { return *file.second == "-"; });
  }

  /// --resume FILE, and no word more.
  bool says_nothing_else() const {
    return (arguments.size() == 2 && arguments[1].starts_with("--resume=")) ||
           (arguments.size() == 3 && arguments[1] == "--resume");
  }
  bool keeps_checkpoints() const { return !checkpoint_file.empty() || !resume_file.empty(); }
  bool counts() const { return count.mode != CountCommand::Mode::kNone; }
  net::FamilyChoice family() const {
    return only4 ? net::FamilyChoice::kIpv4 : only6 ? net::FamilyChoice::kIpv6 : net::FamilyChoice::kAny;
  }
};

/// Lays the sweep's options on `app`; parsing then fills in `command`, which must outlive `app`.
void setup_sweep(CLI::App& app, SweepCommand& command);

/// What no single option can see: options that exclude one another, values that follow from others. `app` has
/// parsed.
Result<void> complete(const CLI::App& app, SweepCommand& command);

/// The whole run; the result is the exit code.
int run_sweep(const SweepCommand& command);
/// The same where each target is asked many times.
int run_count(const SweepCommand& command);

}  // namespace echosweep::cli

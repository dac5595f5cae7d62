#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "modes/ping_state.hpp"
#include "net/ping_sockets.hpp"
#include "net/resolver.hpp"

namespace echosweep::cli {

/// ping's exit codes.
enum PingExit : int {
  kAllAnswered = 0,
  kNotAllAnswered = 1,  ///< no reply; or fewer than -c wants before -w ends
  kPingTrouble = 2,     ///< anything else
};

/// What the command line of ping says.
struct PingCommand {
  std::vector<std::string> targets;
  bool by_user = false;  ///< and not by root (sudo is root): less is allowed
  bool only4 = false;
  bool only6 = false;
  modes::PingOptions run;
  net::PingSocketOptions socket;
  bool binds = false;          ///< to the source address, or the one that the route prefers: -I ADDRESS, -B
  std::size_t data_size = 56;  ///< behind the ICMP header

  std::vector<std::uint8_t> pattern;        ///< of the data; empty: ping's own
  std::optional<std::uint32_t> flow_label;  ///< IPv6; 0: one that the kernel chooses
  bool connects = false;                    ///< connect() the socket to its target
  std::optional<std::uint16_t> identifier;

  packet::PingRequest request = packet::PingRequest::kEcho;
  packet::NodeQuery query;  ///< of -N

  std::string pcap_file;  ///< of the packets that answered; empty: none
  bool json = false;
  bool show = false;   ///< packets, field by field
  bool guess = false;  ///< what TTLs say
  bool quiet = false;
  bool flood = false;        ///< a dot a request, a backspace a reply
  bool audible = false;      ///< a bell for each reply
  bool precise = false;      ///< round trips with three decimals, however long
  bool numeric = false;      ///< no names
  bool force_names = false;  ///< names, even where an address was given
  bool timestamps = false;
  bool verbose = false;

  net::FamilyChoice family() const {
    return only4 ? net::FamilyChoice::kIpv4 : only6 ? net::FamilyChoice::kIpv6 : net::FamilyChoice::kAny;
  }
};

/// Whether the program was called `ping`, `ping4` or `ping6`, whatever folder it stands in.
bool is_called_ping(const char* name);

/// Reads the command line as ping reads its own: from left to right, options and targets mixed, the first
/// mistake ends it. Unexpected: there is nothing to run, all is said, and this is the exit code.
std::expected<PingCommand, int> parse_ping(int argc, char** argv);

/// Asks, prints, and returns the exit code.
int run_ping(const PingCommand& command);

}  // namespace echosweep::cli

#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ping/outcome.hpp"
#include "report/escape.hpp"

namespace echosweep::ping {

/// What a line calls an address: `198.51.100.7`, or `gw.example (198.51.100.7)` where names are wanted.
using NameOf = std::function<std::string(const Address&)>;

/// How replies are told of.
struct ReplyStyle {
  bool verbose = false;    ///< identifiers too, and duplicates to multicasts
  bool multicast = false;  ///< many will answer
  bool precise = false;    ///< round trips with three decimals, however long
  bool guess = false;      ///< what the TTL says
};

/// `64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.045 ms (DUP!)`, and below it what data was wrong; no
/// newline at the end.
void append_reply(report::Line& line, const Reply& reply, const NameOf& name_of, const ReplyStyle& style);

/// ` time=0.045 ms`, with fewer decimals the longer it took, unless it is to be precise.
void append_time(report::Line& line, std::chrono::nanoseconds rtt, bool precise);

/// A reply's IPv4 options, as they come behind its line: recorded and source routes, timestamps (RFC 791
/// 3.1). Remembers a target's last route, to say that it is the same.
class OptionText {
 public:
  void append(report::Line& line, std::span<const std::uint8_t> options, const NameOf& name_of);

 private:
  std::vector<std::uint8_t> last_route_;
};

}  // namespace echosweep::ping

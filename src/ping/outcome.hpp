#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "packet/decode.hpp"
#include "packet/node_information.hpp"

namespace echosweep::ping {

/// The first byte of a reply's data that is not what was sent.
struct WrongData {
  std::size_t at = 0;  ///< from the start of the data
  std::uint8_t expected = 0;
  std::uint8_t found = 0;
};

/// An answer to a request, be it the first, a second one, or a broken one.
struct Reply {
  Address from;
  Sequence sequence;
  Identifier identifier;
  std::size_t size = 0;  ///< of the ICMP message
  std::optional<Ttl> ttl;
  std::optional<std::chrono::nanoseconds> rtt;  ///< nothing: nobody knows when its request left
  bool duplicate = false;
  bool bad_checksum = false;
  bool other_address = false;  ///< from another address than was asked
  bool truncated = false;      ///< shorter than its request
  std::optional<WrongData> wrong_data;
  std::vector<std::uint8_t> options;            ///< of its IPv4 header
  std::vector<std::uint8_t> data;               ///< behind the ICMP header; kept where somebody shows it
  std::optional<packet::TimestampTimes> times;  ///< of a timestamp reply
  std::uint32_t arrived = 0;                    ///< when that one came in, as its times are
  std::optional<std::uint32_t> mask;            ///< of a mask reply
  std::optional<packet::NodeMessage> node;      ///< of a node information reply
};

/// An ICMP error, redirect or source quench about a request.
struct Complaint {
  Address from;
  Sequence sequence;
  std::uint8_t type = 0;  ///< of `from`'s family
  std::uint8_t code = 0;
  std::uint32_t info = 0;            ///< the message's bytes 4 to 7, host byte order
  bool is_error = true;              ///< the request will not be answered
  std::vector<std::uint8_t> quoted;  ///< the packet that it is about, from its IP header on, as far as known
};

/// A request that did not leave.
struct NotSent {
  Sequence sequence;
  int error = 0;  ///< errno
};

/// The next request is about to leave, and this one has no reply yet.
struct NoAnswerYet {
  Sequence sequence;
};

/// A request is about to leave.
struct Leaving {
  Sequence sequence;
};

using Event = std::variant<Reply, Complaint, NotSent, NoAnswerYet, Leaving>;

/// Something that happened to a target.
struct Outcome {
  std::uint64_t target = 0;  ///< its place on the command line
  MonotonicTime when;
  WallTime wall;           ///< the same moment
  std::uint32_t pipe = 0;  ///< requests that were on their way then, this one included; 0: not known
  /// The packet, where it is to be shown: from the IP header on; of a Leaving: from the ICMP header on.
  std::vector<std::uint8_t> packet;
  Event what;
};

}  // namespace echosweep::ping

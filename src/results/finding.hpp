#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/quantities.hpp"
#include "core/result.hpp"
#include "report/record.hpp"
#include "results/host_address.hpp"

namespace echosweep::results {

using report::State;

/// What a results file says of one host. Views live for the call only; what the file leaves out is empty.
struct Finding {
  HostAddress host;
  State state = State::kUnsent;
  std::string_view reason;
  std::string_view name;
  std::string_view from;
  std::string_view mac;
  std::optional<Ttl> ttl;
  std::optional<std::chrono::nanoseconds> rtt;  ///< not negative
  std::optional<std::uint32_t> tries;
  std::optional<WallTime> sent;
  std::optional<WallTime> received;
};

/// What it says of all hosts of a prefix.
struct RangeFinding {
  HostPrefix prefix;
  State state = State::kUnsent;
  std::string_view reason;
  std::optional<std::uint32_t> tries;
};

/// Who takes in a results file, in the order of the file. An Error ends the reading, with the place put in
/// front.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual Result<void> host(const Finding&) = 0;
  virtual Result<void> range(const RangeFinding&) = 0;
  /// The first line and the last line of our NDJSON, as JSON objects that are known to be whole.
  virtual Result<void> run(std::string_view) { return {}; }
  virtual Result<void> accounting(std::string_view) { return {}; }
};

}  // namespace echosweep::results

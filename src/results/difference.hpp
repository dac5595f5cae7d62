#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "results/snapshot.hpp"

namespace echosweep::results {

/// What is told of a host whose round trip time changed.
struct RttRule {
  bool told = true;
  double factor = 2;                          ///< changed by more than this, up or down
  std::chrono::nanoseconds least{1'000'000};  ///< and by at least so much: a LAN's jitter is no news
};

enum class ChangeKind : std::uint8_t {
  kCame,   ///< alive now, and not before
  kWent,   ///< alive before, and not now
  kState,  ///< another state, alive in neither
  kRtt,    ///< alive in both, and much quicker or slower
};

/// What one of the two files says of the place.
struct Side {
  bool listed = false;  ///< false: nothing
  State state = State::kUnsent;
  std::string_view reason;
  std::optional<std::chrono::nanoseconds> rtt;
};

/// A host, or a prefix of hosts, of which the files say different things. Views live for the call only.
struct Change {
  ChangeKind kind = ChangeKind::kState;
  HostAddress first;
  int bits = 0;             ///< address_bits(): one host
  std::uint64_t count = 1;  ///< at most 2^64 - 1
  Side before;
  Side now;
};

using TakeChange = std::function<Result<void>(const Change&)>;

/// Tells all differences in the order of addresses, IPv4 first. A host that only one file lists is different
/// only if it is alive there: a file need not list who is not. Both are sealed, with aligned zones.
Result<void> compare(const Snapshot& before, const Snapshot& now, const RttRule& rule,
                     const TakeChange& take);

}  // namespace echosweep::results

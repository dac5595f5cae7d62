#pragma once

#include <chrono>
#include <cstdint>

#include "core/quantities.hpp"

namespace echosweep::modes {

struct TraceOptions {
  Ttl first{1};
  Ttl last{30};
  std::uint8_t probes = 3;  ///< for each TTL
  /// How long an answer is waited for; less where others came faster: `here` times the round trip of another
  /// probe of the same TTL, or `near` times one of a TTL further on. 0: no less.
  std::chrono::nanoseconds wait = std::chrono::seconds(5);
  double here = 3;
  double near = 10;
  /// So many targets are asked side by side: each then has its next probe a while after the last one, in
  /// which an answer may say that it needs none.
  std::size_t side_by_side = 1000;
  /// Between two probes for one target, at least.
  std::chrono::nanoseconds spacing = std::chrono::microseconds(500);
  /// Hops that paths share are asked for once: see trace_paths.hpp.
  bool fast = false;
};

}  // namespace echosweep::modes

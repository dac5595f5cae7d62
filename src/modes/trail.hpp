#pragma once

#include <cstdint>
#include <vector>

#include "core/quantities.hpp"

namespace echosweep::modes {

/// Remembers when a growing number (a pass's cursor, a count of probes) stood where, for as long back as
/// `window`, in a few kilobytes whatever the rate: marks closer than a 256th of the window are merged into
/// the later one. So it may answer with a mark up to that much too old, never with one too young: a retry
/// may come a little late, but never before its timeout.
class Trail {
 public:
  explicit Trail(std::chrono::nanoseconds window);

  /// The value stood there long ago.
  void begin_at(std::uint64_t value) { reached_ = value; }
  /// No room for another mark: one more would push out the oldest, be its time come or not.
  bool full() const { return count_ == kMarks; }
  /// `now` and `value` never go down.
  void mark(MonotonicTime now, std::uint64_t value);
  /// The highest value marked at `time` or before; 0 if there is none. `time` never goes down.
  std::uint64_t reached(MonotonicTime time);

 private:
  struct Mark {
    MonotonicTime first;  ///< of those merged into it
    MonotonicTime last;
    std::uint64_t value = 0;
  };
  static constexpr std::size_t kMarks = 512;

  std::chrono::nanoseconds spacing_;
  std::vector<Mark> ring_;
  std::size_t oldest_ = 0;
  std::size_t count_ = 0;
  std::uint64_t reached_ = 0;
};

}  // namespace echosweep::modes

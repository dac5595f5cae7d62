#pragma once

#include <cstddef>

#include "core/quantities.hpp"

namespace echosweep {

/// Keeps what does not rest from filling the screen: ten lines in ten seconds, and how many there were
/// besides.
class LineLimit {
 public:
  /// Call it before the lines of `now`: how many were left out in the window that is over by then.
  std::size_t roll(MonotonicTime now);
  /// Whether one more line may be told. Where not, it counts as left out.
  bool admit();
  /// Left out since the last roll() that told.
  std::size_t left_out() const { return left_out_; }

 private:
  MonotonicTime window_;  ///< since when the two are counted
  std::size_t told_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace echosweep

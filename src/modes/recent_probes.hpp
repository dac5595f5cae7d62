#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "modes/count_state.hpp"

namespace echosweep::modes {

/// How the latest probes of a run of rounds ended: two bits each, in one ring for all targets. It is memory
/// of what is or may be on its way, as the capture's ring is: its size comes from the rate and the timeout,
/// and shorter periods or more rounds add nothing to it. Main thread only.
///
/// It holds the probes of ten seconds, or twice the timeout; where that is less than 32 rounds, 32 rounds, if
/// they fit in a mebibyte.
class RecentProbes {
 public:
  RecentProbes(const CountOptions& options, std::uint64_t targets);

  /// All probes below this number have been made.
  ProbeNumber end() const { return end_; }
  /// Whether it, if it has been made, is still kept.
  bool holds(ProbeNumber number) const { return number + size_ >= end_; }
  /// Makes the probe end() and returns true if the one whose place it takes has had no end. That is no longer
  /// kept: its number is end() - size() from before the call.
  bool open_next();
  std::uint64_t size() const { return size_; }

  /// True: it was open. Only where holds().
  bool close(ProbeNumber number) { return set(number, kClosed); }
  /// True: it was not answered before. Only where holds().
  bool answer(ProbeNumber number) { return set(number, kAnswered); }

 private:
  static constexpr std::uint64_t kProbesOfAWord = 32;
  static constexpr std::uint64_t kClosed = 1;
  static constexpr std::uint64_t kAnswered = 2;

  std::uint64_t& word_of(ProbeNumber number) { return words_[number % size_ / kProbesOfAWord]; }
  int shift_of(ProbeNumber number) const { return static_cast<int>(2 * (number % size_ % kProbesOfAWord)); }
  /// True: it was not set.
  bool set(ProbeNumber number, std::uint64_t bit);

  std::uint64_t size_;                      ///< a multiple of kProbesOfAWord
  std::unique_ptr<std::uint64_t[]> words_;  ///< written as probes are made: until then it takes no memory
  ProbeNumber end_ = 0;
};

}  // namespace echosweep::modes

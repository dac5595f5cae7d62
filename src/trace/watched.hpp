#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"

namespace echosweep::trace {

/// Round trips, summed up as they come (Welford, "Note on a method for calculating corrected sums of squares
/// and products", 1962).
class RttFigures {
 public:
  void add(std::chrono::nanoseconds rtt) {
    ++count_;
    last_ = rtt;
    best_ = count_ == 1 ? rtt : std::min(best_, rtt);
    worst_ = std::max(worst_, rtt);
    const double value = static_cast<double>(rtt.count());
    const double off = value - mean_;
    mean_ += off / static_cast<double>(count_);
    squares_ += off * (value - mean_);
  }

  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds last() const { return last_; }
  std::chrono::nanoseconds best() const { return best_; }
  std::chrono::nanoseconds worst() const { return worst_; }
  std::chrono::nanoseconds average() const { return std::chrono::nanoseconds(std::llround(mean_)); }
  /// Of a sample; 0 for a single one.
  std::chrono::nanoseconds deviation() const {
    return std::chrono::nanoseconds(
        count_ < 2 ? 0 : std::llround(std::sqrt(squares_ / static_cast<double>(count_ - 1))));
  }

 private:
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds last_{0};
  std::chrono::nanoseconds best_{0};
  std::chrono::nanoseconds worst_{0};
  double mean_ = 0;
  double squares_ = 0;
};

/// What is known of a TTL that is asked again and again.
struct WatchedHop {
  static constexpr std::size_t kMostSenders = 8;

  std::vector<Address> senders;  ///< who answered, the latest first; at most kMostSenders
  std::string mark;              ///< of the latest answer, as mark_of() has it
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t on_their_way = 0;  ///< of those sent: without an answer, and not given up yet
  RttFigures rtt;

  /// Percent of those that had their time.
  double loss() const {
    const auto over = static_cast<double>(sent - on_their_way);
    // An answer may be told of before the send is.
    return over <= 0 ? 0 : std::max(0.0, 100 * (over - static_cast<double>(received)) / over);
  }
};

struct Watched {
  Address target;
  std::uint64_t index = 0;
  Ttl first{1};
  std::vector<WatchedHop> hops;  ///< up to the target, or behind the last one that answers
  bool reached = false;
};

}  // namespace echosweep::trace

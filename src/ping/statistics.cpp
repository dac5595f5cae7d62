#include "ping/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace echosweep::ping {

void Statistics::received(std::optional<std::chrono::nanoseconds> rtt, bool duplicate) {
  ++(duplicate ? duplicates_ : received_);
  if (!rtt) {
    return;
  }
  const std::int64_t us = std::chrono::duration_cast<Microseconds>(*rtt).count();
  min_ = count_ == 0 ? us : std::min(min_, us);
  max_ = std::max(max_, us);
  ewma_eighths_ = count_ == 0 ? us * 8 : ewma_eighths_ + us - ewma_eighths_ / 8;
  sum_ += us;
  squares_ += static_cast<double>(us) * static_cast<double>(us);
  ++count_;
}

void Statistics::pipe(std::uint32_t requests) {
  pipe_ = std::max(pipe_, requests);
}

std::optional<Statistics::Times> Statistics::times() const {
  if (count_ == 0) {
    return std::nullopt;
  }
  // Both squares cut to whole numbers, as ping has them: the deviation of equal round trips is 0.
  const auto count = static_cast<double>(count_);
  const double of_sum = std::floor(static_cast<double>(sum_) * static_cast<double>(sum_) / count);
  const double variance = std::max(0.0, std::floor((squares_ - of_sum) / count));
  return Times{.min = Microseconds(min_),
               .average = Microseconds(sum_ / count_),
               .max = Microseconds(max_),
               .deviation = Microseconds(static_cast<std::int64_t>(std::sqrt(variance))),
               .ewma = Microseconds(ewma_eighths_ / 8)};
}

}  // namespace echosweep::ping

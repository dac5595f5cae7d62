#include "modes/sweep_state.hpp"

#include <algorithm>
#include <cmath>

namespace echosweep::modes {

std::chrono::nanoseconds timeout_of(const SweepOptions& options, Pass pass) {
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24);
  const double factor = std::pow(options.backoff, pass.value);
  const double timeout = static_cast<double>(options.timeout.count()) * factor;
  return timeout < static_cast<double>(kLongest.count()) ? std::chrono::nanoseconds(std::llround(timeout))
                                                         : kLongest;
}

std::size_t SweepState::room_for_replies() const {
  const std::size_t free = events.free_slots();
  const std::size_t listed = free - std::min(free, gathered.load(std::memory_order_relaxed));
  return std::min({listed, on_link ? on_link->free_slots() : listed,
                   options.keep_packets ? proven.free_slots() : listed});
}

FirstAnswers SweepState::answers(std::size_t whole, std::uint64_t unanswered) const {
  FirstAnswers first{.by_pass = {}, .whole = whole, .unanswered = unanswered};
  const std::size_t begun = passes.load(std::memory_order_acquire);
  for (std::size_t pass = 0; pass < begun; ++pass) {
    first.by_pass.push_back(first_answers[pass].load(std::memory_order_relaxed));
  }
  return first;
}

}  // namespace echosweep::modes

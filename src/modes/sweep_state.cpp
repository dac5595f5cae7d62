#include "modes/sweep_state.hpp"

namespace echosweep::modes {

FirstAnswers SweepState::answers(std::size_t whole, std::uint64_t unanswered) const {
  FirstAnswers first{.by_pass = {}, .whole = whole, .unanswered = unanswered};
  const std::size_t begun = passes.load(std::memory_order_acquire);
  for (std::size_t pass = 0; pass < begun; ++pass) {
    first.by_pass.push_back(first_answers[pass].load(std::memory_order_relaxed));
  }
  return first;
}

}  // namespace echosweep::modes

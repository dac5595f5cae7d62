#include "modes/send_advice.hpp"

namespace echosweep::modes {

const Explanation& SendAdvice::explain(int error, const Address& target) {
  const auto [known, is_new] = explanations_.try_emplace({error, target.family()});
  if (is_new) {
    known->second = explain_(error, target);
    advise(target, known->second);
  }
  return known->second;
}

std::string SendAdvice::line_of(const Address& target, const Explanation& why) {
  std::string text = to_string(target) + ": error while sending ping: " + why.reason;
  if (!why.advice.empty()) {
    text += " (" + why.advice + ")";
  }
  return text;
}

void SendAdvice::note(std::string line) {
  const std::lock_guard lock(lock_);
  lines_.push_back(std::move(line));
}

std::vector<std::string> SendAdvice::take() {
  const std::lock_guard lock(lock_);
  return std::exchange(lines_, {});
}

}  // namespace echosweep::modes

#include "report/record.hpp"

namespace echosweep::report {

std::string_view word(State state) {
  switch (state) {
    case State::kUnsent:
      return "unsent";
    case State::kSilent:
      return "silent";
    case State::kUnreachable:
      return "unreachable";
    case State::kAlive:
      break;
  }
  return "alive";
}

}  // namespace echosweep::report

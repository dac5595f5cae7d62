#include "core/line_limit.hpp"

#include <utility>

namespace echosweep {

namespace {

constexpr std::size_t kMostLines = 10;
constexpr std::chrono::seconds kWindow{10};

}  // namespace

std::size_t LineLimit::roll(MonotonicTime now) {
  if (now - window_ < kWindow) {
    return 0;
  }
  window_ = now;
  told_ = 0;
  return std::exchange(left_out_, 0);
}

bool LineLimit::admit() {
  const bool may = told_ < kMostLines;
  ++(may ? told_ : left_out_);
  return may;
}

}  // namespace echosweep

#include "modes/trail.hpp"

namespace echosweep::modes {

Trail::Trail(std::chrono::nanoseconds window) : spacing_(window / (kMarks / 2)), ring_(kMarks) {}

void Trail::mark(MonotonicTime now, std::uint64_t value) {
  if (count_ > 0) {
    Mark& newest = ring_[(oldest_ + count_ - 1) % kMarks];
    if (newest.value == value) {
      return;
    }
    if (now - newest.first < spacing_) {
      newest.last = now;
      newest.value = value;
      return;
    }
  }
  if (count_ == kMarks) {  // older than the window: whoever asks wants nothing so old
    reached_ = ring_[oldest_].value;
    oldest_ = (oldest_ + 1) % kMarks;
    --count_;
  }
  ring_[(oldest_ + count_) % kMarks] = {.first = now, .last = now, .value = value};
  ++count_;
}

std::uint64_t Trail::reached(MonotonicTime time) {
  while (count_ > 0 && ring_[oldest_].last <= time) {
    reached_ = ring_[oldest_].value;
    oldest_ = (oldest_ + 1) % kMarks;
    --count_;
  }
  return reached_;
}

}  // namespace echosweep::modes

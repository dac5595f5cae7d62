// The capture loses packets when replies come faster than the receiving thread takes them: its ring of 16 MiB
// holds some 110,000 replies, a tenth of a second at a million a second, and is full by then. So the first
// drop says that the rate was too much for this machine, be it for so short a time; seven tenths of it let
// the receiver gain on the ring. From there the rate goes up by a twentieth a second, to eight tenths of what
// was too much, and by another tenth after each half minute without a drop, for the machine may have been
// busy with something else.
//
// A send that the kernel refuses for want of room and takes later is no loss: it is how a full device queue
// sets the pace, and the sender waits for it. Only what was refused for good counts.
#include "modes/max_rate.hpp"

#include <algorithm>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds kSample = 200ms;
/// What was on its way when the rate fell may still be lost.
constexpr nanoseconds kHold = 500ms;
constexpr nanoseconds kStep = 1s;
constexpr nanoseconds kLongQuiet = 30s;
constexpr double kFall = 0.7;
constexpr double kUp = 1.05;
constexpr double kCeiling = 0.8;
constexpr double kCeilingUp = 1.1;
constexpr double kSlowest = 1'000;

}  // namespace

void MaxRate::sample(MonotonicTime now, std::uint64_t packets) {
  const double seconds = std::chrono::duration<double>(now - before_).count();
  if (seconds > 0) {
    measured_ = static_cast<double>(packets - packets_before_) / seconds;
  }
  if (now - sampled_ >= kSample) {
    before_ = sampled_;
    packets_before_ = packets_at_sample_;
    sampled_ = now;
    packets_at_sample_ = packets;
  }
}

void MaxRate::fall(MonotonicTime now) {
  const double at = rate_.unlimited() ? measured_ : std::min(measured_, rate_.per_second);
  rate_.per_second = std::max(at * kFall, kSlowest);
  ceiling_ = std::max(at * kCeiling, kSlowest);
  ++falls_;
  hold_until_ = now + kHold;
}

void MaxRate::rise(MonotonicTime now) {
  if (now - quiet_since_ >= kLongQuiet) {
    quiet_since_ = now;
    ceiling_ *= kCeilingUp;
  }
  if (now - stepped_ >= kStep) {
    stepped_ = now;
    rate_.per_second = std::min(rate_.per_second * kUp, ceiling_);
  }
}

void MaxRate::update(MonotonicTime now, std::uint64_t packets, std::uint64_t dropped) {
  sample(now, packets);
  if (dropped > dropped_) {
    dropped_ = dropped;
    quiet_since_ = stepped_ = now;
    if (now >= hold_until_) {
      fall(now);
    }
  } else if (!rate_.unlimited()) {
    rise(now);
  }
}

}  // namespace echosweep::modes

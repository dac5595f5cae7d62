// Pacing by a schedule, not by gaps.
//
// Packet k since the epoch is due at epoch + k / rate. Whoever sleeps too long (a timer is late by 50 to 100
// us, a busy machine by milliseconds) finds more packets due, so the mean rate holds to the last packet
// whatever the timer does; waiting a fixed gap after each send would add up every delay.
//
// Below 1,000 a second each packet leaves by itself. Above, packets leave in batches of 5 ms: at 10k/s single
// packets cost a quarter of a core in wake-ups, batches of 5 ms a twentieth.
//
// A schedule alone would answer a stall with a burst. So what is late is made up at no more than 5/4 of the
// rate, and a lag of more than 100 ms is forgotten: the schedule starts again from now.
#include "sender/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace echosweep::sender {

namespace {

using std::chrono::nanoseconds;

constexpr double kBatchSeconds = 0.005;
constexpr double kSinglesBelow = 1000;
constexpr nanoseconds kForget = std::chrono::milliseconds(100);
constexpr double kCatchUp = 0.8;  ///< of a batch's time must pass between two batches: 5/4 of the rate
/// A grant at no limit: one call's worth of packets.
constexpr std::size_t kUnlimitedBatch = 64;

}  // namespace

Pacer::Pacer(PacketRate rate) {
  take(rate);
}

void Pacer::take(PacketRate rate) {
  rate_ = rate.per_second;
  unlimited_ = rate.unlimited();
  batch_ = kUnlimitedBatch;
  if (!unlimited_) {
    interval_ns_ = 1e9 / rate.per_second;
    const double batch = rate.per_second < kSinglesBelow ? 1 : rate.per_second * kBatchSeconds;
    batch_ = std::max<std::size_t>(1, static_cast<std::size_t>(batch));
  }
}

void Pacer::set_rate(PacketRate rate, MonotonicTime now) {
  if (rate.per_second == rate_) {
    return;
  }
  double waiting = 0;  // packets of the old schedule, a part of one included
  if (started_ && !unlimited_) {
    const double elapsed = static_cast<double>((now - epoch_).count());
    waiting = elapsed / interval_ns_ - static_cast<double>(sent_);
  }
  take(rate);
  if (!started_ || unlimited_) {
    started_ = false;
    return;
  }
  waiting = std::clamp(waiting, 0.0, static_cast<double>(batch_));
  sent_ = 0;
  epoch_ = now - nanoseconds(std::llround(waiting * interval_ns_));
  const double batch_ns = static_cast<double>(batch_) * interval_ns_;
  not_before_ = std::min(not_before_, now + nanoseconds(std::llround(batch_ns * kCatchUp)));
}

MonotonicTime Pacer::due(std::uint64_t packet) const {
  return epoch_ + nanoseconds(std::llround(static_cast<double>(packet) * interval_ns_));
}

void Pacer::restart(MonotonicTime now) {
  started_ = true;
  epoch_ = now;
  sent_ = 0;
}

Pacer::Grant Pacer::grant(MonotonicTime now) {
  if (unlimited_) {
    return {.packets = batch_, .next = now};
  }
  if (!started_ || now - due(sent_ + batch_ - 1) > kForget) {
    restart(now);
  }
  const MonotonicTime ready = std::max(due(sent_ + batch_ - 1), not_before_);
  if (now < ready) {
    return {.packets = 0, .next = ready};
  }
  const double batch_ns = static_cast<double>(batch_) * interval_ns_;
  not_before_ = now + nanoseconds(std::llround(batch_ns * kCatchUp));
  return {.packets = batch_, .next = now};
}

}  // namespace echosweep::sender

#include "sender/sender.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>

namespace echosweep::sender {

namespace {

using namespace std::chrono_literals;

/// The longest sleep: how soon the source hears of a wish to stop.
constexpr std::chrono::nanoseconds kNap = 20ms;
/// After a longer sleep than this a thread is slow: its core has gone to sleep too, and what it needs is in
/// no cache. So it wakes up this much early, goes once through the loop, and sleeps again until the time has
/// come. A sweep's batches are 5 ms apart (pacer.cpp) and do not pay for it.
constexpr std::chrono::nanoseconds kLongSleep = 7ms;
constexpr std::chrono::nanoseconds kWarmUp = 500us;
/// How soon a rate control may change its mind.
constexpr std::chrono::nanoseconds kAskAgain = 2ms;
/// A device queue of 1,000 packets takes about a millisecond to empty at a gigabit.
constexpr std::chrono::nanoseconds kShortestPause = 50us;
constexpr std::chrono::nanoseconds kLongestPause = 5ms;

/// The kernel lets a thread sleep 50 us longer than asked, unless it is told not to. Where it refuses, that
/// is all that happens.
void wake_on_time() {
  constexpr unsigned long kNanoseconds = 1;  // 0 would mean the default
  prctl(PR_SET_TIMERSLACK, kNanoseconds);
}

/// When to look again, where something is due at `due`.
MonotonicTime wake_up_for(MonotonicTime due, MonotonicTime now) {
  return std::min(due - now > kLongSleep ? due - kWarmUp : due, now + kNap);
}

bool means_no_room(int error) {
  return error == ENOBUFS || error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

void Sender::run() {
  wake_on_time();
  while (true) {
    const auto wait_until = [this] {
      const StepGate::Step step(gate_);
      return this->step();
    }();
    if (!wait_until) {
      return;
    }
    if (*wait_until > MonotonicTime()) {
      clock_.sleep_until(*wait_until);
    }
  }
}

std::optional<MonotonicTime> Sender::step() {
  const MonotonicTime now = clock_.now();
  ask_rate(now);
  const Pacer::Grant grant = pacer_.grant(now);
  std::size_t granted = grant.packets;
  ProbeSource::Next next = source_.next(now, batch_.room(granted));
  if (next.done) {
    hand_over_the_rest();
    return std::nullopt;
  }
  if (granted == 0) {
    (void)tx_.flush();
    return wake_up_for(grant.next, now);
  }
  if (next.probes == 0) {
    (void)tx_.flush();
    pacer_.idle(now);
    // To a pacer with a limit an early look is one more pause, from which its schedule begins again.
    return pacer_.has_limit() ? std::min(next.wait_until, now + kNap) : wake_up_for(next.wait_until, now);
  }
  // A grant may be more than a batch holds.
  while (true) {
    send_batch(next.probes);
    pacer_.spent(next.probes);
    granted -= next.probes;
    if (granted == 0) {
      break;
    }
    next = source_.next(clock_.now(), batch_.room(granted));
    if (next.probes == 0) {
      break;  // why, the next round asks
    }
  }
  return MonotonicTime();
}

/// In the middle of a step.
void Sender::sleep(MonotonicTime until) {
  gate_.end_step();
  clock_.sleep_until(until);
  gate_.begin_step();
}

void Sender::hand_over_the_rest() {
  constexpr int kTries = 1000;  // a second: what still waits then, waits for a link that does not move
  std::size_t waiting = tx_.flush();
  for (int i = 0; i < kTries && waiting > 0; ++i) {
    sleep(clock_.now() + 1ms);
    waiting = tx_.flush();
  }
  if (waiting > 0) {
    errors_[ENETDOWN] += waiting;  // they counted as sent, and the account must not keep silent about it
  }
}

void Sender::ask_rate(MonotonicTime now) {
  if (control_ != nullptr && now >= ask_at_) {
    pacer_.set_rate(control_->rate(now), now);
    ask_at_ = now + kAskAgain;
  }
}

void Sender::encode(std::size_t first, std::size_t end) {
  const WallTime wall = clock_.wall();
  stamp_ = clock_.now();  // last: as near to the send as it gets
  batch_.encode(first, end, stamp_, wall);
}

void Sender::send_batch(std::size_t count) {
  std::size_t done = 0;
  encode(0, count);
  while (done < count) {
    const net::SendResult result = tx_.send(batch_.packets(done, count));
    const MonotonicTime now = clock_.now();
    if (result.left > 0) {
      source_.left(batch_.probes(done, result.left), stamp_);
      done += result.left;
      pause_ = std::chrono::nanoseconds::zero();
    }
    if (result.error == 0) {
      continue;
    }
    ++errors_[result.error];
    const packet::Probe& probe = batch_.probes(done, 1).front();
    if (means_no_room(result.error) && back_off(probe, result.error, now)) {
      encode(done, count);  // the time in them has passed
      continue;
    }
    if (!means_no_room(result.error)) {
      pause_ =
          std::chrono::nanoseconds::zero();  // a clear answer: whatever comes next waits for its own sake
    }
    source_.failed(probe, result.error);
    ++done;
  }
}

bool Sender::back_off(const packet::Probe& probe, int error, MonotonicTime now) {
  if (pause_ == std::chrono::nanoseconds::zero()) {
    stuck_since_ = now;
  }
  if (!source_.try_again(probe, error, now - stuck_since_)) {
    return false;
  }
  ++repeated_;
  pause_ = std::clamp(2 * pause_, kShortestPause, kLongestPause);
  sleep(now + pause_);
  return true;
}

}  // namespace echosweep::sender

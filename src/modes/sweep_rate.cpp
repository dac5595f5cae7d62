#include "modes/sweep_rate.hpp"

namespace echosweep::modes {

namespace {

/// In one go; the rest waits. Somebody who repeats his answers faster than they are taken must not keep the
/// sender from all else.
constexpr std::size_t kNewsAtOnce = 4096;

/// Packets that were lost on this machine, not on the way. Sends that it refuses for want of room are not
/// among them: each waits until there is room, which is pace enough.
std::uint64_t dropped(const SweepState& state) {
  return state.capture_drops.load(std::memory_order_relaxed);
}

}  // namespace

void AutoRateControl::take_news(MonotonicTime now) {
  HostNews news;
  for (std::size_t taken = 0; taken < kNewsAtOnce && state_.hosts.pop(news); ++taken) {
    // Without its MAC address a host on our own links cannot be asked.
    const bool lacks_mac = !news.control && news.mac.empty() && state_.on_link &&
                           state_.on_link->covers(state_.targets.at(news.index));
    if (!lacks_mac) {
      controls_.heard(news, now);
    }
  }
}

PacketRate AutoRateControl::rate(MonotonicTime now) {
  take_news(now);
  controls_.judge(now, rate_);
  rate_.update(now, {.packets = state_.probes.load(std::memory_order_relaxed),
                     .dropped = dropped(state_),
                     .feedback = controls_.feedback()});
  controls_.set_rate(rate_.rate());
  const LossCount loss = rate_.loss();
  state_.rate.store(rate_.rate(), std::memory_order_relaxed);
  state_.controls_lost.store(loss.lost, std::memory_order_relaxed);
  state_.controls_judged.store(loss.of, std::memory_order_relaxed);
  return PacketRate{rate_.rate()};
}

PacketRate MaxRateControl::rate(MonotonicTime now) {
  rate_.update(now, state_.probes.load(std::memory_order_relaxed), dropped(state_));
  return rate_.rate();
}

}  // namespace echosweep::modes

#include "modes/sweep_rate.hpp"

namespace echosweep::modes {

namespace {

/// Packets that were lost on this machine, not on the way.
std::uint64_t dropped(const SweepState& state) {
  return state.capture_drops.load(std::memory_order_relaxed) + state.refused_for_good;
}

}  // namespace

void AutoRateControl::take_news(MonotonicTime now) {
  for (HostNews news; state_.hosts.pop(news);) {
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

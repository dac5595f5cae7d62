#include "modes/mtu.hpp"

namespace echosweep::modes {

Mtu::Mtu(const Parts& parts)
    : state_(parts.targets, parts.codec, parts.options),
      source_(state_, parts.local_mtu),
      handler_(state_),
      engine_({.clock = parts.clock,
               .tx = parts.tx,
               .rx = parts.rx,
               .codec = parts.codec,
               .source = source_,
               .packets = handler_,
               .rate_control = nullptr,
               .stop_requests = state_.stop_requests,
               .capture_drops = state_.capture_drops},
              sender::Pacer(parts.rate)) {}

std::size_t Mtu::take_news(MtuListener& listener) {
  std::size_t taken = 0;
  MtuNews news;
  for (; taken < MtuState::kNews && state_.news.pop(news); ++taken) {
    news.is_step ? listener.step(news.step) : listener.found(news.finding);
  }
  return taken;
}

Result<void> Mtu::finish() {
  request_stop();
  (void)engine_.finish();
  return engine_.result();
}

}  // namespace echosweep::modes

#include "modes/trace.hpp"

#include <algorithm>
#include <chrono>
#include <span>

namespace echosweep::modes {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kEventsAtOnce = 4096;

/// Steps of 10 ms, which is two of the pacer's batches.
std::size_t lead_of(PacketRate rate) {
  constexpr double kSeconds = 0.01;
  constexpr double kFewest = 2;
  constexpr double kMost = 1 << 13;
  return static_cast<std::size_t>(rate.unlimited() ? kMost
                                                   : std::clamp(rate.per_second * kSeconds, kFewest, kMost));
}

}  // namespace

Trace::Trace(const Parts& parts)
    : clock_(parts.clock),
      strategy_(parts.strategy),
      state_(parts.targets, parts.codec, lead_of(parts.rate), parts.keeps_packets),
      source_(state_),
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
              sender::Pacer(parts.rate)),
      room_(state_.lead) {}

std::size_t Trace::take_sent() {
  std::size_t count = 0;
  for (TraceSent sent; state_.sent.pop(sent); ++count) {
    --outstanding_;
    strategy_.sent(sent);
  }
  return count;
}

std::size_t Trace::take_events() {
  // First: what is handed over after this is not older.
  const MonotonicTime heard_until{nanoseconds(state_.heard_until.load(std::memory_order_acquire))};
  std::size_t count = 0;
  TraceEvent event;
  while (count < kEventsAtOnce) {
    if (!state_.events.pop(event)) {
      strategy_.heard_all_before(heard_until);
      break;
    }
    strategy_.answered(event);
    ++count;
  }
  return count;
}

std::size_t Trace::hand_out_steps() {
  const auto room = std::span(room_).first(state_.lead - outstanding_);
  const std::size_t count = strategy_.next(clock_.now(), clock_.wall(), room);
  for (const TraceStep& step : room.first(count)) {
    (void)state_.steps.push(step);  // it has room for `lead` of them
  }
  outstanding_ += count;
  return count;
}

std::size_t Trace::work() {
  const int wanted = state_.stop_requests.load(std::memory_order_relaxed);
  if (wanted > stopped_) {
    stopped_ = wanted;
    strategy_.stop(wanted >= 2);
  }
  std::size_t count = take_sent();
  count += take_events();
  return count + hand_out_steps();
}

Result<void> Trace::finish() {
  request_stop(2);
  (void)engine_.finish([this] { return strategy_.is_over(); });
  return engine_.result();
}

}  // namespace echosweep::modes

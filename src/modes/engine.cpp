#include "modes/engine.hpp"

#include <new>

namespace echosweep::modes {

namespace {

/// A thread that runs out of memory ends the run, not the process.
template <typename Work>
Result<void> guarded(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail("out of memory: sweep fewer targets at once, or see 'ulimit -v'");
  }
}

}  // namespace

Engine::Engine(const Parts& parts, const sender::Pacer& pacer)
    : stop_requests_(parts.stop_requests),
      capture_drops_(parts.capture_drops),
      rx_(parts.rx),
      sender_(parts.clock, parts.tx, parts.codec, parts.source, pacer, parts.rate_control),
      receiver_(parts.clock, parts.rx, parts.packets) {}

Engine::~Engine() {
  request_stop(2);
  (void)finish();
}

void Engine::start() {
  receiving_ = std::thread([this] {
    capture_result_ = guarded([this] { return receiver_.run(stop_receiving_, capture_drops_); });
    if (!capture_result_) {
      request_stop(2);  // nobody listens any more
    }
  });
  sending_ = std::thread([this] {
    sending_result_ = guarded([this] {
      sender_.run();
      return Result<void>{};
    });
    sending_over_.store(true, std::memory_order_release);
  });
}

void Engine::request_stop(int how_much) {
  int now = stop_requests_.load();
  while (now < how_much && !stop_requests_.compare_exchange_weak(now, how_much)) {
  }
}

bool Engine::finish(const std::function<bool()>& is_all_heard) {
  if (sending_.joinable()) {
    sending_.join();
  }
  if (!receiving_.joinable()) {
    return false;
  }
  using Stop = receiver::Receiver::Stop;
  stop_receiving_.store(is_all_heard && is_all_heard() ? Stop::kNow : Stop::kWhenRead,
                        std::memory_order_release);
  rx_.wake();
  receiving_.join();
  return true;
}

}  // namespace echosweep::modes

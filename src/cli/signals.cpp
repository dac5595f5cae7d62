#include "cli/signals.hpp"

#include <csignal>

namespace echosweep::cli {

namespace {

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch nothing else");

std::atomic<std::atomic<int>*> target{nullptr};
std::atomic<int> first_signal{0};

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigaction(number, &action, nullptr);
}

void on_signal(int number) {
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  if (target.load()->fetch_add(1) >= 1) {
    set_handler(SIGINT, SIG_DFL);
    set_handler(SIGTERM, SIG_DFL);
  }
}

}  // namespace

SignalWatch::SignalWatch(std::atomic<int>& stop_requests) {
  target.store(&stop_requests);
  set_handler(SIGPIPE, SIG_IGN);
  set_handler(SIGINT, on_signal);
  set_handler(SIGTERM, on_signal);
}

SignalWatch::~SignalWatch() {
  set_handler(SIGINT, SIG_DFL);
  set_handler(SIGTERM, SIG_DFL);
}

int received_signal() {
  return first_signal.load();
}

}  // namespace echosweep::cli

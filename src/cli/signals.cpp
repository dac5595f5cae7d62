#include "cli/signals.hpp"

#include <csignal>

namespace echosweep::cli {

namespace {

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch nothing else");

std::atomic<std::atomic<int>*> target{nullptr};
std::atomic<int> first_signal{0};

void on_signal(int number) {
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  if (target.load()->fetch_add(1) >= 1) {
    struct sigaction by_default{};
    by_default.sa_handler = SIG_DFL;
    sigaction(SIGINT, &by_default, nullptr);
    sigaction(SIGTERM, &by_default, nullptr);
  }
}

}  // namespace

void direct_signals_to(std::atomic<int>& stop_requests) {
  target.store(&stop_requests);
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

int received_signal() {
  return first_signal.load();
}

}  // namespace echosweep::cli

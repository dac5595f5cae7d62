#include "cli/signals.hpp"

#include <array>
#include <csignal>

namespace echosweep::cli {

namespace {

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch nothing else");

std::atomic<std::atomic<int>*> target{nullptr};
std::atomic<int> first_signal{0};
std::atomic<int> reports{0};

constexpr std::array kStopSignals = {SIGINT, SIGTERM, SIGHUP};

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigaction(number, &action, nullptr);
}

/// Whoever started us with a signal ignored (nohup, a script's background job) wants it so.
void watch(int number, void (*handler)(int)) {
  struct sigaction before{};
  if (sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
    set_handler(number, handler);
  }
}

void on_signal(int number) {
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  if (target.load()->fetch_add(1) >= 1) {
    for (const int each : kStopSignals) {
      watch(each, SIG_DFL);
    }
  }
}

void on_quit(int) {
  reports.fetch_add(1);
}

}  // namespace

SignalWatch::SignalWatch(std::atomic<int>& stop_requests, bool end_by_interrupt) {
  target.store(&stop_requests);
  set_handler(SIGPIPE, SIG_IGN);
  for (const int number : kStopSignals) {
    watch(number, on_signal);
  }
  if (end_by_interrupt) {
    set_handler(SIGINT, on_signal);
  }
  set_handler(SIGQUIT, on_quit);
}

SignalWatch::~SignalWatch() {
  for (const int number : kStopSignals) {
    watch(number, SIG_DFL);
  }
  set_handler(SIGQUIT, SIG_DFL);
}

int received_signal() {
  return first_signal.load();
}

int requested_reports() {
  return reports.load();
}

}  // namespace echosweep::cli

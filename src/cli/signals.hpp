#pragma once

#include <atomic>

namespace echosweep::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP raise `stop_requests` by one each; the third does what the
/// system does by itself. One that was ignored when we started (nohup, a script's background job) stays
/// ignored; but for SIGINT where `end_by_interrupt` says that it is the way to end this run. SIGPIPE is
/// ignored from then on: a reader that goes away shows as an error of the write. One at a time.
class SignalWatch {
 public:
  explicit SignalWatch(std::atomic<int>& stop_requests, bool end_by_interrupt = false);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
};

/// The first of them that came; 0: none.
int received_signal();

/// How often SIGQUIT asked for a report of the state of things, while a SignalWatch lived.
int requested_reports();

}  // namespace echosweep::cli

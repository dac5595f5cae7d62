#pragma once

#include <atomic>

namespace echosweep::cli {

/// SIGINT and SIGTERM raise `stop_requests`, one each, from now on; the third does what the system does by
/// itself. SIGPIPE is ignored: a reader that goes away shows as an error of the write. What `stop_requests`
/// points to must live as long as the process.
void direct_signals_to(std::atomic<int>& stop_requests);

/// The first signal that came; 0: none.
int received_signal();

}  // namespace echosweep::cli

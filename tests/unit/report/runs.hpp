#pragma once

#include <cerrno>
#include <chrono>

#include "report/accounting.hpp"

namespace echosweep::report {

/// A run of four targets that began at 2023-11-14 22:13:20.123456789 UTC.
inline RunInfo run_info() {
  RunInfo run;
  run.version = "1.2.3";
  run.command = {"echosweep", "--json", "-", "192.0.2.0/30"};
  run.started = WallTime(std::chrono::nanoseconds(1'700'000'000'123'456'789));
  run.targets = 4;
  run.order = "random";
  run.seed = 18'446'744'073'709'551'615U;
  run.rate = PacketRate{10'000};
  run.retries = 1;
  run.timeout = std::chrono::milliseconds(500);
  return run;
}

/// Every field has a value of its own; they are not those of one run.
inline Accounting accounting() {
  Accounting sums;
  sums.targets = 10;
  sums.alive = 4;
  sums.unreachable = 3;
  sums.silent = 2;
  sums.unsent = 1;
  sums.probes_by_pass = {9, 5};
  sums.alive_by_pass = {3, 1};
  sums.missed = {.about = 0.25, .at_most = 5, .answered = 0.75};
  sums.echo_replies = 6;
  sums.icmp_errors = 7;
  sums.late = 8;
  sums.extra = 2;
  sums.foreign = 11;
  sums.forged = 12;
  sums.malformed = 13;
  sums.capture_drops = 14;
  sums.send_errors = {{EPERM, 1}, {ENOBUFS, 5}};
  sums.retries_of_sends = 15;
  sums.neighbour_requests = 17;
  sums.neighbour_answers = 16;
  sums.transmitted = {{"raw", 19}, {"packet", 18}};
  sums.rtt_min = std::chrono::nanoseconds(123'456);
  sums.rtt_max = std::chrono::nanoseconds(2'000'500);
  sums.rtt_sum = std::chrono::nanoseconds(4'000'000);
  sums.rtt_count = 4;
  sums.unresolved_names = 16;
  sums.unsaved_packets = 21;
  sums.elapsed = std::chrono::milliseconds(1500);
  sums.sending = std::chrono::milliseconds(250);
  sums.signal = 2;
  sums.stopped_by = "--max-runtime";
  sums.hints = {"raise gc_thresh3"};
  return sums;
}

}  // namespace echosweep::report

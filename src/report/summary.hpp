#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "report/accounting.hpp"
#include "report/count_sink.hpp"

namespace echosweep::report {

/// The numbers of fping's -s. Its words keep fping's meaning: `unreachable` is whoever is not alive, and
/// `unknown_addresses` are names that did not resolve (no targets).
struct FpingStats {
  std::uint64_t targets = 0;
  std::uint64_t alive = 0;
  std::uint64_t unreachable = 0;
  std::uint64_t unknown_addresses = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t other_icmp = 0;
  std::chrono::nanoseconds rtt_min{0};  ///< this and the next two: 0 without a reply
  std::chrono::nanoseconds rtt_avg{0};
  std::chrono::nanoseconds rtt_max{0};
  std::chrono::nanoseconds elapsed{0};
};

/// Of a sweep: `timeouts` are the probes that no reply answered.
FpingStats fping_stats(const Accounting& accounting);
/// Of a run of rounds: `sent` has the probes that did not leave, too, as fping counts them; `received` has
/// late replies and duplicates.
FpingStats fping_stats(const CountTotals& totals);

/// fping's -s block word for word, blank lines in front and behind included.
std::string format_fping_stats(const FpingStats& stats);
inline std::string format_fping_stats(const Accounting& accounting) {
  return format_fping_stats(fping_stats(accounting));
}
inline std::string format_fping_stats(const CountTotals& totals) {
  return format_fping_stats(fping_stats(totals));
}

/// Six lines that account for every target, probe, reply and loss:
///   accounting: 3 targets = 1 alive + 1 icmp-unreachable + 1 silent + 0 unsent
///   probes: 5 sent (pass 0: 3, pass 1: 2)
///   replies: 1 echo, 2 icmp errors, 0 late, 0 extra, 0 foreign, 0 forged, 0 malformed
///   capture: 0 dropped
///   send errors: 5 ENOBUFS (No buffer space available), 1 EPERM (Operation not permitted); 5 sent again
///   missed: about 0.4, at most 3 of 31,247 alive (95%)
/// The frequent send error first; `none` without any. `missed: unknown (one pass only: -r 1 or more tells)`.
/// One more where the run chose its rate (auto), or came
/// down (max):
///   rate: auto, 9834/s at the end; control: 812 sent, 809 answered; loss 0.4% (0.1% to 1.2%) of the last 520
///   rate: max, came down 2 times, 153000/s at the end
std::string format_accounting(const Accounting& accounting);

/// The same of a run of rounds, five lines or six:
///   accounting: 3 targets = 1 alive + 1 icmp-unreachable + 1 silent + 0 unsent
///   probes: 30 sent = 9 answered in time + 20 timed out (1 answered late) + 1 in flight; 0 not sent
///   replies: 12 echo (1 late, 2 duplicates), 10 icmp errors, 0 foreign, 0 forged, 0 malformed
///   capture: 0 dropped
///   send errors: none
///   transmit: 30 by raw
std::string format_accounting(const CountTotals& totals);

}  // namespace echosweep::report

#pragma once

#include <string>

#include "report/accounting.hpp"

namespace echosweep::report {

/// fping's -s block word for word, blank lines in front and behind included. Its words keep fping's meaning:
/// `unreachable` is whoever is not alive, `unknown addresses` are names that did not resolve (no targets),
/// and `timeouts` are the probes that no reply answered.
std::string format_fping_stats(const Accounting& accounting);

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

}  // namespace echosweep::report

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/quantities.hpp"

namespace echosweep::report {

/// What a run set out to do; known before the first probe.
struct RunInfo {
  std::string version;
  std::vector<std::string> command;  ///< argv as given
  WallTime started;
  std::uint64_t targets = 0;  ///< of the shard
  std::string order;          ///< "random" or "input"
  std::uint64_t seed = 0;
  Shard shard{};
  std::string set;  ///< what all shards' targets together are known by; empty: there is one shard
  PacketRate rate;
  std::optional<double> max_loss;  ///< 0 to 1: the run finds its rate itself, and `rate` says nothing
  unsigned retries = 0;            ///< with `complete`: the most
  std::optional<double> complete = std::nullopt;  ///< percent
  std::chrono::nanoseconds timeout{0};
};

/// What --rate auto learned from the probes that it sent again to hosts that had answered. They are no part
/// of the other counts, and neither are their first answers.
struct ControlAccount {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t judged = 0;  ///< the latest ones at about the last rate, of which what follows speaks
  double loss = 0;           ///< 0 to 1
  double loss_low = 0;       ///< the ends of its 95% confidence interval
  double loss_high = 1;
};

/// What became of it: alive + unreachable + silent + unsent = targets, always.
struct Accounting {
  std::uint64_t targets = 0;
  std::uint64_t alive = 0;
  std::uint64_t unreachable = 0;  ///< an ICMP error, and no reply
  std::uint64_t silent = 0;
  std::uint64_t unsent = 0;

  /// Alive targets that answered no pass, estimated; empty where the run cannot tell.
  struct Missed {
    double about = 0;
    std::uint64_t at_most = 0;  ///< at 95%
    double answered = 1;        ///< the chance that a probe to an alive target is answered
  };
  std::optional<Missed> missed;
  std::string missed_unknown;                ///< why it cannot
  std::vector<std::uint64_t> alive_by_pass;  ///< [k]: whose first reply answered the probe of pass k

  std::vector<std::uint64_t> probes_by_pass;  ///< [0]: first probes, [k]: k-th retries
  std::uint64_t echo_replies = 0;             ///< all verified echo replies, extra ones included
  std::uint64_t icmp_errors = 0;              ///< verified ICMP messages other than echo replies
  std::uint64_t late = 0;                     ///< verified replies after their pass's timeout
  std::uint64_t extra = 0;                    ///< verified replies to targets that were alive already
  std::uint64_t foreign = 0;                  ///< ICMP that answers somebody else's packets
  std::uint64_t forged = 0;                   ///< ICMP that claims to answer ours and fails the check
  std::uint64_t malformed = 0;                ///< ICMP too short or too broken to read
  std::uint64_t capture_drops = 0;            ///< packets that the capture lost (ps_drop + ps_ifdrop)
  std::uint64_t neighbour_requests = 0;       ///< probes that were ARP requests or neighbour solicitations
  std::uint64_t neighbour_answers = 0;        ///< targets that answered them
  std::map<int, std::uint64_t> send_errors;   ///< failed sends by errno, ENOBUFS and EAGAIN included
  std::uint64_t retries_of_sends = 0;         ///< sends repeated after ENOBUFS or EAGAIN

  std::optional<PacketRate> rate_at_end;  ///< where the run chose it itself
  unsigned rate_falls = 0;  ///< how often --rate max came down because this machine lost packets
  std::optional<ControlAccount> control;

  std::optional<std::chrono::nanoseconds> rtt_min;
  std::optional<std::chrono::nanoseconds> rtt_max;
  RttSum rtt_sum{0};
  std::uint64_t rtt_count = 0;

  std::uint64_t unresolved_names = 0;
  std::uint64_t unsaved_packets = 0;  ///< proven ones that had no room on their way to a file of packets
  std::chrono::nanoseconds elapsed{0};
  std::chrono::nanoseconds sending{0};  ///< of that, until the last probe left
  /// How the run ended: 0 by itself, else the signal that stopped it.
  int signal = 0;
  /// Why it ended early otherwise ("--max-runtime", "neighbour table full"); empty: it did not.
  std::string stopped_by;
  /// Advice for the user, a line each, found from the errors of this run.
  std::vector<std::string> hints;

  /// Packets that left by each transmit back end that sent any ("packet", "raw", …).
  std::map<std::string, std::uint64_t> transmitted;

  /// Adds what an earlier part of this run sent and heard. What became of the targets, and what is true of
  /// the run's end alone, stays as it is.
  void add(const Accounting& earlier);
  /// All that were sent, over all passes.
  std::uint64_t probes() const;
  /// Whether every target ended in exactly one state.
  bool adds_up() const { return alive + unreachable + silent + unsent == targets; }
};

}  // namespace echosweep::report

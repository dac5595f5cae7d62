#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/cache_line.hpp"
#include "core/spsc_queue.hpp"
#include "modes/completeness.hpp"
#include "modes/ledger.hpp"
#include "modes/on_link.hpp"
#include "net/packet_rx.hpp"
#include "packet/decode.hpp"
#include "targets/walk.hpp"

namespace echosweep::modes {

struct SweepOptions {
  unsigned retries = 1;  ///< with `complete`: the most
  /// Go on until, at 95%, so many percent of the alive are found; nothing: all retries, whatever they find.
  std::optional<double> complete = std::nullopt;
  std::chrono::nanoseconds timeout = std::chrono::milliseconds(500);
  double backoff = 1.5;
  std::chrono::nanoseconds drain{0};        ///< after the last probe
  std::chrono::nanoseconds max_runtime{0};  ///< 0: none
  std::uint64_t max_probes = 0;             ///< 0: none
  NeighbourUse neighbours = NeighbourUse::kByKernel;
  /// Of kByKernel: so many targets of ours may wait for the kernel's ARP or ND at once; 0: any number.
  std::uint64_t kernel_neighbours = 0;
  bool auto_rate = false;      ///< the run finds its rate itself
  double max_loss = 0.01;      ///< the share of probes that this rate may cost
  bool check_source = false;   ///< a reply counts only from the address that was asked
  bool tell_asides = false;    ///< see Aside
  bool keep_packets = false;   ///< proven packets go on to the main thread as they came, for a file
  bool fail_for_good = false;  ///< a target that could not be sent a probe is not asked again
};

/// The most passes that a run can have: the payload's pass number is one byte, and its last value is taken.
inline constexpr std::size_t kMaxPasses = 255;
/// What stands in its place in a control probe: one that measures the path and asks nobody anything.
inline constexpr Pass kControlPass{255};

/// How long a probe of this pass is waited for before the target is asked again, or called silent.
std::chrono::nanoseconds timeout_of(const SweepOptions& options, Pass pass);

/// The first reply of a target, on its way from the receiver thread to the main thread.
struct ReplyEvent {
  Address from;  // first, because of its alignment: 64 bytes in all
  std::uint64_t index = 0;
  std::int64_t rtt_ns = -1;  ///< -1: not known; of a neighbour's answer: MacAddress::value()
  WallTime received;
  Ttl ttl{};
  Tos tos{};
  Pass pass{};
  bool is_neighbour = false;  ///< alive by ARP or ND, not by an echo reply
};

static_assert(sizeof(ReplyEvent) == 64);

/// What happens besides first replies, on its way to the main thread: of use to whoever prints it as it
/// comes, and in nobody's way, for where the main thread has no time for it, it is forgotten.
struct Aside {
  enum class Kind : std::uint8_t { kIcmpError, kExtraReply, kSendFailure, kTimestamps };
  Kind kind = Kind::kIcmpError;
  Pass pass{};
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  int error = 0;           ///< errno, of a failed send
  std::uint32_t size = 0;  ///< bytes of a reply's ICMP message
  std::int64_t rtt_ns = -1;
  std::uint64_t index = 0;
  Address from;
  packet::TimestampTimes times{};  ///< of a timestamp reply, in front of its ReplyEvent
};

/// What the receiver tells the sender of hosts that answer, where there are control probes.
struct HostNews {
  std::uint64_t index = 0;
  std::optional<MonotonicTime> sent;  ///< when the probe that it answers left, if that is known
  bool control = false;               ///< it answers a control probe; else this is its first reply
  MacAddress mac{};                   ///< of a host on our own links, where we ask for it
};

/// What the three threads of a sweep share, and how: atomics, one queue, and one lock for rare words.
struct SweepState {
  SweepState(const targets::TargetSet& targets_in, const targets::Order& order_in,
             const SweepOptions& options_in, std::size_t queue_slots, net::Attached* attached_in = nullptr)
      : targets(targets_in, order_in),
        options(options_in),
        attached(attached_in),
        ledger(order_in.size()),
        events(queue_slots),
        heard_asides(options_in.tell_asides ? kAsideSlots : 1),
        sent_asides(options_in.tell_asides ? kAsideSlots : 1),
        proven(options_in.keep_packets ? queue_slots : 1),
        hosts(options_in.auto_rate ? kHostSlots : 1) {
    if (attached != nullptr && options.neighbours != NeighbourUse::kByKernel) {
      on_link.emplace(*attached, options.neighbours, targets.size(), queue_slots);
    }
  }

  static constexpr std::size_t kHostSlots = 1 << 13;
  static constexpr std::size_t kAsideSlots = 1 << 12;

  /// In a sweep a target's index is its number in the walk.
  const targets::Walk targets;
  const SweepOptions& options;
  net::Attached* attached;  ///< nothing: nobody knows what is on our links
  std::optional<OnLink> on_link;
  Ledger ledger;
  SpscQueue<ReplyEvent> events;           ///< receiver → main
  SpscQueue<Aside> heard_asides;          ///< receiver → main
  SpscQueue<Aside> sent_asides;           ///< sender → main
  SpscQueue<net::CapturedPacket> proven;  ///< receiver → main: what answered, with keep_packets
  SpscQueue<HostNews> hosts;  ///< receiver → sender: a sample of first replies, and all to control probes

  /// sender → main: until when a run that was stopped waits for replies; nanoseconds of MonotonicTime, 0: it
  /// was not.
  std::atomic<std::int64_t> drain_until{0};
  /// main → sender: 1: send no more, wait for what is on its way; 2: do not wait either.
  std::atomic<int> stop_requests{0};
  /// receiver → sender: packets that the capture lost.
  std::atomic<std::uint64_t> capture_drops{0};
  /// sender → receiver, main: passes begun, probes sent, and each pass's cursor.
  std::atomic<unsigned> passes{1};
  alignas(kCacheLine) std::atomic<std::uint64_t> probes{0};
  std::array<std::atomic<std::uint64_t>, kMaxPasses> cursors{};
  /// receiver → sender, main: targets that answered first, by the pass of the probe that they answered.
  alignas(kCacheLine) std::array<std::atomic<std::uint64_t>, kMaxPasses> first_answers{};

  /// main → sender: first replies that were taken from the queue and have gone to no output yet.
  std::atomic<std::size_t> gathered{0};

  /// Any thread: how many more first replies all the queues that they go through can take.
  std::size_t room_for_replies() const;
  /// Of the passes begun so far, of which `whole` count.
  FirstAnswers answers(std::size_t whole, std::uint64_t unanswered) const;
  /// sender → main: what `auto` knows of the path's loss at this rate.
  std::atomic<double> rate{0};
  std::atomic<std::uint64_t> controls_lost{0};
  std::atomic<std::uint64_t> controls_judged{0};
};

}  // namespace echosweep::modes

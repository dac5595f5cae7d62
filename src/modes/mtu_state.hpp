#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/quantities.hpp"
#include "core/spsc_queue.hpp"
#include "mtu/finding.hpp"
#include "packet/mtu_codec.hpp"
#include "targets/target_set.hpp"

namespace echosweep::modes {

struct MtuOptions {
  std::uint16_t largest = 65535;  ///< no larger packet is tried
  unsigned retries = 2;           ///< of a packet that is not answered
  /// For an answer, where the target's round trip time is not known yet; later waits are as long as that
  /// says, and no longer than this.
  std::chrono::nanoseconds wait = std::chrono::seconds(1);
  bool tells_steps = false;
};

/// receiver → sender: something came back that names one of our probes. Whether that was ever sent, and how
/// large it was, the sender knows.
struct MtuEvent {
  std::uint64_t index = 0;
  std::uint16_t number = 0;  ///< of the target's probes, modulo 2^16
  mtu::Answer::Kind kind = mtu::Answer::Kind::kArrived;
  Address from{};
  std::chrono::nanoseconds rtt{-1};  ///< negative: not known
  std::uint32_t size = 0;            ///< bytes of the reply's IP packet
  std::uint32_t mtu = 0;             ///< as told
  Ttl ttl{};                         ///< of the reply as it came in; kTooBig: of the probe as it is quoted
  IcmpError error{};
};

/// sender → main thread.
struct MtuNews {
  bool is_step = false;
  mtu::Step step{};
  mtu::Finding finding{};
};

/// What the threads of a run share.
struct MtuState {
  MtuState(const targets::TargetSet& targets_in, const packet::MtuCodec& codec_in,
           const MtuOptions& options_in)
      : targets(targets_in), codec(codec_in), options(options_in) {}

  /// A second's replies at 65,000 a second.
  static constexpr std::size_t kEvents = 1 << 16;
  static constexpr std::size_t kNews = 1 << 12;

  const targets::TargetSet& targets;
  const packet::MtuCodec& codec;
  const MtuOptions options;
  SpscQueue<MtuEvent> events{kEvents};
  SpscQueue<MtuNews> news{kNews};
  /// receiver → sender: all that came in before this has been put into `events`; nanoseconds of
  /// MonotonicTime.
  std::atomic<std::int64_t> heard_until{0};
  /// main → sender: 1: send no more; 2 or more: end now.
  std::atomic<int> stop_requests{0};
  std::atomic<std::uint64_t> capture_drops{0};
};

}  // namespace echosweep::modes

#pragma once

#include <atomic>
#include <vector>

#include "core/clock.hpp"
#include "net/packet_rx.hpp"
#include "packet/decode.hpp"
#include "packet/sweep_codec.hpp"
#include "receiver/arrival_clock.hpp"
#include "receiver/reply.hpp"

namespace echosweep::receiver {

/// The receiving thread's loop: captured bytes in, replies with what they prove out. What is not ours ends
/// here, as a number.
class Receiver {
 public:
  Receiver(const Clock& clock, net::PacketRx& rx, const packet::SweepCodec& codec, ReplyHandler& handler);

  /// Returns when `stop` is set and what had arrived by then is read, or when the capture fails. `drops` is
  /// kept at the number of packets that the capture had no room for.
  Result<void> run(const std::atomic<bool>& stop, std::atomic<std::uint64_t>& drops);

  // To be read when run() has returned.
  std::uint64_t foreign() const { return foreign_; }
  std::uint64_t malformed() const { return malformed_; }

 private:
  void handle(std::span<const net::CapturedPacket> packets);
  void count(packet::NotDecoded why);

  const Clock& clock_;
  net::PacketRx& rx_;
  const packet::SweepCodec& codec_;
  ReplyHandler& handler_;
  ArrivalClock arrival_;
  std::vector<net::CapturedPacket> packets_;
  std::vector<Reply> replies_;
  std::uint64_t foreign_ = 0;
  std::uint64_t malformed_ = 0;
};

}  // namespace echosweep::receiver

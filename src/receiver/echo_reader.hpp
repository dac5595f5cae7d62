#pragma once

#include <vector>

#include "packet/decode.hpp"
#include "packet/sweep_codec.hpp"
#include "receiver/packet_handler.hpp"
#include "receiver/reply.hpp"

namespace echosweep::receiver {

/// Reads what answers a sweep's probes: captured bytes in, replies with what they prove out. What is not ours
/// ends here, as a number.
class EchoReader final : public PacketHandler {
 public:
  EchoReader(const packet::SweepCodec& codec, ReplyHandler& handler);

  void on_packets(std::span<const net::CapturedPacket> packets, const ArrivalClock& arrival) override;
  void heard_all_before(MonotonicTime time) override { handler_.heard_all_before(time); }

  // To be read when the receiver has ended.
  std::uint64_t foreign() const { return foreign_; }
  std::uint64_t malformed() const { return malformed_; }

 private:
  void count_refusal(packet::NotDecoded why);

  const packet::SweepCodec& codec_;
  ReplyHandler& handler_;
  /// Used again for each batch: to clear them first would take a tenth of the time that reading takes.
  std::vector<Reply> replies_;
  std::uint64_t foreign_ = 0;
  std::uint64_t malformed_ = 0;
};

}  // namespace echosweep::receiver

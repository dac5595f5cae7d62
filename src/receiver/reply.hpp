#pragma once

#include <optional>
#include <span>

#include "core/quantities.hpp"
#include "net/packet_rx.hpp"
#include "packet/decode.hpp"
#include "packet/neighbour.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::receiver {

/// A packet that claims to answer a probe of this run: it has our identifier.
struct Reply : packet::DecodedReply {
  /// What its payload proves; nothing where that was cut or rewritten: then sequence and `probed` must do.
  std::optional<packet::SweepCodec::Tagged> tagged;
  MonotonicTime received;
  WallTime received_wall;
  const net::CapturedPacket* packet = nullptr;  ///< as it came; lives for the call, and `payload` with it
};

/// A mode's half that knows what a reply means. Receiver thread only; one virtual call a batch.
class ReplyHandler {
 public:
  virtual ~ReplyHandler() = default;
  /// Also called now and then without any, so that the mode sees time pass; `now` is when they were read.
  virtual void on_replies(std::span<const Reply> replies, MonotonicTime now) = 0;
  /// Somebody on the packet's link says that he has that address.
  virtual void on_neighbour(const packet::NeighbourAnswer& answer, const net::CapturedPacket& packet) = 0;
  /// Whatever came in before `time` has been handed over.
  virtual void heard_all_before(MonotonicTime /*time*/) {}
};

}  // namespace echosweep::receiver

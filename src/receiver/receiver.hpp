#pragma once

#include <atomic>
#include <vector>

#include "core/clock.hpp"
#include "net/packet_rx.hpp"
#include "receiver/arrival_clock.hpp"
#include "receiver/packet_handler.hpp"

namespace echosweep::receiver {

/// The receiving thread's loop: hands on what is captured, until it is told to stop.
class Receiver {
 public:
  Receiver(const Clock& clock, net::PacketRx& rx, PacketHandler& handler);

  /// Returns when `stop` is set and what had arrived by then is read, or when the capture fails. `drops` is
  /// kept at the number of packets that the capture had no room for.
  Result<void> run(const std::atomic<bool>& stop, std::atomic<std::uint64_t>& drops);

 private:
  const Clock& clock_;
  net::PacketRx& rx_;
  PacketHandler& handler_;
  ArrivalClock arrival_;
  std::vector<net::CapturedPacket> packets_;
};

}  // namespace echosweep::receiver

#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "core/clock.hpp"
#include "core/step_gate.hpp"
#include "net/packet_rx.hpp"
#include "receiver/arrival_clock.hpp"
#include "receiver/packet_handler.hpp"

namespace echosweep::receiver {

/// The receiving thread's loop: hands on what is captured, until it is told to stop.
class Receiver {
 public:
  enum class Stop : std::uint8_t {
    kNot,
    kWhenRead,  ///< when what has come in is read, which the capture may hand out a little later
    kNow,       ///< nothing is waited for any more
  };

  Receiver(const Clock& clock, net::PacketRx& rx, PacketHandler& handler);

  /// Returns when it is told to by `stop`, or when the capture fails. `drops` is kept at the number of
  /// packets that the capture had no room for.
  Result<void> run(const std::atomic<Stop>& stop, std::atomic<std::uint64_t>& drops);

  /// Between two steps of run(): nothing is being handed to the handler. Any thread.
  [[nodiscard]] StepGate::Hold hold() { return gate_.hold(); }

 private:
  StepGate gate_;
  const Clock& clock_;
  net::PacketRx& rx_;
  PacketHandler& handler_;
  ArrivalClock arrival_;
  std::vector<net::CapturedPacket> packets_;
};

}  // namespace echosweep::receiver

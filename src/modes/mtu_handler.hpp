#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "modes/mtu_state.hpp"
#include "packet/icmp_message.hpp"
#include "receiver/packet_handler.hpp"

namespace echosweep::modes {

/// The hearing half of a search for path MTUs: what a packet says about which of our probes. Receiver thread
/// only.
class MtuHandler final : public receiver::PacketHandler {
 public:
  explicit MtuHandler(MtuState& state) : state_(state) {}

  void on_packets(std::span<const net::CapturedPacket> packets,
                  const receiver::ArrivalClock& arrival) override;
  void heard_all_before(MonotonicTime time) override;

  /// Packets that came in, by what became of them.
  struct Counters {
    std::uint64_t replies = 0;
    std::uint64_t errors = 0;
    std::uint64_t foreign = 0;    ///< of others: pings of this machine's, errors about other packets
    std::uint64_t forged = 0;     ///< with our identifier, and not about one of our targets, or a wrong tag
    std::uint64_t malformed = 0;  ///< no whole message, or a wrong checksum
    std::uint64_t no_room = 0;    ///< the sender could not take them
  };
  /// When the thread has ended.
  const Counters& counters() const { return counters_; }

 private:
  std::optional<MtuEvent> read(const net::CapturedPacket& packet, MonotonicTime received);
  std::optional<MtuEvent> read_reply(const packet::IcmpMessage& message, const Address& source,
                                     MonotonicTime received);
  std::optional<MtuEvent> read_error(const packet::IcmpMessage& message, std::uint32_t interface);

  MtuState& state_;
  Counters counters_;
};

}  // namespace echosweep::modes

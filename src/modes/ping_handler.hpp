#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "modes/ping_state.hpp"
#include "receiver/packet_handler.hpp"

namespace echosweep::modes {

/// The receiving half of ping: which request a packet answers, and what is wrong with it. Receiver thread
/// only, but for the constructor.
class PingHandler final : public receiver::PacketHandler {
 public:
  /// `own_identifiers`: a request's identifier names its target; else all have the same (ping sockets), and
  /// the address does.
  PingHandler(PingState& state, bool own_identifiers);

  void on_packets(std::span<const net::CapturedPacket> packets,
                  const receiver::ArrivalClock& arrival) override;

 private:
  /// An ICMP message as it came.
  struct Message {
    const net::CapturedPacket& packet;
    Address source;  ///< with its zone, where it needs one
    std::optional<Ttl> ttl;
    std::span<const std::uint8_t> options;  ///< of the IPv4 header
    std::span<const std::uint8_t> bytes;    ///< from the ICMP header on, 8 at least
    bool bad_checksum = false;
    MonotonicTime received;
  };
  std::optional<Message> read(const net::CapturedPacket& packet, const receiver::ArrivalClock& arrival) const;
  void take_reply(const Message& message, const packet::PingCodec::Named& named);
  void read_answer(const Message& message, std::span<const std::uint8_t> data, ping::Reply& reply) const;
  void take_complaint(const Message& message);
  /// `interface`: where the packet came in, for addresses that need a zone and have none.
  std::optional<std::size_t> target_of(Identifier identifier, const Address& address,
                                       std::uint32_t interface) const;
  std::optional<std::size_t> target_of_other_address(Family family) const;
  std::uint32_t acknowledge(PingProgress& progress, Sequence sequence);
  void adapt(std::size_t target, std::chrono::nanoseconds rtt);
  void hand_over(std::size_t target, const Message& message, std::uint32_t pipe, ping::Event what);

  PingState& state_;
  bool own_identifiers_;
  std::map<Address, std::size_t> by_address_;  ///< with the zones that they need
  /// Nothing: several targets have the address, in zones of their own.
  std::map<Address, std::optional<std::size_t>> by_unzoned_;
  std::vector<std::int64_t> ewma_eighths_;  ///< round trips of each target, microseconds
};

}  // namespace echosweep::modes

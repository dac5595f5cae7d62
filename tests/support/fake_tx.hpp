#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "net/packet_tx.hpp"

namespace echosweep::support {

/// Keeps what is sent, and refuses by script. Errors are of one packet, as PacketTx promises.
class FakeTx final : public net::PacketTx {
 public:
  struct Sent {
    std::vector<std::uint8_t> bytes;
    Address destination;
  };

  /// The first packet of each of the next `times` calls gets `error`.
  void refuse_next(int times, int error) {
    refusals_left_ = times;
    refusal_ = error;
  }
  /// Every packet to this address gets `error`; 0: no more.
  void refuse(const Address& destination, int error) { refused_[destination] = error; }
  /// No call takes more than so many packets; the next one gets `error`, or where that is 0 is just not
  /// taken.
  void take_at_most(std::size_t packets, int error) {
    most_ = packets;
    most_error_ = error;
  }
  /// Called before each send(), with the packets that it is given.
  void on_send(std::function<void(std::span<const net::OutgoingPacket>)> hook) { hook_ = std::move(hook); }

  /// So many packets that count as left wait on our side; each flush() hands one of them on, `stuck` never.
  void keep_back(std::size_t packets, std::size_t stuck) {
    waiting_ = packets;
    stuck_ = stuck;
  }

  net::SendResult send(std::span<const net::OutgoingPacket> packets) override;
  std::size_t flush() override { return waiting_ > stuck_ ? --waiting_ : waiting_; }

  const std::vector<Sent>& sent() const { return sent_; }
  /// How many packets each call was given.
  const std::vector<std::size_t>& calls() const { return calls_; }

 private:
  std::vector<Sent> sent_;
  std::vector<std::size_t> calls_;
  std::map<Address, int> refused_;
  std::function<void(std::span<const net::OutgoingPacket>)> hook_;
  int refusals_left_ = 0;
  int refusal_ = 0;
  std::size_t most_ = ~std::size_t{0};
  int most_error_ = 0;
  std::size_t waiting_ = 0;
  std::size_t stuck_ = 0;
};

}  // namespace echosweep::support

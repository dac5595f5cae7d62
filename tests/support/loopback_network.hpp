#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "net/packet_rx.hpp"
#include "net/packet_tx.hpp"
#include "support/fake_clock.hpp"
#include "support/packets.hpp"

namespace echosweep::support {

/// A network on a FakeClock: packets that are sent come back as its rules say, when they say. Sender and
/// receiver may be real threads: while the sender sleeps, the clock goes from one arrival to the next and
/// waits at each until the receiver has dealt with it. So a run takes no real time, and always goes the same
/// way.
class LoopbackNetwork {
 public:
  /// One packet that answers a probe.
  struct Answer {
    std::chrono::nanoseconds delay{0};
    std::optional<IcmpError> error{};  ///< nothing: an echo reply
    AnswerOptions options{};
    bool dropped = false;  ///< the capture has no room for it
    /// Instead: who has the address, by ARP or ND.
    std::optional<MacAddress> neighbour = std::nullopt;
  };
  /// What becomes of a probe: `error`, an errno, keeps it from leaving; else these come back.
  struct Fate {
    int error = 0;
    std::vector<Answer> answers{};
  };
  /// Called once for each try to send; sender thread.
  using Rules = std::function<Fate(const net::OutgoingPacket& packet, MonotonicTime now)>;

  LoopbackNetwork(FakeClock& clock, Rules rules);

  net::PacketTx& tx() { return tx_; }
  net::PacketRx& rx() { return rx_; }

  /// A packet that nobody asked for.
  void inject(const net::CapturedPacket& packet, MonotonicTime arrival);
  /// The capture fails as soon as it has yielded so many packets.
  void break_capture_after(std::uint64_t packets, Error error);
  /// Packets that left, by now.
  std::uint64_t sent() const;

 private:
  class Tx final : public net::PacketTx {
   public:
    explicit Tx(LoopbackNetwork& network) : network_(network) {}
    net::SendResult send(std::span<const net::OutgoingPacket> packets) override {
      return network_.send(packets);
    }

   private:
    LoopbackNetwork& network_;
  };
  class Rx final : public net::PacketRx {
   public:
    explicit Rx(LoopbackNetwork& network) : network_(network) {}
    Result<std::size_t> receive(std::span<net::CapturedPacket> packets, std::chrono::nanoseconds) override {
      return network_.receive(packets);
    }
    std::uint64_t drops() override;

   private:
    LoopbackNetwork& network_;
  };

  struct Arrival {
    bool dropped = false;
    net::CapturedPacket packet;
  };

  net::SendResult send(std::span<const net::OutgoingPacket> packets);
  Result<std::size_t> receive(std::span<net::CapturedPacket> packets);
  void sleep_until(MonotonicTime when);
  bool something_is_due() const;
  void wait_for_receiver(std::unique_lock<std::mutex>& lock);

  FakeClock& clock_;
  Rules rules_;
  Tx tx_{*this};
  Rx rx_{*this};

  mutable std::mutex lock_;
  std::condition_variable changed_;
  std::multimap<MonotonicTime, Arrival> on_the_way_;
  bool receiver_waits_ = false;
  bool receiver_is_gone_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t yielded_ = 0;
  std::uint64_t drops_ = 0;
  std::optional<std::pair<std::uint64_t, Error>> breaks_;
};

}  // namespace echosweep::support

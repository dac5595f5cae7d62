#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "core/cache_line.hpp"
#include "core/clock.hpp"
#include "net/packet_rx.hpp"
#include "net/packet_tx.hpp"
#include "receiver/receiver.hpp"
#include "sender/sender.hpp"

namespace echosweep::modes {

/// The two threads of a run: one sends what a mode's source wants, the other hands on what is heard.
/// All members are called on the main thread; what is passed in outlives the engine.
class Engine {
 public:
  struct Parts {
    Clock& clock;
    net::PacketTx& tx;
    net::PacketRx& rx;
    const packet::ProbeCodec& codec;
    sender::ProbeSource& source;
    receiver::PacketHandler& packets;
    sender::RateControl* rate_control = nullptr;
    std::atomic<int>& stop_requests;            ///< as the mode's source understands them
    std::atomic<std::uint64_t>& capture_drops;  ///< kept at the number of packets that the capture lost
  };
  Engine(const Parts& parts, const sender::Pacer& pacer);
  /// Stops both threads without waiting for replies.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void start();
  /// 1: send no more and wait for replies; 2: do not wait either. Never less than before.
  void request_stop(int how_much);
  bool sending_is_over() const { return sending_over_.load(std::memory_order_acquire); }
  /// Waits for both threads; true the first time. See result(). `is_all_heard`: asked when nothing is sent
  /// any more; true: what may still come in is of no use.
  bool finish(const std::function<bool()>& is_all_heard = {});
  /// Both threads, between two of their steps: what they work on is whole, and stays as it is.
  struct Hold {
    StepGate::Hold sending;
    StepGate::Hold receiving;
  };
  [[nodiscard]] Hold hold() { return {.sending = sender_.hold(), .receiving = receiver_.hold()}; }
  /// After finish(). An Error: one of the threads failed.
  Result<void> result() const { return sending_result_ ? capture_result_ : sending_result_; }

  // After finish(), or while hold() lasts:
  const sender::Sender& sender() const { return sender_; }

 private:
  std::atomic<int>& stop_requests_;
  std::atomic<std::uint64_t>& capture_drops_;
  net::PacketRx& rx_;
  sender::Sender sender_;
  alignas(kCacheLine) receiver::Receiver receiver_;
  std::atomic<receiver::Receiver::Stop> stop_receiving_{receiver::Receiver::Stop::kNot};
  std::atomic<bool> sending_over_{false};
  Result<void> capture_result_;
  Result<void> sending_result_;
  std::thread sending_;
  std::thread receiving_;
};

}  // namespace echosweep::modes

#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "net/packet_rx.hpp"

namespace echosweep::support {

/// A capture that yields what was put in, in order, and never waits. One thread.
class FakeRx final : public net::PacketRx {
 public:
  void put(const net::CapturedPacket& packet) { packets_.push_back(packet); }
  void set_drops(std::uint64_t drops) { drops_ = drops; }
  /// From now on receive() fails.
  void fail_with(Error error) { error_ = std::move(error); }
  /// Called when receive() finds nothing.
  void on_empty(std::function<void()> hook) { hook_ = std::move(hook); }

  Result<std::size_t> receive(std::span<net::CapturedPacket> packets, std::chrono::nanoseconds) override {
    if (error_) {
      return std::unexpected(*error_);
    }
    std::size_t count = 0;
    for (; count < packets.size() && !packets_.empty(); ++count) {
      packets[count] = packets_.front();
      packets_.pop_front();
    }
    if (count == 0 && hook_) {
      hook_();
    }
    return count;
  }
  std::uint64_t drops() override { return drops_; }

 private:
  std::deque<net::CapturedPacket> packets_;
  std::uint64_t drops_ = 0;
  std::optional<Error> error_;
  std::function<void()> hook_;
};

}  // namespace echosweep::support

#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <vector>

#include "core/clock.hpp"
#include "net/packet_rx.hpp"
#include "receiver/reply.hpp"

namespace echosweep::receiver {

/// Two clocks that stand still until a test moves them, or that move by a script: one step a reading.
class ScriptedClock final : public Clock {
 public:
  MonotonicTime now() const override {
    if (!steps_.empty()) {
      mono_ += steps_.front();
      steps_.pop_front();
    }
    return mono_;
  }
  WallTime wall() const override { return WallTime(mono_.time_since_epoch() + offset_); }
  void sleep_until(MonotonicTime when) override { mono_ = std::max(mono_, when); }

  /// Time passes.
  void advance(std::chrono::nanoseconds by) { mono_ += by; }
  /// Somebody sets the system clock.
  void set_wall_forward(std::chrono::nanoseconds by) { offset_ += by; }
  /// How much passes before each of the next readings of now(): a thread that is put aside.
  void pass_before_readings(std::deque<std::chrono::nanoseconds> steps) { steps_ = std::move(steps); }

 private:
  mutable MonotonicTime mono_{std::chrono::seconds(1000)};
  std::chrono::nanoseconds offset_{std::chrono::seconds(1'700'000'000)};
  mutable std::deque<std::chrono::nanoseconds> steps_;
};

/// Gives out what a test has put in, read by read; after that, nothing for ever, or an error.
class ScriptedRx final : public net::PacketRx {
 public:
  Result<std::size_t> receive(std::span<net::CapturedPacket> packets, std::chrono::nanoseconds) override {
    ++reads;
    if (on_read) {
      on_read(reads);
    }
    if (batches.empty()) {
      if (fails_at_end) {
        return fail("cannot capture any more: the interface is gone", 19);
      }
      return 0;
    }
    auto& batch = batches.front();
    const std::size_t taken = std::min(batch.size(), packets.size());
    std::copy_n(batch.begin(), taken, packets.begin());
    batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(taken));
    if (batch.empty()) {
      batches.pop_front();
    }
    return taken;
  }
  std::uint64_t drops() override { return dropped; }

  std::deque<std::vector<net::CapturedPacket>> batches;
  bool fails_at_end = false;
  std::uint64_t dropped = 0;
  int reads = 0;
  /// Called in each receive() with its number, from 1.
  std::function<void(int)> on_read;
};

/// Remembers what it was told.
class RecordingHandler final : public ReplyHandler {
 public:
  void on_replies(std::span<const Reply> batch, MonotonicTime now) override {
    calls += batch.empty() ? 0 : 1;
    read_at = now;
    replies.insert(replies.end(), batch.begin(), batch.end());
  }
  void on_neighbour(const packet::NeighbourAnswer& answer, const net::CapturedPacket& packet) override {
    neighbours.emplace_back(answer, packet.interface);
  }
  MonotonicTime read_at;
  std::vector<std::pair<packet::NeighbourAnswer, std::uint32_t>> neighbours;
  std::vector<Reply> replies;
  int calls = 0;
};

}  // namespace echosweep::receiver

#include "receiver/receiver.hpp"

namespace echosweep::receiver {

namespace {

using namespace std::chrono_literals;

/// Packets a read: 256 of them stay in the second-level cache.
constexpr std::size_t kBatch = 256;
/// How soon a wish to stop is heard when nothing comes in.
constexpr std::chrono::nanoseconds kWait = 20ms;
/// Reads after the wish to stop: twice what the ring holds, so that a flood cannot keep the run from ending.
constexpr int kLastReads = 4096;

}  // namespace

Receiver::Receiver(const Clock& clock, net::PacketRx& rx, PacketHandler& handler)
    : clock_(clock), rx_(rx), handler_(handler), arrival_(clock), packets_(kBatch) {}

Result<void> Receiver::run(const std::atomic<bool>& stop, std::atomic<std::uint64_t>& drops) {
  for (int last_reads = 0; last_reads < kLastReads;) {
    const bool last = stop.load(std::memory_order_acquire);
    const MonotonicTime before = clock_.now();
    // At the end no longer than what has come in may take to be handed out.
    const auto received = rx_.receive(packets_, last ? rx_.delay() : kWait);
    if (!received) {
      return std::unexpected(received.error());
    }
    arrival_.start_batch(*received == packets_.size());
    handler_.on_packets(std::span(packets_).first(*received), arrival_);
    if (*received < packets_.size()) {
      handler_.heard_all_before(before - rx_.delay());
    }
    drops.store(rx_.drops(), std::memory_order_relaxed);
    if (last && *received == 0) {
      break;
    }
    last_reads += last ? 1 : 0;
  }
  return {};
}

}  // namespace echosweep::receiver

#include "receiver/receiver.hpp"

namespace echosweep::receiver {

namespace {

using namespace std::chrono_literals;

/// Packets a read: 256 of them stay in the second-level cache.
constexpr std::size_t kBatch = 256;
/// How soon a wish to stop is heard when nothing comes in.
constexpr std::chrono::nanoseconds kWait = 20ms;
/// Reads after the wish to stop: nine times what the ring holds, so that a flood cannot keep the run from
/// ending.
constexpr int kLastReads = 4096;

std::chrono::nanoseconds wait_for(Receiver::Stop wish, const net::PacketRx& rx) {
  switch (wish) {
    case Receiver::Stop::kNot:
      return kWait;
    case Receiver::Stop::kWhenRead:
      return rx.delay();
    case Receiver::Stop::kNow:
      break;
  }
  return std::chrono::nanoseconds::zero();
}

}  // namespace

Receiver::Receiver(const Clock& clock, net::PacketRx& rx, PacketHandler& handler)
    : clock_(clock), rx_(rx), handler_(handler), arrival_(clock), packets_(kBatch) {}

Result<void> Receiver::run(const std::atomic<Stop>& stop, std::atomic<std::uint64_t>& drops) {
  for (int last_reads = 0; last_reads < kLastReads;) {
    const Stop wish = stop.load(std::memory_order_acquire);
    const bool last = wish != Stop::kNot;
    const MonotonicTime before = clock_.now();
    const auto received = rx_.receive(packets_, wait_for(wish, rx_));
    if (!received) {
      return std::unexpected(received.error());
    }
    const StepGate::Step step(gate_);
    arrival_.start_batch(*received == packets_.size());
    handler_.on_packets(std::span(packets_).first(*received), arrival_);
    if (*received < packets_.size()) {
      handler_.heard_all_before(before - rx_.delay());
    }
    drops.store(rx_.drops(), std::memory_order_relaxed);
    if (wish == Stop::kNow || (last && *received == 0)) {
      break;
    }
    last_reads += last ? 1 : 0;
  }
  return {};
}

}  // namespace echosweep::receiver

#include "modes/trace_handler.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kWaitForRoom = 1ms;

TraceEvent event_of(const packet::TraceAnswer& answer, std::uint64_t index, bool is_tcp,
                    MonotonicTime received) {
  TraceEvent event{.index = index,
                   .hop = answer.hop,
                   .probe = answer.probe,
                   .kind = answer.kind,
                   .from = answer.from,
                   .error = answer.error,
                   .mtu = answer.mtu,
                   .rtt_ns = answer.rtt ? answer.rtt->count() : -1,
                   .is_tagged = answer.index.has_value(),
                   .is_tcp = is_tcp,
                   .received = received,
                   .ttl = answer.ttl,
                   .quoted_ttl = answer.quoted_ttl,
                   .objects_size = 0,
                   .objects = {}};
  const auto objects = answer.objects.first(std::min(answer.objects.size(), TraceEvent::kMostObjects));
  std::ranges::copy(objects, event.objects.begin());
  event.objects_size = static_cast<std::uint8_t>(objects.size());
  return event;
}

}  // namespace

/// Where the main thread is held up (somebody does not read its output), what comes in waits in the capture's
/// ring.
template <typename T>
void TraceHandler::hand_over(SpscQueue<T>& queue, const T& what) {
  while (!queue.push(what)) {
    if (state_.stop_requests.load(std::memory_order_relaxed) >= 2) {
      return;
    }
    std::this_thread::sleep_for(kWaitForRoom);
  }
}

void TraceHandler::on_packets(std::span<const net::CapturedPacket> packets,
                              const receiver::ArrivalClock& arrival) {
  for (const net::CapturedPacket& packet : packets) {
    if (packet.is_arp) {
      continue;
    }
    const MonotonicTime received = arrival.convert(packet.received);
    const auto answer =
        state_.codec.read(packet.family, packet.bytes(), packet.interface, packet.wire_size, received);
    const auto index = !answer         ? std::nullopt
                       : answer->index ? answer->index
                                       : state_.targets.find(answer->probed);
    if (index && *index < state_.targets.size()) {
      hand_over(state_.events,
                event_of(*answer, *index, state_.codec.protocol() == packet::TraceProtocol::kTcp, received));
      if (state_.keeps_packets) {
        hand_over(state_.answers, packet);
      }
    }
  }
}

void TraceHandler::heard_all_before(MonotonicTime time) {
  state_.heard_until.store(time.time_since_epoch().count(), std::memory_order_release);
}

}  // namespace echosweep::modes

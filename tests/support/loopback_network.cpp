#include "support/loopback_network.hpp"

#include <utility>

namespace echosweep::support {

LoopbackNetwork::LoopbackNetwork(FakeClock& clock, Rules rules) : clock_(clock), rules_(std::move(rules)) {
  clock_.on_sleep([this](MonotonicTime when) { sleep_until(when); });
}

void LoopbackNetwork::inject(const net::CapturedPacket& packet, MonotonicTime arrival) {
  const std::lock_guard guard(lock_);
  on_the_way_.emplace(arrival, Arrival{.dropped = false, .packet = packet});
  changed_.notify_all();
}

void LoopbackNetwork::break_capture_after(std::uint64_t packets, Error error) {
  const std::lock_guard guard(lock_);
  breaks_ = {packets, std::move(error)};
}

std::uint64_t LoopbackNetwork::sent() const {
  const std::lock_guard guard(lock_);
  return sent_;
}

std::uint64_t LoopbackNetwork::Rx::drops() {
  const std::lock_guard guard(network_.lock_);
  return network_.drops_;
}

namespace {

net::CapturedPacket capture(const net::OutgoingPacket& packet, const LoopbackNetwork::Answer& answer,
                            WallTime received) {
  if (answer.neighbour) {
    return neighbour_answer(packet.destination, *answer.neighbour, received);
  }
  const auto bytes = answer.error ? icmp_error(packet, answer.error->type, answer.error->code, answer.options)
                                  : echo_reply(packet, answer.options);
  return captured(packet.destination.family(), bytes, received);
}

}  // namespace

net::SendResult LoopbackNetwork::send(std::span<const net::OutgoingPacket> packets) {
  const MonotonicTime now = clock_.now();
  const auto wall_offset = clock_.wall().time_since_epoch() - now.time_since_epoch();
  std::size_t left = 0;
  for (const net::OutgoingPacket& packet : packets) {
    const Fate fate = rules_(packet, now);
    const std::lock_guard guard(lock_);
    if (fate.error != 0) {
      return {.left = left, .error = fate.error};
    }
    ++left;
    ++sent_;
    for (const Answer& answer : fate.answers) {
      const MonotonicTime arrival = now + answer.delay;
      const WallTime stamp(arrival.time_since_epoch() + wall_offset);
      on_the_way_.emplace(arrival,
                          Arrival{.dropped = answer.dropped, .packet = capture(packet, answer, stamp)});
    }
    changed_.notify_all();
  }
  return {.left = left, .error = 0};
}

bool LoopbackNetwork::something_is_due() const {
  return !on_the_way_.empty() && on_the_way_.begin()->first <= clock_.now();
}

Result<std::size_t> LoopbackNetwork::receive(std::span<net::CapturedPacket> packets) {
  std::unique_lock lock(lock_);
  receiver_waits_ = true;
  changed_.notify_all();
  // A millisecond of real time: the wish to stop comes by no condition variable.
  changed_.wait_for(lock, std::chrono::milliseconds(1), [this] { return something_is_due(); });
  receiver_waits_ = false;
  std::size_t count = 0;
  while (count < packets.size() && something_is_due()) {
    const auto first = on_the_way_.begin();
    if (breaks_ && yielded_ >= breaks_->first) {
      receiver_is_gone_ = true;
      changed_.notify_all();
      return std::unexpected(breaks_->second);
    }
    if (first->second.dropped) {
      ++drops_;
    } else {
      packets[count++] = first->second.packet;
      ++yielded_;
    }
    on_the_way_.erase(first);
  }
  return count;
}

void LoopbackNetwork::wait_for_receiver(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [this] { return receiver_is_gone_ || (receiver_waits_ && !something_is_due()); });
}

void LoopbackNetwork::sleep_until(MonotonicTime when) {
  std::unique_lock lock(lock_);
  wait_for_receiver(lock);
  while (!receiver_is_gone_ && !on_the_way_.empty() && on_the_way_.begin()->first <= when) {
    clock_.move_to(on_the_way_.begin()->first);
    changed_.notify_all();
    wait_for_receiver(lock);
  }
  clock_.move_to(when);
}

}  // namespace echosweep::support

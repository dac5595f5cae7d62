#include "net/path_tx.hpp"

#include <algorithm>
#include <cerrno>

#include "packet/frame.hpp"
#include "packet/icmp.hpp"

namespace echosweep::net {

namespace {

using namespace std::chrono_literals;
using packet::ProbeKind;

/// How soon a changed route or a lost carrier is noticed.
constexpr std::chrono::nanoseconds kLookAfter = 5ms;
/// A gateway is asked again, so that another machine that takes over its address is noticed.
constexpr std::chrono::nanoseconds kAskAgain = 10s;
/// Until the first answer: as the kernel does, but sooner.
constexpr std::chrono::nanoseconds kAskImpatiently = 250ms;
/// Then nobody is there. Ten questions long, and sooner than a sweep calls itself stuck (3 s).
constexpr std::chrono::nanoseconds kGiveUp = 2500ms;

}  // namespace

SendResult PathTx::send(std::span<const OutgoingPacket> packets) {
  now_ = parts_.clock->now();
  look_after_paths();
  if (!parts_.frames) {
    return send_by_kernel(packets);
  }
  std::size_t left = 0;
  while (left < packets.size()) {
    // As many as go the same way, in their order, so that "the first so many left" stays true.
    framed_ = 0;
    std::size_t by_kernel = 0;
    Prepared stop;
    for (std::size_t i = left; i < packets.size() && i - left < kBatch; ++i) {
      const Prepared prepared = prepare(packets[i]);
      if (prepared.way == Way::kRefused) {
        stop = prepared;
        break;
      }
      if (prepared.way == Way::kByKernel ? framed_ > 0 : by_kernel > 0) {
        break;  // its turn comes
      }
      by_kernel += prepared.way == Way::kByKernel ? 1U : 0U;
    }
    const SendResult sent = by_kernel > 0 ? parts_.sockets.send(packets.subspan(left, by_kernel))
                            : framed_ > 0 ? send_frames()
                                          : SendResult{};
    by_kernel_ += by_kernel > 0 ? sent.left : 0;
    left += sent.left;
    if (sent.error != 0) {
      return {.left = left, .error = sent.error};
    }
    if (stop.way == Way::kRefused && sent.left == by_kernel + framed_) {
      return {.left = left, .error = stop.error};
    }
  }
  return {.left = left, .error = 0};
}

/// The kernel answers for most of what can be wrong; that a link has no carrier it keeps to itself.
SendResult PathTx::send_by_kernel(std::span<const OutgoingPacket> packets) {
  const auto stopped = std::ranges::find_if(packets, [this](const OutgoingPacket& packet) {
    return parts_.paths != nullptr && parts_.paths->find(packet.destination).error == ENETDOWN;
  });
  const auto sendable = static_cast<std::size_t>(stopped - packets.begin());
  SendResult sent = sendable > 0 ? parts_.sockets.send(packets.first(sendable)) : SendResult{};
  by_kernel_ += sent.left;
  if (sent.error == 0 && sent.left < packets.size()) {
    sent.error = ENETDOWN;
  }
  return sent;
}

SendResult PathTx::send_frames() {
  return parts_.frames->send(std::span(frames_).first(framed_));
}

PathTx::Prepared PathTx::put_frame(std::span<const std::uint8_t> bytes, std::uint32_t interface) {
  frames_[framed_++] = {.bytes = bytes, .interface = interface};
  return {.way = Way::kFramed, .error = 0};
}

PathTx::Prepared PathTx::frame_to(const OutgoingPacket& packet, const Path& path, const MacAddress& mac) {
  const std::size_t size = packet.bytes.size() + (packet.destination.is_v4() ? 0 : packet::kIpv6HeaderSize);
  if (size > path.mtu) {
    return {.way = Way::kRefused, .error = EMSGSIZE};
  }
  return put_frame(packet::make_frame(packet.bytes, packet.destination,
                                      {.to = mac,
                                       .from = path.our_mac,
                                       .source = path.source,
                                       .ttl = packet.hop_limit.value != 0 ? packet.hop_limit : parts_.ttl,
                                       .tos = parts_.tos}),
                   path.interface);
}

PathTx::Prepared PathTx::prepare(const OutgoingPacket& packet) {
  const Path& path = parts_.paths->find(packet.destination);
  if (packet.kind == ProbeKind::kNeighbour && path.kind != Path::Kind::kAttached) {
    // The route has changed since the probe was made: its question no longer makes sense.
    return {.way = Way::kRefused, .error = path.error != 0 ? path.error : EHOSTUNREACH};
  }
  switch (path.kind) {
    case Path::Kind::kNone:
      return {.way = Way::kRefused, .error = path.error};
    case Path::Kind::kGateway: {
      Gateway& gateway = *path.gateway;
      const auto mac = MacAddress::from_value(gateway.mac.load(std::memory_order_relaxed));
      return mac.empty() ? wait_for(gateway) : frame_to(packet, path, mac);
    }
    case Path::Kind::kAttached:
      if (packet.kind == ProbeKind::kNeighbour) {
        packet::NeighbourRequest& request = requests_[framed_];
        request = packet::make_neighbour_request(packet.destination, path.our_mac, path.source);
        return put_frame(request.bytes(), path.interface);
      }
      if (!packet.mac.empty()) {
        return frame_to(packet, path, packet.mac);
      }
      [[fallthrough]];
    default:
      return {.way = Way::kByKernel, .error = 0};
  }
}

PathTx::Prepared PathTx::wait_for(Gateway& gateway) {
  if (!gateway.waiting) {
    gateway.waiting = now_;
  }
  if (now_ - gateway.asked >= kAskImpatiently) {
    ask_for(gateway);
  }
  return {.way = Way::kRefused, .error = now_ - *gateway.waiting < kGiveUp ? EAGAIN : EHOSTDOWN};
}

void PathTx::ask_for(Gateway& gateway) {
  gateway.asked = now_;
  gateway.is_asked.store(true);
  const auto request = packet::make_neighbour_request(gateway.address, gateway.our_mac, gateway.source);
  const OutgoingFrame frame{.bytes = request.bytes(), .interface = gateway.interface};
  (void)parts_.frames->send(std::span(&frame, 1));  // it is asked again soon
}

void PathTx::look_after_paths() {
  if (parts_.paths == nullptr || now_ < look_at_) {
    return;
  }
  const bool changed = parts_.paths->refresh();
  // Where a full routing table never rests, reading it must not be all that we do.
  look_at_ = changed ? now_ + std::max(kLookAfter, 20 * (parts_.clock->now() - now_)) : now_ + kLookAfter;
  for (Gateway& gateway : parts_.paths->gateways()) {
    const bool known = gateway.mac.load(std::memory_order_relaxed) != 0;
    if (parts_.frames && gateway.in_use && now_ - gateway.asked >= (known ? kAskAgain : kAskImpatiently)) {
      gateway.waiting = known ? gateway.waiting : gateway.waiting.value_or(now_);
      ask_for(gateway);
    }
  }
}

}  // namespace echosweep::net

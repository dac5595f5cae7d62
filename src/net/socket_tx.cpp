#include "net/socket_tx.hpp"

#include <arpa/inet.h>
#include <netinet/ip.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace echosweep::net {

namespace {

constexpr std::size_t kIpv4Header = sizeof(iphdr);

bool is_full(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

/// Takes the errors of earlier packets off a socket, so that they fail no later one.
void drain_error_queue(int fd) {
  std::array<std::uint8_t, 1> nothing{};
  iovec piece{.iov_base = nothing.data(), .iov_len = nothing.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  while (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
    message.msg_flags = 0;
  }
}

}  // namespace

bool SocketTx::hears_errors(Family family) const {
  return kind_ != SocketKind::kSpray || family == Family::kIpv6;
}

SendResult SocketTx::send(std::span<const OutgoingPacket> packets) {
  std::size_t left = 0;
  while (left < packets.size()) {
    const Family family = packets[left].destination.family();
    const auto rest = packets.subspan(left, std::min(kBatch, packets.size() - left));
    const auto other = std::ranges::find_if(
        rest, [&](const OutgoingPacket& packet) { return packet.destination.family() != family; });
    const SendResult run = send_run(rest.first(static_cast<std::size_t>(other - rest.begin())));
    left += run.left;
    if (run.error != 0) {
      return {.left = left, .error = run.error};
    }
  }
  return {.left = left, .error = 0};
}

void SocketTx::put_destination(std::size_t message, const Address& address) {
  msghdr& header = messages_[message].msg_hdr;
  if (address.is_v4()) {
    sockaddr_in& destination = destinations4_[message];
    destination.sin_family = AF_INET;
    destination.sin_addr.s_addr = htonl(address.v4_value());
    header.msg_name = &destination;
    header.msg_namelen = sizeof destination;
  } else {
    sockaddr_in6& destination = destinations6_[message];
    const auto bytes = address.bytes();
    destination.sin6_family = AF_INET6;
    destination.sin6_scope_id = address.zone();
    destination.sin6_flowinfo = htonl(flow_label_);
    std::memcpy(&destination.sin6_addr, bytes.data(), sizeof destination.sin6_addr);
    header.msg_name = &destination;
    header.msg_namelen = sizeof destination;
  }
}

void SocketTx::put_hop_limit(std::size_t message, const OutgoingPacket& packet) {
  msghdr& header = messages_[message].msg_hdr;
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  if (packet.hop_limit.value == 0 || (packet.destination.is_v4() && kind_ == SocketKind::kSpray)) {
    return;
  }
  header.msg_control = hop_limits_[message].control.data();
  header.msg_controllen = hop_limits_[message].control.size();
  cmsghdr* const control = CMSG_FIRSTHDR(&header);
  const bool v4 = packet.destination.is_v4();
  control->cmsg_level = v4 ? static_cast<int>(IPPROTO_IP) : static_cast<int>(IPPROTO_IPV6);
  control->cmsg_type = v4 ? IP_TTL : IPV6_HOPLIMIT;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  const int value = packet.hop_limit.value;
  std::memcpy(CMSG_DATA(control), &value, sizeof value);
}

SendResult SocketTx::send_run(std::span<const OutgoingPacket> packets) {
  const Family family = packets.front().destination.family();
  const int fd = family == Family::kIpv4 ? socket4_.get() : socket6_.get();
  const std::size_t cut = family == Family::kIpv4 && kind_ != SocketKind::kSpray ? kIpv4Header : 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const auto bytes = packets[i].bytes.subspan(cut);
    pieces_[i] = {.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr& header = messages_[i].msg_hdr;
    header.msg_iov = &pieces_[i];
    header.msg_iovlen = 1;
    put_destination(i, packets[i].destination);
    put_hop_limit(i, packets[i]);
  }
  // Where ICMP errors about earlier packets fail the next send, an errno is believed only when it comes back.
  // Between two tries the receiver, reading the same queue, may set it again: hence a few.
  constexpr int kTries = 8;
  std::size_t left = 0;
  int doubts = hears_errors(family) ? kTries : 0;
  while (left < packets.size()) {
    const int sent =
        sendmmsg(fd, &messages_[left], static_cast<unsigned>(packets.size() - left), MSG_DONTWAIT);
    if (sent > 0) {
      left += static_cast<std::size_t>(sent);
      doubts = hears_errors(family) ? kTries : 0;  // the next failure is about another packet
      continue;
    }
    if (errno == EINTR) {
      continue;
    }
    const int error = errno;
    if (is_full(error) || doubts-- <= 0) {
      return {.left = left, .error = error};
    }
    if (kind_ != SocketKind::kPing) {
      drain_error_queue(fd);  // a ping socket's queue is the receiver's to read
    }
  }
  return {.left = left, .error = 0};
}

}  // namespace echosweep::net

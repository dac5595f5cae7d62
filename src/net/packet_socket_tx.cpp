#include "net/packet_socket_tx.hpp"

#include <algorithm>
#include <cerrno>

namespace echosweep::net {

namespace {

/// In the kernel's count (twice this) room for about 2,700 small frames: more than a device queue of 1,000
/// holds, so that the queue is what says ENOBUFS, and less than the 10,240 at which fq_codel would throw away
/// frames that it had taken, without a word.
constexpr int kSendBuffer = 1 << 20;

}  // namespace

Result<PacketSocketTx> PacketSocketTx::open(std::optional<std::uint32_t> fwmark) {
  // Protocol 0: it is never offered a frame that comes in.
  Fd fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    const int code = errno;
    if (code == EPERM || code == EACCES) {
      return fail_errno(
          "cannot open a packet socket (needs CAP_NET_RAW: sudo setcap cap_net_raw+ep $(which echosweep))",
          code);
    }
    return fail_errno("cannot open a packet socket", code);
  }
  // The privileged form passes the sysctl's ceiling; where it is refused, the plain one gives what it can.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBuffer, sizeof kSendBuffer) != 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  }
  if (fwmark && setsockopt(fd.get(), SOL_SOCKET, SO_MARK, &*fwmark, sizeof *fwmark) != 0) {
    return fail_errno("cannot set the firewall mark (needs CAP_NET_ADMIN)", errno);
  }
  return PacketSocketTx(std::move(fd));
}

PacketSocketTx::Messages::Messages() {
  for (std::size_t i = 0; i < kBatch; ++i) {
    ways[i].sll_family = AF_PACKET;
    msghdr& header = headers[i].msg_hdr;
    header.msg_name = &ways[i];
    header.msg_namelen = sizeof ways[i];
    header.msg_iov = &pieces[i];
    header.msg_iovlen = 1;
  }
}

SendResult PacketSocketTx::send(std::span<const OutgoingFrame> frames) {
  std::size_t left = 0;
  while (left < frames.size()) {
    const auto batch = frames.subspan(left, std::min(kBatch, frames.size() - left));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      messages_->ways[i].sll_ifindex = static_cast<int>(batch[i].interface);
      // sendmmsg() takes a pointer to non-const and does not write through it.
      messages_->pieces[i] = {.iov_base = const_cast<std::uint8_t*>(batch[i].bytes.data()),
                              .iov_len = batch[i].bytes.size()};
    }
    for (std::size_t sent = 0; sent < batch.size();) {
      const int count = sendmmsg(socket_.get(), &messages_->headers[sent],
                                 static_cast<unsigned>(batch.size() - sent), MSG_DONTWAIT);
      if (count > 0) {
        sent += static_cast<std::size_t>(count);
        left += static_cast<std::size_t>(count);
      } else if (errno != EINTR) {
        return {.left = left, .error = errno};
      }
    }
  }
  return {.left = left, .error = 0};
}

}  // namespace echosweep::net

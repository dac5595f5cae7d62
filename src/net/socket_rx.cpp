#include "net/socket_rx.hpp"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace echosweep::net {

namespace {

/// A length field that no captured packet reaches: what is there counts as cut off.
constexpr std::uint16_t kLongerThanHere = 0xffff;

/// IPV6_FLOWINFO of <linux/in6.h>, after which <netinet/in.h> has no in6_pktinfo.
constexpr int kFlowInfo = 11;

/// What the control messages of one packet said.
struct Details {
  WallTime received;
  std::uint32_t interface = 0;
  std::uint8_t ttl = 0;
  std::uint8_t tos = 0;
  std::uint32_t flow_label = 0;
  std::optional<std::uint32_t> drops;
  std::optional<sock_extended_err> error;
  Address offender;
  std::array<std::uint8_t, 40> options{};  ///< of the IPv4 header
  std::size_t options_size = 0;
};

template <typename T>
T read_as(const cmsghdr* message) {
  T value{};
  const std::size_t there = message->cmsg_len - CMSG_LEN(0);
  std::memcpy(&value, CMSG_DATA(message), std::min(sizeof value, there));
  return value;
}

void read_error(const cmsghdr* message, Details& details) {
  details.error = read_as<sock_extended_err>(message);
  struct {
    sock_extended_err error;
    sockaddr_in6 offender;  // large enough for either family
  } both{};
  const std::size_t there = message->cmsg_len - CMSG_LEN(0);
  std::memcpy(&both, CMSG_DATA(message), std::min(sizeof both, there));
  sockaddr_storage storage{};
  std::memcpy(&storage, &both.offender, sizeof both.offender);
  if (storage.ss_family == AF_INET || storage.ss_family == AF_INET6) {
    details.offender = from_socket_address(storage);
  }
}

void read_one(const cmsghdr* message, Details& details) {
  const int level = message->cmsg_level;
  const int type = message->cmsg_type;
  if (level == SOL_SOCKET && type == SCM_TIMESTAMPNS) {
    const auto stamp = read_as<timespec>(message);
    details.received = WallTime(std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec));
  } else if (level == SOL_SOCKET && type == SO_RXQ_OVFL) {
    details.drops = read_as<std::uint32_t>(message);
  } else if ((level == IPPROTO_IP && type == IP_TTL) || (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) {
    details.ttl = static_cast<std::uint8_t>(read_as<int>(message));
  } else if (level == IPPROTO_IP && type == IP_TOS) {
    details.tos = read_as<std::uint8_t>(message);
  } else if (level == IPPROTO_IPV6 && type == IPV6_TCLASS) {
    details.tos = static_cast<std::uint8_t>(read_as<int>(message));
  } else if (level == IPPROTO_IPV6 && type == kFlowInfo) {
    details.flow_label = ntohl(read_as<std::uint32_t>(message)) & 0xfffff;
  } else if (level == IPPROTO_IP && type == IP_PKTINFO) {
    details.interface = static_cast<std::uint32_t>(read_as<in_pktinfo>(message).ipi_ifindex);
  } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO) {
    details.interface = read_as<in6_pktinfo>(message).ipi6_ifindex;
  } else if (level == IPPROTO_IP && type == IP_RECVOPTS) {
    const std::size_t there = std::min(details.options.size(), message->cmsg_len - CMSG_LEN(0));
    std::memcpy(details.options.data(), CMSG_DATA(message), there);
    details.options_size = there / 4 * 4;
  } else if ((level == IPPROTO_IP && type == IP_RECVERR) || (level == IPPROTO_IPV6 && type == IPV6_RECVERR)) {
    read_error(message, details);
  }
}

Details read_details(msghdr& header) {
  Details details;
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr;
       message = CMSG_NXTHDR(&header, message)) {
    read_one(message, details);
  }
  return details;
}

/// One message off a socket: bytes, sender, control messages.
class Message {
 public:
  explicit Message(std::span<std::uint8_t> buffer) : buffer_(buffer) {}

  /// False: nothing there.
  bool receive(int fd, int flags) {
    piece_ = {.iov_base = buffer_.data(), .iov_len = buffer_.size()};
    header_ = {};
    header_.msg_name = &name_;
    header_.msg_namelen = sizeof name_;
    header_.msg_iov = &piece_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
    header_.msg_controllen = control_.size();
    ssize_t size = 0;
    do {
      size = recvmsg(fd, &header_, flags | MSG_DONTWAIT);
    } while (size < 0 && (errno == EINTR || is_pending_error(errno)) && tries_-- > 0);
    if (size < 0) {
      return false;
    }
    size_ = static_cast<std::size_t>(size);
    return true;
  }

  std::span<const std::uint8_t> bytes() const { return buffer_.first(size_); }
  Address name() const { return from_socket_address(name_); }
  Details details() { return read_details(header_); }

 private:
  /// An ICMP error that waits in the error queue also fails one recvmsg().
  static bool is_pending_error(int error) { return error != EAGAIN && error != EWOULDBLOCK; }

  int tries_ = 8;
  std::span<std::uint8_t> buffer_;
  alignas(cmsghdr) std::array<std::uint8_t, 512> control_{};
  sockaddr_storage name_{};
  iovec piece_{};
  msghdr header_{};
  std::size_t size_ = 0;
};

void append(CapturedPacket& packet, const void* bytes, std::size_t size) {
  const std::size_t room = CapturedPacket::kSnapshot - packet.size;
  const std::size_t fits = std::min(room, size);
  std::memcpy(packet.storage.data() + packet.size, bytes, fits);
  packet.size = static_cast<std::uint16_t>(packet.size + fits);
  packet.wire_size += static_cast<std::uint32_t>(size);
}

void append_ip_header(CapturedPacket& packet, const Address& source, const Address& destination,
                      const Details& details) {
  if (packet.family == Family::kIpv4) {
    iphdr header{};
    header.version = 4;
    header.ihl = static_cast<unsigned>(5 + details.options_size / 4) & 0xf;
    header.tos = details.tos;
    header.tot_len = kLongerThanHere;
    header.ttl = details.ttl;
    header.protocol = IPPROTO_ICMP;
    header.saddr = htonl(source.v4_value());
    header.daddr = htonl(destination.v4_value());
    append(packet, &header, sizeof header);
    append(packet, details.options.data(), details.options_size);
    return;
  }
  ip6_hdr header{};
  header.ip6_flow = htonl(6U << 28 | static_cast<std::uint32_t>(details.tos) << 20 | details.flow_label);
  header.ip6_plen = kLongerThanHere;
  header.ip6_nxt = IPPROTO_ICMPV6;
  header.ip6_hlim = details.ttl;
  std::memcpy(&header.ip6_src, source.bytes().data(), sizeof header.ip6_src);
  std::memcpy(&header.ip6_dst, destination.bytes().data(), sizeof header.ip6_dst);
  append(packet, &header, sizeof header);
}

void start_packet(CapturedPacket& packet, Family family, const Details& details) {
  packet.family = family;
  packet.received = details.received;
  packet.interface = details.interface;
  packet.size = 0;
  packet.wire_size = 0;
  packet.whole = {};
}

/// As it was on the wire, but for the checksum, as far as the kernel tells.
std::array<std::uint8_t, 8> icmp_header(Family family, const sock_extended_err& error) {
  std::array<std::uint8_t, 8> header{error.ee_type, error.ee_code};
  // Of IPv4's parameter problems it tells the pointer alone, which is the first of the four bytes.
  const bool is_pointer = family == Family::kIpv4 && error.ee_type == ICMP_PARAMETERPROB;
  const std::uint32_t info_be32 = htonl(is_pointer ? error.ee_info << 24 : error.ee_info);
  std::memcpy(&header[4], &info_be32, sizeof info_be32);
  return header;
}

}  // namespace

Result<std::size_t> SocketRx::receive(std::span<CapturedPacket> packets, std::chrono::nanoseconds wait) {
  whole_.clear();
  std::array<pollfd, 2> fds{pollfd{.fd = socket4_ ? socket4_.get() : -1, .events = POLLIN, .revents = 0},
                            pollfd{.fd = socket6_ ? socket6_.get() : -1, .events = POLLIN, .revents = 0}};
  if (auto done = wake_up_.wait_for(fds, wait); !done) {
    return std::unexpected(done.error());
  }
  struct Queue {
    Family family;
    bool holds_errors;
    bool has_more;
  };
  const auto has = [&fds](Family family, short events) {
    return (fds[family == Family::kIpv4 ? 0 : 1].revents & events) != 0;
  };
  std::array<Queue, 4> queues{};
  std::size_t at = 0;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    queues[at++] = {family, true, kind_ == SocketKind::kPing && has(family, POLLERR)};
    queues[at++] = {family, false, has(family, POLLIN | POLLERR)};
  }
  // First a share for each, so that a flood in one keeps none waiting; then what room there is. So a batch
  // that is not full means that all of them are empty.
  std::size_t taken = 0;
  for (const std::size_t share : {packets.size() / queues.size(), packets.size()}) {
    for (Queue& queue : queues) {
      if (!queue.has_more) {
        continue;
      }
      const auto room = packets.subspan(taken, std::min(share, packets.size() - taken));
      const std::size_t read =
          queue.holds_errors ? read_errors(queue.family, room) : read_replies(queue.family, room);
      queue.has_more = read == room.size();
      taken += read;
    }
  }
  if (socket4_ && socket6_) {  // a reply must not be judged by what came in after it
    std::ranges::sort(packets.first(taken), {}, &CapturedPacket::received);
  }
  return taken;
}

std::size_t SocketRx::read_replies(Family family, std::span<CapturedPacket> packets) {
  const bool has_header = family == Family::kIpv4 && kind_ != SocketKind::kPing;
  std::size_t taken = 0;
  Message message(buffer_);
  while (taken < packets.size() && message.receive(socket(family).get(), 0)) {
    const Details details = message.details();
    if (details.drops) {
      (family == Family::kIpv4 ? drops4_ : drops6_) = *details.drops;
    }
    CapturedPacket& packet = packets[taken++];
    start_packet(packet, family, details);
    if (!has_header) {
      append_ip_header(packet, message.name(), Address{}, details);
    }
    append(packet, message.bytes().data(), message.bytes().size());
    if (has_header && packet.size >= sizeof(iphdr)) {
      // Reassembled: the header is the first fragment's, and the kernel has its own idea of byte order here.
      iphdr header;
      std::memcpy(&header, packet.storage.data(), sizeof header);
      header.tot_len = kLongerThanHere;
      header.frag_off &= htons(IP_DF);
      std::memcpy(packet.storage.data(), &header, sizeof header);
    }
    keep_whole(packet, message.bytes());
  }
  return taken;
}

/// What did not fit is the end of `message`.
void SocketRx::keep_whole(CapturedPacket& packet, std::span<const std::uint8_t> message) {
  if (!keeps_whole_ || packet.wire_size <= packet.size) {
    return;
  }
  const auto rest = message.last(packet.wire_size - packet.size);
  const auto start = packet.bytes();
  std::vector<std::uint8_t>& whole = whole_.emplace_back();
  whole.reserve(start.size() + rest.size());
  whole.insert(whole.end(), start.begin(), start.end());
  whole.insert(whole.end(), rest.begin(), rest.end());
  packet.whole = whole;
}

std::size_t SocketRx::read_errors(Family family, std::span<CapturedPacket> packets) {
  std::size_t taken = 0;
  Message message(buffer_);
  while (taken < packets.size() && message.receive(socket(family).get(), MSG_ERRQUEUE)) {
    const Details details = message.details();
    const bool from_network = details.error && (details.error->ee_origin == SO_EE_ORIGIN_ICMP ||
                                                details.error->ee_origin == SO_EE_ORIGIN_ICMP6);
    if (!from_network) {
      continue;  // an error of this machine: send() has told it already
    }
    CapturedPacket& packet = packets[taken++];
    start_packet(packet, family, details);
    append_ip_header(packet, details.offender, Address{}, details);
    const auto icmp = icmp_header(family, *details.error);
    append(packet, icmp.data(), icmp.size());
    append_ip_header(packet, Address{}, message.name(), Details{});
    append(packet, message.bytes().data(), message.bytes().size());
  }
  return taken;
}

}  // namespace echosweep::net

#pragma once

#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "../packet/bytes_of.hpp"
#include "net/packet_tx.hpp"
#include "net/routes.hpp"
#include "packet/decode.hpp"
#include "packet/icmp.hpp"
#include "packet/sweep_codec.hpp"
#include "private_network.hpp"

namespace echosweep::net {

using packet::Packet;

inline packet::SweepCodec test_codec(const packet::SweepCodecOptions& options) {
  packet::RunKey key;
  key.identifier = Identifier{0xbeef};
  key.tag_key.fill(1);
  key.sequence_key.fill(2);
  return {key, options};
}
inline packet::SweepCodec test_codec(std::size_t payload_size = 18) {
  packet::SweepCodecOptions options;
  options.payload_size = payload_size;
  return test_codec(options);
}

/// Packets with the bytes that they point to.
struct Probes {
  std::vector<Packet> bytes;
  std::vector<OutgoingPacket> packets;

  Probes(const packet::SweepCodec& codec, const std::vector<Address>& targets) {
    bytes.reserve(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const Family family = targets[i].family();
      Packet& packet = bytes.emplace_back(codec.packet_size(family));
      codec.prepare(family, packet);
      codec.encode({.index = i, .destination = targets[i], .pass = Pass{0}}, MonotonicTime{}, packet);
      packets.push_back({.bytes = packet, .destination = targets[i]});
    }
  }
};

inline Address parse(const char* text) {
  return Address::parse(text).value();
}

/// The IP header's size, where the packet is one of ours: the kernel sends things of its own, too.
inline std::size_t header_size(const Packet& packet) {
  return packet[0] >> 4 == 4 ? (packet[0] & 15U) * 4 : 40;
}
inline bool is_echo_request(const Packet& packet) {
  const bool v4 = packet[0] >> 4 == 4;
  const std::size_t header = header_size(packet);
  return packet.size() >= header + 8 && packet[v4 ? 9 : 6] == (v4 ? 1 : 58) &&
         packet[header] == (v4 ? 8 : 128);
}

/// Reads the link until an echo request comes; empty: there was none.
inline Packet next_request(const VirtualLink& link) {
  Packet packet = link.read();
  while (!packet.empty() && !is_echo_request(packet)) {
    packet = link.read();
  }
  return packet;
}

/// The checksum over an ICMP message, written in place.
inline void seal_icmp(Packet& packet) {
  if (packet[0] >> 4 == 4) {
    packet::seal(std::span(packet).first(header_size(packet)), 10);
    packet::seal(std::span(packet).subspan(header_size(packet)), 2);
  } else {
    packet::seal6(packet);
  }
}

/// What a host makes of a request: source and destination changed over, the type that of a reply.
inline Packet reply_to(const Packet& request, Ttl ttl = Ttl{55}) {
  Packet reply = request;
  const bool v4 = request[0] >> 4 == 4;
  const auto size = static_cast<std::ptrdiff_t>(v4 ? 4 : 16);
  const auto source = reply.begin() + (v4 ? 12 : 8);
  std::swap_ranges(source, source + size, source + size);
  reply[v4 ? 8 : 7] = ttl.value;
  reply[header_size(request)] = v4 ? 0 : 129;
  seal_icmp(reply);
  return reply;
}

/// What a router says of a request: an ICMP error that quotes `quoted` bytes of it.
inline Packet error_about(const Packet& request, const Address& router, std::uint8_t type, std::uint8_t code,
                          std::size_t quoted) {
  const bool v4 = router.is_v4();
  Packet error(v4 ? 20 : 40);
  const auto router_bytes = router.bytes();
  const std::size_t address = v4 ? 4 : 16;
  error[0] = request[0];
  error[v4 ? 8 : 7] = 60;
  error[v4 ? 9 : 6] = request[v4 ? 9 : 6];
  std::copy_n(router_bytes.begin(), address, error.begin() + (v4 ? 12 : 8));
  std::copy_n(request.begin() + (v4 ? 12 : 8), address, error.begin() + (v4 ? 16 : 24));
  const Packet icmp{type, code, 0, 0, 0, 0, 0, 0};
  error.insert(error.end(), icmp.begin(), icmp.end());
  error.insert(error.end(), request.begin(),
               request.begin() + static_cast<std::ptrdiff_t>(std::min(quoted, request.size())));
  const std::size_t length = error.size() - (v4 ? 0U : 40U);
  error[v4 ? 2 : 4] = static_cast<std::uint8_t>(length >> 8);
  error[v4 ? 3 : 5] = static_cast<std::uint8_t>(length);
  seal_icmp(error);
  return error;
}

/// Waits until the kernel takes packets for an address that was given to it: it gets an IPv6 address ready in
/// a thread of its own, which a busy machine may not run at once. False: it never does.
inline bool is_ours(const char* address) {
  auto netlink = Netlink::open();
  for (int i = 0; netlink && i < 5000; ++i) {
    if (const auto route = route_to(*netlink, parse(address), {}); route && route->local) {
      return true;
    }
    ::poll(nullptr, 0, 1);
  }
  return false;
}

/// A tun interface with routes for both families behind it; we are 198.19.255.254 and fd00:e5:ffff::1.
class BehindATun : public InPrivateNetwork {
 protected:
  void make() override {
    ASSERT_TRUE(link_.open("tun0", IFF_TUN)) << std::strerror(errno);
    ASSERT_TRUE(
        ip_batch("link set tun0 up\n"
                 "addr add 198.19.255.254/32 dev tun0\n"
                 "addr add 198.19.255.253/32 dev tun0\n"
                 "addr add fd00:e5:ffff::1/128 dev tun0 nodad\n"
                 "addr add fd00:e5:ffff::2/128 dev tun0 nodad\n"
                 "route add 198.18.0.0/15 dev tun0 src 198.19.255.254\n"
                 "route add fd00:e5::/32 dev tun0 src fd00:e5:ffff::1"));
    ASSERT_TRUE(is_ours("fd00:e5:ffff::1") && is_ours("fd00:e5:ffff::2"));
    ASSERT_TRUE(write_file("/proc/sys/net/ipv4/ping_group_range", "0 0"));
  }

  VirtualLink link_;
  const Address target4_ = parse("198.18.1.2");
  const Address target6_ = parse("fd00:e5::9");
  const Address router4_ = parse("198.19.0.2");
  const Address router6_ = parse("fd00:e5::1:2");
};

}  // namespace echosweep::net

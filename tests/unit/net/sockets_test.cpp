#include "net/sockets.hpp"

#include <cap-ng.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cerrno>

#include "probes.hpp"

namespace echosweep::net {
namespace {

TEST(SocketAddress, TurnsIntoTheKernelsFormAndBack) {
  for (const Address& address : {Address::v4(0), parse("198.18.1.2"), parse("::1"), parse("2001:db8::1"),
                                 parse("fe80::1").with_zone(7)}) {
    const SocketAddress form = to_socket_address(address);
    EXPECT_EQ(form.storage.ss_family, address.is_v4() ? AF_INET : AF_INET6);
    EXPECT_EQ(form.size, address.is_v4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    EXPECT_EQ(from_socket_address(form.storage), address);
  }
  sockaddr_in in{};
  const SocketAddress form = to_socket_address(parse("198.18.1.2"));
  std::memcpy(&in, &form.storage, sizeof in);
  EXPECT_EQ(ntohl(in.sin_addr.s_addr), 0xc6120102);
  EXPECT_EQ(in.sin_port, 0);
}

class Sockets : public BehindATun {
 protected:
  static int option(const Fd& fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(getsockopt(fd.get(), level, name, &value, &size), 0);
    return value;
  }
  static std::string failure(Family family, SocketKind kind, const SocketOptions& options) {
    const auto fd = open_socket(family, kind, options);
    return fd ? "opened" : fd.error().message;
  }
};

TEST_F(Sockets, AreNonBlockingAndCloseOnExec) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    for (const SocketKind kind : {SocketKind::kSpray, SocketKind::kLarge, SocketKind::kPing}) {
      const auto fd = open_socket(family, kind, {});
      ASSERT_TRUE(fd) << fd.error().message;
      EXPECT_NE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
      EXPECT_NE(fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
      const bool v4 = family == Family::kIpv4;
      EXPECT_EQ(option(*fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR), 1);
    }
  }
}

TEST_F(Sockets, TakeMarkAndInterface) {
  SocketOptions options;
  options.interface = "tun0";
  options.fwmark = 0x1234;
  const auto fd = open_socket(Family::kIpv4, SocketKind::kSpray, options);
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_EQ(option(*fd, SOL_SOCKET, SO_MARK), 0x1234);
  EXPECT_EQ(option(*fd, SOL_SOCKET, SO_BINDTOIFINDEX), static_cast<int>(if_nametoindex("tun0")));
}

TEST_F(Sockets, BothFamiliesShareAnIdentifier) {
  SocketOptions options;
  options.identifier = Identifier{4711};
  const auto v4 = open_socket(Family::kIpv4, SocketKind::kPing, options);
  options.shares_identifier = true;
  const auto v6 = open_socket(Family::kIpv6, SocketKind::kPing, options);
  ASSERT_TRUE(v4) << v4.error().message;
  ASSERT_TRUE(v6) << v6.error().message;
  for (const auto* fd : {&*v4, &*v6}) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ASSERT_EQ(getsockname(fd->get(), reinterpret_cast<sockaddr*>(&bound), &size), 0);
    sockaddr_in in{};
    std::memcpy(&in, &bound, sizeof in);
    EXPECT_EQ(ntohs(in.sin_port), 4711);
  }
}

TEST_F(Sockets, SayThatSomebodyElseHasTheIdentifier) {
  const Fd other(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(4711);
  ASSERT_EQ(bind(other.get(), reinterpret_cast<const sockaddr*>(&in), sizeof in), 0);
  SocketOptions options;
  options.identifier = Identifier{4711};
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const auto fd = open_socket(family, SocketKind::kPing, options);
    ASSERT_FALSE(fd);
    EXPECT_EQ(fd.error().code, EADDRINUSE);
    EXPECT_EQ(fd.error().message, "cannot take an ICMP identifier: Address already in use");
  }
}

TEST_F(Sockets, OfTwoRunsDoNotGetOneIdentifier) {
  SocketOptions options;
  options.identifier = Identifier{4711};
  const auto first = open_socket(Family::kIpv4, SocketKind::kPing, options);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(open_socket(Family::kIpv4, SocketKind::kPing, options));
  EXPECT_FALSE(open_socket(Family::kIpv6, SocketKind::kPing, options));
}

TEST_F(Sockets, SayWhatIsWrongWithAnOption) {
  SocketOptions options;
  options.interface = "nosuch0";
  EXPECT_EQ(failure(Family::kIpv4, SocketKind::kSpray, options),
            "cannot use interface nosuch0 (see 'ip link'): No such device");
  options = {};
  options.source4 = parse("198.19.9.9");
  EXPECT_EQ(failure(Family::kIpv4, SocketKind::kSpray, options),
            "cannot send from 198.19.9.9 (see 'ip address'): Cannot assign requested address");
  options.source6 = parse("fd00:e5::77");
  EXPECT_EQ(failure(Family::kIpv6, SocketKind::kPing, options),
            "cannot send from fd00:e5::77 (see 'ip address'): Cannot assign requested address");
}

TEST_F(Sockets, PingSocketsSayWhichSysctlLetsThemOpen) {
  ASSERT_TRUE(write_file("/proc/sys/net/ipv4/ping_group_range", "1 0"));
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const auto fd = open_socket(family, SocketKind::kPing, {});
    ASSERT_FALSE(fd);
    EXPECT_EQ(fd.error().code, EACCES);
    EXPECT_EQ(fd.error().message,
              "cannot open an ICMP socket: Permission denied (needs this group allowed: sudo sysctl -w "
              "net.ipv4.ping_group_range='0 2147483647')");
  }
}

TEST_F(Sockets, RawSocketsSayWhichCapabilityTheyNeed) {
  const auto without_rights = [] {
    capng_clear(CAPNG_SELECT_BOTH);
    capng_apply(CAPNG_SELECT_CAPS);
    std::fputs(failure(Family::kIpv4, SocketKind::kSpray, {}).c_str(), stderr);
    std::_Exit(0);
  };
  EXPECT_EXIT(
      without_rights(), testing::ExitedWithCode(0),
      "cannot open a raw socket: Operation not permitted .needs CAP_NET_RAW: sudo setcap cap_net_raw.ep");
}

// A copy of every reply of a sweep would cost the sender its time.
TEST_F(Sockets, ForSendingHearNothing) {
  const auto codec = test_codec();
  for (const Address& target : {target4_, target6_}) {
    for (const SocketKind kind : {SocketKind::kSpray, SocketKind::kLarge}) {
      const auto fd = open_socket(target.family(), kind, {});
      ASSERT_TRUE(fd);
      Packet request = Probes(codec, {target}).bytes[0];
      if (!target.is_v4()) {
        request = packet::join(
            {packet::hex("60000000 001a3a40"), parse("fd00:e5:ffff::1").bytes(), target.bytes(), request});
      } else {
        const auto source = parse("198.19.255.254").bytes();
        std::copy_n(source.begin(), 4, request.begin() + 12);
      }
      ASSERT_TRUE(link_.write(reply_to(request)));
      const auto ears = open_listening_socket(target.family(), {});
      ASSERT_TRUE(ears);
      ASSERT_TRUE(link_.write(reply_to(request)));
      char byte = 0;
      EXPECT_GT(recv(ears->get(), &byte, 1, MSG_DONTWAIT), 0) << "the example itself is not heard";
      EXPECT_EQ(recv(fd->get(), &byte, 1, MSG_DONTWAIT), -1);
      EXPECT_EQ(errno, EAGAIN);
    }
  }
}

// UDP by a raw socket: the kernel writes the IPv6 header and the checksum, which holds over the pseudo
// header.
TEST_F(Sockets, RawOnesOfIpv6SumWhatTheySend) {
  constexpr int kChecksumAt = 6;
  const auto fd = open_raw6(IPPROTO_UDP, kChecksumAt, {});
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_NE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
  Packet datagram = packet::hex("8001 829a 000c 0000 01020304");
  const SocketAddress to = to_socket_address(target6_);
  ASSERT_EQ(sendto(fd->get(), datagram.data(), datagram.size(), 0,
                   reinterpret_cast<const sockaddr*>(&to.storage), to.size),
            static_cast<ssize_t>(datagram.size()));
  Packet sent = link_.read();
  while (!sent.empty() && !(sent[0] >> 4 == 6 && sent[6] == IPPROTO_UDP)) {
    sent = link_.read();
  }
  ASSERT_EQ(sent.size(), 40 + datagram.size());
  const Packet pseudo = packet::join(
      {std::span(sent).subspan(8, 32), packet::hex("0000000c 00000011"), std::span(sent).subspan(40)});
  EXPECT_EQ(packet::plain_checksum(pseudo), 0);
  EXPECT_NE(sent[46] << 8 | sent[47], 0);
  // A copy of every datagram that comes in would cost the sender its time.
  const Packet reply = packet::join({packet::hex("60000000 000c 11 40"), target6_.bytes(),
                                     parse("fd00:e5:ffff::1").bytes(), std::span(sent).subspan(40)});
  ASSERT_TRUE(link_.write(reply));
  char byte = 0;
  EXPECT_EQ(recv(fd->get(), &byte, 1, MSG_DONTWAIT), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(Sockets, MayPassOverWhatIsKnownOfThePathsMtu) {
  SocketOptions options;
  options.dont_fragment = true;
  const auto careful = open_socket(Family::kIpv4, SocketKind::kSpray, options);
  options.ignores_path_mtu = true;
  const auto probing = open_socket(Family::kIpv4, SocketKind::kSpray, options);
  const auto probing6 = open_socket(Family::kIpv6, SocketKind::kSpray, options);
  ASSERT_TRUE(careful && probing && probing6);
  EXPECT_EQ(option(*careful, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_DO);
  EXPECT_EQ(option(*probing, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_PROBE);
  EXPECT_EQ(option(*probing6, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_PROBE);
}

}  // namespace
}  // namespace echosweep::net

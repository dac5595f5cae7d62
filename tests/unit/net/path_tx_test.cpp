#include "net/path_tx.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "net/packet_socket_tx.hpp"
#include "on_taps.hpp"
#include "packet/ethernet.hpp"
#include "packet/frame.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_frames.hpp"

namespace echosweep::net {
namespace {

using namespace std::chrono_literals;
using packet::ProbeKind;
using packet::to_hex;

struct Wanted {
  Address destination;
  ProbeKind kind = ProbeKind::kEcho;
  MacAddress mac{};
};

/// Packets as the sender has them: with the room for headers in front.
struct Batch {
  Batch(const packet::SweepCodec& codec, const std::vector<Wanted>& wanted) {
    storage.reserve(wanted.size());
    for (const Wanted& one : wanted) {
      const Family family = one.destination.family();
      Packet& slot = storage.emplace_back(packet::kFrameHeadroom + codec.packet_size(family));
      const auto bytes = std::span(slot).subspan(packet::kFrameHeadroom);
      codec.prepare(family, bytes);
      codec.encode({.index = storage.size(), .destination = one.destination, .pass = Pass{0}},
                   MonotonicTime{}, bytes);
      packets.push_back({.bytes = bytes, .destination = one.destination, .kind = one.kind, .mac = one.mac});
    }
  }
  std::vector<Packet> storage;
  std::vector<OutgoingPacket> packets;
};

class PathTxTest : public OnTaps {
 protected:
  void make() override {
    ASSERT_NO_FATAL_FAILURE(OnTaps::make());
    ASSERT_NO_FATAL_FAILURE(open(std::make_unique<support::FakeFrames>(log_)));
  }
  void open(std::unique_ptr<FrameTx> frames) {
    auto v4 = open_socket(Family::kIpv4, SocketKind::kSpray, {});
    auto v6 = open_socket(Family::kIpv6, SocketKind::kSpray, {});
    ASSERT_TRUE(v4 && v6);
    tx_.reset();
    tx_.emplace(PathTx::Parts{.clock = &clock_,
                              .paths = paths_.get(),
                              .sockets = SocketTx(SocketKind::kSpray, std::move(*v4), std::move(*v6)),
                              .frames = std::move(frames),
                              .ttl = Ttl{61},
                              .tos = Tos{0xb8}});
  }

  SendResult send(const std::vector<Wanted>& wanted, const packet::SweepCodec& codec = test_codec()) {
    Batch batch(codec, wanted);
    return tx_->send(batch.packets);
  }
  /// Where frame `number` goes, as its IP header says.
  Address destination_of(std::size_t number) const {
    const Packet& bytes = log_->sent.at(number).bytes;
    const bool v4 = bytes[12] == 0x08;
    return v4 ? Address::v4(std::uint32_t{bytes[30]} << 24 | std::uint32_t{bytes[31]} << 16 |
                            std::uint32_t{bytes[32]} << 8 | bytes[33])
              : Address::v6_from_bytes(&bytes[14 + 24]);
  }
  MacAddress to(std::size_t number) const {
    MacAddress mac;
    std::copy_n(log_->sent.at(number).bytes.begin(), 6, mac.bytes.begin());
    return mac;
  }
  std::uint16_t ethertype(std::size_t number) const {
    const Packet& bytes = log_->sent.at(number).bytes;
    return static_cast<std::uint16_t>(bytes[12] << 8 | bytes[13]);
  }
  /// IPv4 packets among the frames: questions to gateways are none.
  std::uint64_t framed() const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < log_->sent.size(); ++i) {
      count += ethertype(i) == packet::kEthertypeIpv4 ? 1U : 0U;
    }
    return count;
  }
  std::uint64_t by_kernel() const { return tx_->by_kernel(); }
  std::size_t by_tun() {
    std::size_t count = 0;
    while (!next_request(link_).empty()) {
      ++count;
    }
    return count;
  }

  std::shared_ptr<support::FrameLog> log_ = std::make_shared<support::FrameLog>();
  support::FakeClock clock_;
  std::optional<PathTx> tx_;
  const Address by_gateway_ = parse("240.2.9.9");
  const Address by_unknown_ = parse("240.4.9.9");
  const Address attached_ = parse("240.1.0.77");
};

TEST_F(PathTxTest, FramesAreWholeAndRight) {
  const SendResult sent = send({{by_gateway_}, {attached_, ProbeKind::kEcho, kSomebody}});
  EXPECT_EQ(sent.left, 2U);
  EXPECT_EQ(sent.error, 0);
  ASSERT_EQ(log_->sent.size(), 2U);
  const Probes expected(test_codec(), {by_gateway_});
  const auto& [bytes, interface] = log_->sent[0];
  EXPECT_EQ(interface, if_nametoindex("tap0"));
  EXPECT_EQ(to_hex(std::span(bytes).first(14)),
            "02e500000a02"
            "02e500000a01"
            "0800");
  EXPECT_EQ(packet::plain_checksum(std::span(bytes).subspan(14, 20)), 0);
  EXPECT_EQ(to_hex(std::span(bytes).subspan(14 + 12, 8)),
            "f0010001"
            "f0020909");
  EXPECT_EQ(packet::plain_checksum(std::span(bytes).subspan(34)), 0);
  EXPECT_EQ(to(1), kSomebody);
  EXPECT_EQ(destination_of(1), attached_);
  EXPECT_EQ(framed(), 2U);
  EXPECT_EQ(by_kernel(), 0U);
}

TEST_F(PathTxTest, FramesOfIpv6HaveHeaderAndChecksum) {
  paths_->find(parse("fd00:e5:b::9"));
  learn(if_nametoindex("tap0"), parse("fd00:e5:a::2"), kGateway4);
  EXPECT_EQ(send({{parse("fd00:e5:b::9")}}).left, 1U);
  Packet packet(log_->sent.back().bytes.begin() + 14, log_->sent.back().bytes.end());
  EXPECT_EQ(to_hex(std::span(packet).first(8)), "6b800000001a3a3d");
  EXPECT_EQ(Address::v6_from_bytes(&packet[8]), parse("fd00:e5:a::1"));
  const Packet as_sent = packet;
  packet::seal6(packet);
  EXPECT_EQ(to_hex(as_sent), to_hex(packet));
}

TEST_F(PathTxTest, NeighboursAreAskedFor) {
  EXPECT_EQ(send({{attached_, ProbeKind::kNeighbour},
                  {parse("fd00:e5:a::77"), ProbeKind::kNeighbour},
                  {parse("240.5.0.77"), ProbeKind::kNeighbour}})
                .left,
            3U);
  ASSERT_EQ(log_->sent.size(), 3U);
  const auto same = [&](std::size_t i, const char* wanted, const MacAddress& mac, const char* source) {
    const auto request = packet::make_neighbour_request(parse(wanted), mac, parse(source));
    EXPECT_EQ(to_hex(log_->sent[i].bytes), to_hex(request.bytes())) << wanted;
  };
  same(0, "240.1.0.77", kTap0, "240.1.0.1");
  same(1, "fd00:e5:a::77", kTap0, "fd00:e5:a::1");
  same(2, "240.5.0.77", kTap1, "240.5.0.1");
  EXPECT_EQ(log_->sent[2].interface, if_nametoindex("tap1"));
  EXPECT_EQ(by_kernel(), 0U);
}

TEST_F(PathTxTest, MixedBatchesStayInOrderAndEachCountsOnce) {
  std::vector<Wanted> wanted;
  std::vector<Address> expected;
  std::size_t tun = 0;
  // Runs of every length from 1 on, and more than one batch of 64.
  for (std::uint32_t i = 0; i < 300; ++i) {
    switch (i * i % 7) {
      case 0:
        wanted.push_back({parse("127.0.0.1")});
        break;
      case 1:
        wanted.push_back({Address::v4(0xc6120100 + i)});
        ++tun;
        break;
      case 2:
        wanted.push_back({Address::v4(0xf0020000 + i)});
        expected.push_back(wanted.back().destination);
        break;
      default:
        wanted.push_back({Address::v4(0xf0010010 + i % 200), ProbeKind::kEcho, kSomebody});
        expected.push_back(wanted.back().destination);
    }
  }
  const SendResult sent = send(wanted);
  EXPECT_EQ(sent.left, wanted.size());
  EXPECT_EQ(sent.error, 0);
  ASSERT_EQ(log_->sent.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(destination_of(i), expected[i]) << i;
  }
  EXPECT_EQ(by_tun(), tun);
  EXPECT_EQ(framed(), expected.size());
  EXPECT_EQ(by_kernel(), wanted.size() - expected.size());
}

/// Each way of being refused, at each place of a batch: what was in front of it has left, what is behind not.
TEST_F(PathTxTest, RefusalsInTheMidstSpeakOfOnePacket) {
  const std::pair<const char*, int> refused[] = {
      {"198.18.65.1", EINVAL}, {"198.18.66.1", EACCES}, {"241.0.0.1", ENETUNREACH}, {"240.4.9.9", EAGAIN}};
  const std::vector<Wanted> others = {{by_gateway_}, {target4_}, {target4_}, {by_gateway_}, {by_gateway_}};
  for (const auto& [address, error] : refused) {
    for (std::size_t at = 0; at <= others.size(); ++at) {
      std::vector<Wanted> wanted = others;
      wanted.insert(wanted.begin() + static_cast<std::ptrdiff_t>(at), Wanted{parse(address)});
      const std::uint64_t before = framed() + by_kernel();
      const SendResult sent = send(wanted);
      EXPECT_EQ(sent.left, at) << address;
      EXPECT_EQ(sent.error, error) << address << " at " << at;
      EXPECT_EQ(framed() + by_kernel(), before + at);
    }
  }
}

TEST_F(PathTxTest, RefusedFramesAreNotCountedNorSentTwice) {
  log_->refusals = {{2, ENOBUFS}};
  const std::vector<Wanted> wanted(5, Wanted{by_gateway_});
  SendResult sent = send(wanted);
  EXPECT_EQ(sent.left, 2U);
  EXPECT_EQ(sent.error, ENOBUFS);
  EXPECT_EQ(framed(), 2U);
  log_->refusals.clear();
  log_->most = 2;  // and a back end that takes two at a time
  sent = send(wanted);
  EXPECT_EQ(sent.left, 5U);
  EXPECT_EQ(sent.error, 0);
  EXPECT_EQ(log_->sent.size(), 7U);
  for (const auto& frame : log_->sent) {
    EXPECT_EQ(packet::plain_checksum(std::span(frame.bytes).subspan(14, 20)), 0);
  }
}

TEST_F(PathTxTest, TooLongForItsLinkIsRefused) {
  const auto size = [](std::size_t whole) { return test_codec(whole - 28); };
  EXPECT_EQ(send({{by_gateway_}}, size(1400)).left, 1U);
  const SendResult sent = send({{by_gateway_}}, size(1401));
  EXPECT_EQ(sent.left, 0U);
  EXPECT_EQ(sent.error, EMSGSIZE);
  paths_->find(parse("fd00:e5:b::9"));
  learn(if_nametoindex("tap0"), parse("fd00:e5:a::2"), kSomebody);
  EXPECT_EQ(send({{parse("fd00:e5:b::9")}}, test_codec(1400 - 48)).left, 1U);
  EXPECT_EQ(send({{parse("fd00:e5:b::9")}}, test_codec(1401 - 48)).error, EMSGSIZE);
}

TEST_F(PathTxTest, GatewayWithoutMacAddressIsAskedForAndGivenUp) {
  SendResult sent = send({{by_unknown_}});
  EXPECT_EQ(sent.error, EAGAIN);
  ASSERT_EQ(log_->sent.size(), 1U);
  const auto request = packet::make_neighbour_request(parse("240.5.0.2"), kTap1, parse("240.5.0.1"));
  EXPECT_EQ(to_hex(log_->sent[0].bytes), to_hex(request.bytes()));
  EXPECT_EQ(log_->sent[0].interface, if_nametoindex("tap1"));
  const MonotonicTime start = clock_.now();
  while (sent.error == EAGAIN && clock_.now() - start < 10s) {
    clock_.advance(5ms);
    sent = send({{by_unknown_}});
  }
  EXPECT_EQ(sent.error, EHOSTDOWN);
  EXPECT_GE(clock_.now() - start, 2s);
  EXPECT_LT(clock_.now() - start, 3s) << "a sweep would call itself stuck";
  EXPECT_GE(log_->sent.size(), 8U) << "it is asked several times a second";
  EXPECT_LE(log_->sent.size(), 15U) << "and no more";
  EXPECT_EQ(framed() + by_kernel(), 0U);
  // At once for the next, yet it is still asked.
  log_->sent.clear();
  clock_.advance(300ms);
  EXPECT_EQ(send({{by_unknown_}}).error, EHOSTDOWN);
  EXPECT_EQ(log_->sent.size(), 1U);
  // And when it answers even so:
  learn(if_nametoindex("tap1"), parse("240.5.0.2"), kSomebody);
  log_->sent.clear();
  EXPECT_EQ(send({{by_unknown_}}).left, 1U);
  ASSERT_EQ(log_->sent.size(), 1U);
  EXPECT_EQ(to(0), kSomebody);
}

/// By an address that is ours in its family: also where IPv4 goes by an IPv6 gateway.
TEST_F(PathTxTest, GatewaysOfEachKindAreAskedForRight) {
  const std::uint32_t tap0 = if_nametoindex("tap0");
  EXPECT_EQ(send({{parse("240.3.9.9")}}).error, EAGAIN);
  ASSERT_EQ(log_->sent.size(), 1U);
  const auto by_v6 = packet::make_neighbour_request(parse("fd00:e5:a::2"), kTap0, parse("fd00:e5:a::1"));
  EXPECT_EQ(to_hex(log_->sent[0].bytes), to_hex(by_v6.bytes()));

  EXPECT_EQ(send({{parse("fd00:e5:c::9")}}).error, EAGAIN);
  ASSERT_EQ(log_->sent.size(), 2U);
  EXPECT_EQ(Address::v6_from_bytes(&log_->sent[1].bytes[14 + 8]).is_link_local_v6(), true);
  learn(tap0, parse("fd00:e5:a::2"), kSomebody);
  learn(tap0, parse("fe80::2").with_zone(tap0), kGateway4);
  EXPECT_EQ(send({{parse("240.3.9.9")}, {parse("fd00:e5:c::9")}}).left, 2U);
  EXPECT_EQ(to(2), kSomebody);
  EXPECT_EQ(ethertype(2), packet::kEthertypeIpv4);
  EXPECT_EQ(to(3), kGateway4);
}

TEST_F(PathTxTest, GatewaysInUseAreAskedForAgain) {
  const std::uint32_t tap0 = if_nametoindex("tap0");
  paths_->find(parse("fd00:e5:c::9"));
  learn(tap0, parse("fe80::2").with_zone(tap0), kSomebody);
  std::size_t arp = 0;
  std::size_t solicitations = 0;
  for (int i = 0; i < 310; ++i) {  // 31 s
    log_->sent.clear();
    ASSERT_EQ(send({{by_gateway_}, {parse("fd00:e5:c::9")}}).left, 2U);
    for (std::size_t sent = 0; sent < log_->sent.size(); ++sent) {
      arp += ethertype(sent) == packet::kEthertypeArp ? 1U : 0U;
      solicitations += log_->sent[sent].bytes.size() == 86 && log_->sent[sent].bytes[54] == 135 ? 1U : 0U;
    }
    clock_.advance(100ms);
  }
  EXPECT_GE(arp, 3U);
  EXPECT_LE(arp, 4U);
  EXPECT_EQ(solicitations, arp) << "link-local gateways too";
  learn(tap0, parse("240.1.0.2"), kSomebody);
  log_->sent.clear();
  ASSERT_EQ(send({{by_gateway_}}).left, 1U);
  EXPECT_EQ(to(log_->sent.size() - 1), kSomebody) << "another machine has taken over";
}

TEST_F(PathTxTest, RoutesThatChangeAreFollowed) {
  EXPECT_EQ(send({{by_gateway_}}).left, 1U);
  ASSERT_TRUE(ip_batch("route replace 240.2.0.0/16 dev tun0"));
  clock_.advance(501ms);
  EXPECT_EQ(send({{by_gateway_}}).left, 1U);
  EXPECT_EQ(by_tun(), 1U);
  // A question, or an echo with a MAC address, for what is no longer attached.
  EXPECT_EQ(send({{attached_, ProbeKind::kNeighbour}}).left, 1U);
  ASSERT_TRUE(
      ip_batch("route add 240.1.0.77/32 via 240.1.0.2\nroute add 240.1.0.78/32 dev tun0\n"
               "route add prohibit 240.1.0.79/32"));
  clock_.advance(501ms);
  log_->sent.clear();
  for (const auto& [address, error] :
       {std::pair{"240.1.0.77", EHOSTUNREACH}, std::pair{"240.1.0.78", EHOSTUNREACH},
        std::pair{"240.1.0.79", EACCES}}) {
    const SendResult sent = send({{parse(address), ProbeKind::kNeighbour}});
    EXPECT_EQ(sent.left, 0U) << address;
    EXPECT_EQ(sent.error, error) << address;
  }
  EXPECT_EQ(send({{attached_, ProbeKind::kEcho, kSomebody}}).left, 1U);
  EXPECT_EQ(to(log_->sent.size() - 1), kGateway4) << "by its gateway now";
  EXPECT_EQ(send({{parse("240.1.0.78"), ProbeKind::kEcho, kSomebody}}).left, 1U);
  EXPECT_EQ(by_tun(), 1U);
}

TEST_F(PathTxTest, WithoutFramesTheKernelSendsAllAndRoutesStayFresh) {
  ASSERT_NO_FATAL_FAILURE(open(nullptr));
  EXPECT_EQ(send({{target4_}, {parse("127.0.0.1")}, {by_gateway_}}).left, 3U);
  EXPECT_EQ(by_kernel(), 3U);
  EXPECT_EQ(framed(), 0U);
  EXPECT_TRUE(paths_->is_attached(attached_));
  ASSERT_TRUE(ip_batch("route add 240.1.0.77/32 dev tun0"));
  clock_.advance(501ms);
  EXPECT_EQ(send({{target4_}}).left, 1U);
  EXPECT_FALSE(paths_->is_attached(attached_)) << "whoever counts the kernel's neighbours must know";
}

TEST_F(PathTxTest, PacketSocketPutsFramesOnTheWire) {
  auto socket = PacketSocketTx::open(std::nullopt);
  ASSERT_TRUE(socket) << socket.error().message;
  ASSERT_NO_FATAL_FAILURE(open(std::make_unique<PacketSocketTx>(std::move(*socket))));
  EXPECT_EQ(send({{by_gateway_}, {parse("240.5.0.9"), ProbeKind::kEcho, kSomebody}, {target4_}}).left, 3U);
  const auto echo_on = [](const VirtualLink& tap) {
    for (Packet frame = tap.read(); !frame.empty(); frame = tap.read()) {
      if (frame.size() > 34 && frame[12] == 0x08 && frame[13] == 0x00 && frame[23] == 1) {
        return to_hex(std::span(frame).first(14)) + " " + to_hex(std::span(frame).subspan(30, 4));
      }
    }
    return std::string("none");
  };
  EXPECT_EQ(echo_on(tap0_), "02e500000a0202e500000a010800 f0020909");
  EXPECT_EQ(echo_on(tap1_), "02e500000a7702e500000b010800 f0050009");
  EXPECT_EQ(by_tun(), 1U);
  EXPECT_EQ(by_kernel(), 1U);
}

}  // namespace
}  // namespace echosweep::net

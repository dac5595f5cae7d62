#include "net/socket_tx.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cerrno>

#include "probes.hpp"

namespace echosweep::net {
namespace {

class SocketTxTest : public BehindATun {
 protected:
  void open(SocketKind kind, SocketOptions options) {
    tx_.reset();
    auto v4 = open_socket(Family::kIpv4, kind, options);
    options.shares_identifier = true;
    auto v6 = open_socket(Family::kIpv6, kind, options);
    ASSERT_TRUE(v4) << v4.error().message;
    ASSERT_TRUE(v6) << v6.error().message;
    tx_.emplace(kind, std::move(*v4), std::move(*v6));
  }
  void open(SocketKind kind) {
    SocketOptions options;
    options.identifier = Identifier{0xbeef};
    ASSERT_NO_FATAL_FAILURE(open(kind, options));
  }

  /// Sends a single probe and returns it as it stood on the wire.
  Packet on_the_wire(const packet::SweepCodec& codec, const Address& target) {
    const Probes probes(codec, {target});
    const SendResult sent = tx_->send(probes.packets);
    EXPECT_EQ(sent.left, 1U) << std::strerror(sent.error);
    return next_request(link_);
  }

  std::optional<SocketTx> tx_;
};

TEST_F(SocketTxTest, SprayLeavesIpv4AsTheCodecWroteIt) {
  packet::SweepCodecOptions options;
  options.ttl = Ttl{33};
  options.tos = Tos{0x48};
  options.dont_fragment = true;
  ASSERT_NO_FATAL_FAILURE(open(SocketKind::kSpray));
  const auto codec = test_codec(options);
  Packet expected = Probes(codec, {target4_}).bytes[0];
  const auto source = parse("198.19.255.254").bytes();  // the route's, where ours is 0.0.0.0
  std::copy_n(source.begin(), 4, expected.begin() + 12);
  packet::seal(std::span(expected).first(20), 10);
  EXPECT_EQ(packet::to_hex(on_the_wire(codec, target4_)), packet::to_hex(expected));
  options.source4 = parse("198.19.255.253");
  EXPECT_EQ(on_the_wire(test_codec(options), target4_)[15], 253);
}

TEST_F(SocketTxTest, APacketsOwnHopLimitIsItsAlone) {
  SocketOptions options;
  options.ttl = Ttl{33};
  options.identifier = Identifier{0xbeef};
  const auto codec = test_codec();
  for (const SocketKind kind : {SocketKind::kSpray, SocketKind::kLarge, SocketKind::kPing}) {
    ASSERT_NO_FATAL_FAILURE(open(kind, options));
    for (const Address& target : {target4_, target6_}) {
      const bool ours = target.is_v4() && kind == SocketKind::kSpray;  // where the codec has written it
      Probes probes(codec, {target, target, target});
      probes.packets[1].hop_limit = Ttl{7};
      ASSERT_EQ(tx_->send(probes.packets).left, 3U);
      for (const int expected : {33, 7, 33}) {
        const Packet sent = next_request(link_);
        ASSERT_FALSE(sent.empty());
        EXPECT_EQ(sent[target.is_v4() ? 8 : 7], ours ? 64 : expected);
      }
    }
  }
}

TEST_F(SocketTxTest, KernelWritesHeadersAsAsked) {
  SocketOptions options;
  options.ttl = Ttl{33};
  options.tos = Tos{0x48};
  options.source4 = parse("198.19.255.253");
  options.source6 = parse("fd00:e5:ffff::2");
  options.identifier = Identifier{0xbeef};
  for (const SocketKind kind : {SocketKind::kSpray, SocketKind::kLarge, SocketKind::kPing}) {
    ASSERT_NO_FATAL_FAILURE(open(kind, options));
    const auto codec = test_codec();
    const Packet packet6 = on_the_wire(codec, target6_);
    ASSERT_EQ(packet6.size(), 66U);
    EXPECT_EQ(packet::to_hex(std::span(packet6).first(2)).substr(0, 3), "648");  // a flow label follows
    EXPECT_EQ(packet6[7], 33);
    EXPECT_EQ(packet6[23], 2) << "the source";
    const Packet ours6 = Probes(codec, {target6_}).bytes[0];
    EXPECT_EQ(packet::to_hex(std::span(packet6).subspan(44)), packet::to_hex(std::span(ours6).subspan(4)));
    Packet sealed = packet6;
    packet::seal6(sealed);
    EXPECT_EQ(sealed, packet6) << "its checksum is wrong";
    if (kind == SocketKind::kSpray) {
      continue;  // IPv4 headers are ours there
    }
    const Packet packet4 = on_the_wire(codec, target4_);
    ASSERT_EQ(packet4.size(), 46U);
    EXPECT_EQ(packet4[1], 0x48);
    EXPECT_EQ(packet4[6] & 0x40, 0) << "DF";
    EXPECT_EQ(packet4[8], 33);
    EXPECT_EQ(packet4[15], 253);
    const Packet ours4 = Probes(codec, {target4_}).bytes[0];
    EXPECT_EQ(packet::to_hex(std::span(packet4).subspan(20)), packet::to_hex(std::span(ours4).subspan(20)));
  }
}

TEST_F(SocketTxTest, LargePacketsLeaveInFragmentsUnlessForbidden) {
  const auto codec = test_codec(3000);
  for (const bool dont_fragment : {false, true}) {
    SocketOptions options;
    options.dont_fragment = dont_fragment;
    ASSERT_NO_FATAL_FAILURE(open(SocketKind::kLarge, options));
    for (const Address& target : {target4_, target6_}) {
      const Probes probes(codec, {target});
      const SendResult sent = tx_->send(probes.packets);
      std::size_t bytes = 0;
      int fragments = 0;
      for (Packet packet = link_.read(); !packet.empty(); packet = link_.read()) {
        const bool v6_fragment = packet[0] >> 4 == 6 && packet[6] == 44;
        if (packet[0] >> 4 == (target.is_v4() ? 4 : 6) && (target.is_v4() || v6_fragment)) {
          EXPECT_LE(packet.size(), 1500U);
          bytes += packet.size() - (target.is_v4() ? 20 : 48);
          ++fragments;
        }
      }
      EXPECT_EQ(sent.left, dont_fragment ? 0U : 1U);
      EXPECT_EQ(sent.error, dont_fragment ? EMSGSIZE : 0);
      EXPECT_EQ(fragments, dont_fragment ? 0 : 3);
      EXPECT_EQ(bytes, dont_fragment ? 0U : 3008U);
    }
  }
}

TEST_F(SocketTxTest, DontFragmentIsOnTheWire) {
  SocketOptions options;
  options.dont_fragment = true;
  ASSERT_NO_FATAL_FAILURE(open(SocketKind::kLarge, options));
  EXPECT_EQ(on_the_wire(test_codec(1400), target4_)[6] & 0x40, 0x40);
}

TEST_F(SocketTxTest, SendsMixedFamiliesInTheirOrder) {
  ASSERT_NO_FATAL_FAILURE(open(SocketKind::kSpray));
  std::vector<Address> targets;
  for (std::uint32_t i = 0; i < 300; ++i) {  // longer than one system call takes, and runs of all lengths
    targets.push_back(i % 7 < 4 || (i > 100 && i < 240) ? target4_.plus(i) : target6_.plus(i));
  }
  const Probes probes(test_codec(), targets);
  const SendResult sent = tx_->send(probes.packets);
  EXPECT_EQ(sent.left, targets.size());
  EXPECT_EQ(sent.error, 0);
  for (const Address& target : targets) {
    const Packet packet = next_request(link_);
    ASSERT_FALSE(packet.empty());
    const Address destination = packet[0] >> 4 == 4
                                    ? Address::v4(static_cast<std::uint32_t>(
                                          packet[16] << 24 | packet[17] << 16 | packet[18] << 8 | packet[19]))
                                    : Address::v6_from_bytes(&packet[24]);
    ASSERT_EQ(to_string(destination), to_string(target));
  }
  EXPECT_TRUE(next_request(link_).empty());
}

TEST_F(SocketTxTest, SaysWhichPacketCannotLeaveAndWhy) {
  ASSERT_TRUE(
      ip_batch("route add blackhole 198.18.65.0/24\n"
               "route add prohibit 198.18.66.0/24\n"
               "route add unreachable 198.18.67.0/24\n"
               "route add throw 198.18.68.0/24\n"
               "route add blackhole fd00:e5:65::/48\n"
               "route add prohibit fd00:e5:66::/48\n"
               "route add throw fd00:e5:68::/48"));
  ASSERT_NO_FATAL_FAILURE(open(SocketKind::kSpray));
  const std::pair<const char*, int> cases[] = {{"198.18.65.1", EINVAL},       {"198.18.66.1", EACCES},
                                               {"198.18.67.1", EHOSTUNREACH}, {"198.18.68.1", ENETUNREACH},
                                               {"fd00:e5:65::1", EINVAL},     {"fd00:e5:66::1", EACCES},
                                               {"fd00:e5:68::1", ENETUNREACH}};
  for (const auto& [address, error] : cases) {
    const Probes probes(test_codec(), {target4_, target6_, target4_, parse(address), target4_, target6_});
    const SendResult sent = tx_->send(probes.packets);
    EXPECT_EQ(sent.left, 3U) << address;
    EXPECT_EQ(sent.error, error) << address << ": " << std::strerror(sent.error);
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(next_request(link_).empty()) << address;
    }
    EXPECT_TRUE(next_request(link_).empty()) << "something behind the error left: " << address;
  }
}

// A raw socket says nothing of a full device queue unless it is asked to: see net/sockets.cpp.
TEST_F(SocketTxTest, HearsOfAFullQueue) {
  ASSERT_EQ(std::system("tc qdisc replace dev tun0 root tbf rate 8kbit burst 1600 limit 3000"), 0);
  for (const SocketKind kind : {SocketKind::kSpray, SocketKind::kLarge, SocketKind::kPing}) {
    ASSERT_NO_FATAL_FAILURE(open(kind));
    for (const Address& target : {target4_, target6_}) {
      if (kind == SocketKind::kPing && !target.is_v4()) {
        continue;  // says nothing: see below
      }
      const Probes probes(test_codec(), std::vector<Address>(1000, target));
      const SendResult sent = tx_->send(probes.packets);
      EXPECT_EQ(sent.error, ENOBUFS) << to_string(target) << ": " << std::strerror(sent.error);
      EXPECT_LT(sent.left, 200U) << "the queue has room for 3000 bytes";
    }
  }
}

// An ICMPv6 ping socket hides ENOBUFS whatever one asks of it: its own buffer must be full before a queue of
// the usual 1000 packets is.
TEST_F(SocketTxTest, PingSocketsOfIpv6AreFullBeforeTheQueueIs) {
  ASSERT_EQ(std::system("tc qdisc replace dev tun0 root handle 1: tbf rate 8kbit burst 1600 limit 100000 && "
                        "tc qdisc replace dev tun0 parent 1:1 pfifo limit 1000"),
            0);
  ASSERT_NO_FATAL_FAILURE(open(SocketKind::kPing));
  const Probes probes(test_codec(), std::vector<Address>(2000, target6_));
  const SendResult sent = tx_->send(probes.packets);
  EXPECT_EQ(sent.error, EAGAIN) << std::strerror(sent.error);
  EXPECT_LT(sent.left, 1000U);
}

// On sockets that hear errors, one about a target fails the next call, whomever that is to.
TEST_F(SocketTxTest, AnErrorAboutOneTargetDoesNotStopTheNext) {
  for (const SocketKind kind : {SocketKind::kSpray, SocketKind::kLarge, SocketKind::kPing}) {
    ASSERT_NO_FATAL_FAILURE(open(kind));
    for (const Address& target : {target4_, target6_}) {
      const bool v4 = target.is_v4();
      for (int round = 0; round < 20; ++round) {
        const Packet request = on_the_wire(test_codec(), target);
        ASSERT_FALSE(request.empty());
        ASSERT_TRUE(
            link_.write(error_about(request, v4 ? router4_ : router6_, v4 ? 3 : 1, v4 ? 1 : 3, 1000)));
        const Probes more(test_codec(), std::vector<Address>(100, target.plus(1)));
        const SendResult sent = tx_->send(more.packets);
        ASSERT_EQ(sent.left, 100U) << std::strerror(sent.error);
        for (int i = 0; i < 100; ++i) {
          ASSERT_FALSE(next_request(link_).empty());
        }
      }
    }
  }
}

}  // namespace
}  // namespace echosweep::net

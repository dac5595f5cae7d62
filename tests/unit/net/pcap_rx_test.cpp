#include "net/pcap_rx.hpp"

#include <cap-ng.h>
#include <gtest/gtest.h>

#include <map>

#include "net/links.hpp"
#include "net/socket_tx.hpp"
#include "probes.hpp"
#include "support/decoded.hpp"

namespace echosweep::net {
namespace {

using namespace std::chrono_literals;

class PcapRxTest : public BehindATun {
 protected:
  void make() override {
    ASSERT_NO_FATAL_FAILURE(BehindATun::make());
    auto rx = PcapRx::open(codec_.capture_filter());
    ASSERT_TRUE(rx) << rx.error().message;
    rx_ = std::move(*rx);
    auto v4 = open_socket(Family::kIpv4, SocketKind::kSpray, {});
    auto v6 = open_socket(Family::kIpv6, SocketKind::kSpray, {});
    ASSERT_TRUE(v4 && v6);
    tx_.emplace(SocketKind::kSpray, std::move(*v4), std::move(*v6));
  }

  void send(const std::vector<Address>& targets) {
    const Probes probes(codec_, targets);
    const SendResult sent = tx_->send(probes.packets);
    ASSERT_EQ(sent.left, targets.size()) << std::strerror(sent.error);
  }

  /// How often each source was captured, up to and with the reply of `last`, which is waited for: what was
  /// sent before it has come before it.
  std::map<std::string, int> capture_until(const Address& last) {
    std::map<std::string, int> heard;
    std::vector<CapturedPacket> batch(64);
    for (int reads = 0; reads < 500 && !heard.contains(to_string(last)); ++reads) {
      const auto taken = rx_->receive(batch, 20ms);
      EXPECT_TRUE(taken);
      for (const CapturedPacket& captured : std::span(batch).first(taken.value_or(0))) {
        interfaces_.push_back(captured.interface);
        const auto decoded = support::decoded(captured.family, captured.bytes(), captured.interface);
        EXPECT_TRUE(decoded);
        ++heard[decoded ? to_string(decoded->source) : "?"];
      }
    }
    return heard;
  }

  const packet::SweepCodec codec_ = test_codec();
  std::unique_ptr<PcapRx> rx_;
  std::optional<SocketTx> tx_;
  std::vector<std::uint32_t> interfaces_;
};

// The replies that come first, into a ring that has only just been opened, are the ones that others lose.
TEST_F(PcapRxTest, HearsTheVeryFirstReply) {
  for (const char* first : {"127.0.0.1", "::1"}) {
    auto fresh = PcapRx::open(codec_.capture_filter());
    ASSERT_TRUE(fresh);
    rx_ = std::move(*fresh);
    send({parse(first)});
    EXPECT_EQ(capture_until(parse(first)), (std::map<std::string, int>{{first, 1}}));
  }
}

TEST_F(PcapRxTest, HandsOutAtOnceWhatIsToBeHandedOutSo) {
  auto fresh = PcapRx::open(codec_.capture_filter(), 1 << 20, PcapRx::Delivery::kAtOnce);
  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_LT((*fresh)->delay(), rx_->delay());
  rx_ = std::move(*fresh);
  send({parse("127.0.0.1")});
  std::vector<CapturedPacket> batch(4);
  // In no block that has to be full first: the reply comes by itself.
  const auto taken = rx_->receive(batch, 1s);
  EXPECT_EQ(taken.value_or(0), 1U);
}

TEST_F(PcapRxTest, HearsOneReplyForEachProbeOnTheLoopback) {
  constexpr std::uint32_t kProbes = 5000;
  std::vector<Address> targets;
  for (std::uint32_t i = 1; i <= kProbes; ++i) {
    targets.push_back(Address::v4(0x7f010000 + i));
  }
  targets.push_back(parse("::1"));
  targets.push_back(parse("127.9.9.9"));
  send(targets);
  const auto heard = capture_until(targets.back());
  EXPECT_EQ(heard.size(), targets.size());
  for (const auto& [source, times] : heard) {
    ASSERT_EQ(times, 1) << source;
  }
  EXPECT_EQ(rx_->drops(), 0U);
}

TEST_F(PcapRxTest, StampsAndNamesTheInterface) {
  send({target4_});
  const Packet request = next_request(link_);
  const WallTime before = std::chrono::system_clock::now();
  ASSERT_TRUE(link_.write(reply_to(request)));
  std::vector<CapturedPacket> batch(4);
  std::size_t taken = 0;
  for (int reads = 0; reads < 500 && taken == 0; ++reads) {
    taken = rx_->receive(batch, 20ms).value_or(0);
  }
  ASSERT_EQ(taken, 1U);
  EXPECT_EQ(batch[0].interface, if_nametoindex("tun0"));
  EXPECT_EQ(packet::to_hex(batch[0].bytes()), packet::to_hex(reply_to(request)));
  EXPECT_LT(std::chrono::abs(batch[0].received - before), 1min);
}

TEST_F(PcapRxTest, TellsHowLongPacketsWereThatItCuts) {
  const Probes probes(test_codec(1000), {parse("127.0.0.1"), parse("::1")});
  ASSERT_EQ(tx_->send(probes.packets).left, 2U);
  std::vector<CapturedPacket> heard;
  std::vector<CapturedPacket> batch(4);
  for (int reads = 0; reads < 500 && heard.size() < 2; ++reads) {
    const std::size_t taken = rx_->receive(batch, 20ms).value_or(0);
    heard.insert(heard.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  ASSERT_EQ(heard.size(), 2U);
  for (const CapturedPacket& captured : heard) {
    EXPECT_EQ(captured.size, CapturedPacket::kSnapshot);
    EXPECT_EQ(captured.wire_size, (captured.family == Family::kIpv4 ? 20U : 40U) + 1008U);
  }
}

TEST_F(PcapRxTest, HearsErrorsOnATunWithoutAnyLinkHeader) {
  send({target6_});
  ASSERT_TRUE(link_.write(error_about(next_request(link_), router6_, 1, 3, 48)));
  send({parse("127.0.0.1")});
  EXPECT_EQ(capture_until(parse("127.0.0.1")),
            (std::map<std::string, int>{{"fd00:e5::1:2", 1}, {"127.0.0.1", 1}}));
}

TEST_F(PcapRxTest, GivesWhatFitsAndKeepsTheRest) {
  std::vector<Address> targets;
  for (std::uint32_t i = 1; i <= 50; ++i) {
    targets.push_back(Address::v4(0x7f010000 + i));
  }
  send(targets);
  std::map<std::string, int> heard;
  std::vector<CapturedPacket> batch(3);
  for (int reads = 0; reads < 500 && heard.size() < targets.size(); ++reads) {
    const auto taken = rx_->receive(batch, 20ms);
    ASSERT_TRUE(taken);
    ASSERT_LE(*taken, batch.size());
    for (std::size_t i = 0; i < *taken; ++i) {
      ++heard[to_string(support::decoded(batch[i].family, batch[i].bytes(), 0)->source)];
    }
  }
  EXPECT_EQ(heard.size(), targets.size());
}

TEST_F(PcapRxTest, GoesOnWhenAnInterfaceGoesDown) {
  send({target4_});
  ASSERT_TRUE(link_.write(reply_to(next_request(link_))));
  ASSERT_TRUE(ip_batch("link set tun0 down"));
  send({parse("127.0.0.1")});
  EXPECT_EQ(capture_until(parse("127.0.0.1")),
            (std::map<std::string, int>{{"198.18.1.2", 1}, {"127.0.0.1", 1}}));
  send({parse("127.0.0.2")});
  EXPECT_EQ(capture_until(parse("127.0.0.2")), (std::map<std::string, int>{{"127.0.0.2", 1}}));
}

/// An Ethernet interface too, tap0 with the address 02:e5:00:00:00:01.
class PcapRxOnEthernet : public PcapRxTest {
 protected:
  void make() override {
    ASSERT_NO_FATAL_FAILURE(PcapRxTest::make());
    ASSERT_TRUE(tap_.open("tap0", IFF_TAP)) << std::strerror(errno);
    ASSERT_TRUE(ip_batch("link set tap0 address 02:e5:00:00:00:01 up"));
  }

  /// A reply that 198.18.7.`host` might have sent, in a frame with this header.
  void arrive(std::uint8_t host, const char* frame_header) {
    Packet request = packet::join(
        {packet::hex("45000000 00000000 40010000 c613fffe c6120700 08000000 beef0000"), Packet(18, 0)});
    request[3] = static_cast<std::uint8_t>(request.size());
    request[19] = host;
    ASSERT_TRUE(tap_.write(packet::join({packet::hex(frame_header), reply_to(request)})));
  }

  VirtualLink tap_;
};

constexpr const char* kToUs = "02e500000001 02e500000002 0800";

TEST_F(PcapRxOnEthernet, HearsOnlyWhatIsForThisHost) {
  arrive(1, kToUs);
  arrive(2, "02e500000099 02e500000002 0800");  // another host's: a macvlan's lower device sees such
  arrive(3, "ffffffffffff 02e500000002 0800");
  arrive(4, "02e500000001 02e500000002 8100 0005 0800");  // tagged: comes again on the VLAN's interface
  arrive(5, kToUs);
  EXPECT_EQ(capture_until(parse("198.18.7.5")),
            (std::map<std::string, int>{{"198.18.7.1", 1}, {"198.18.7.5", 1}}));
}

TEST_F(PcapRxOnEthernet, HearsAReplyBehindABridgeOnce) {
  ASSERT_TRUE(
      ip_batch("link add br0 address 02:e5:00:00:00:01 type bridge stp_state 0 forward_delay 0\n"
               "link set tap0 master br0\n"
               "link set br0 up"));
  EXPECT_TRUE(hands_packets_to_master(if_nametoindex("tap0")));
  EXPECT_FALSE(hands_packets_to_master(if_nametoindex("br0")));
  arrive(1, kToUs);
  arrive(2, kToUs);
  EXPECT_EQ(capture_until(parse("198.18.7.2")),
            (std::map<std::string, int>{{"198.18.7.1", 1}, {"198.18.7.2", 1}}));
  EXPECT_EQ(interfaces_, std::vector(2, if_nametoindex("br0")));
  ASSERT_TRUE(ip_batch("link del br0"));
}

class PcapRxOpen : public InPrivateNetwork {};

TEST_F(PcapRxOpen, RefusesAFilterThatIsNone) {
  const auto rx = PcapRx::open("icmp and and");
  ASSERT_FALSE(rx);
  EXPECT_EQ(rx.error().message.rfind("cannot compile the capture filter: ", 0), 0U) << rx.error().message;
}

TEST_F(PcapRxOpen, SaysWhatItNeeds) {
  const auto without_rights = [] {
    capng_clear(CAPNG_SELECT_BOTH);
    capng_apply(CAPNG_SELECT_CAPS);
    const auto rx = PcapRx::open("icmp");
    std::fputs(rx ? "opened" : rx.error().message.c_str(), stderr);
    std::_Exit(0);
  };
  EXPECT_EXIT(without_rights(), testing::ExitedWithCode(0),
              "cannot capture packets: permission denied .needs CAP_NET_RAW: sudo setcap");
}

TEST(PcapRxRing, HoldsFourSecondsOfRepliesWithinItsBounds) {
  EXPECT_EQ(PcapRx::ring_bytes_for({.per_second = 0}), PcapRx::kRingBytes) << "no limit";
  EXPECT_EQ(PcapRx::ring_bytes_for({.per_second = 1}), 8 << 20);
  EXPECT_EQ(PcapRx::ring_bytes_for({.per_second = 20'000}), 12'800'000);
  EXPECT_EQ(PcapRx::ring_bytes_for({.per_second = 1e12}), PcapRx::kRingBytes);
}

}  // namespace
}  // namespace echosweep::net

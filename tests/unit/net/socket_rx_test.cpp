#include "net/socket_rx.hpp"

#include <gtest/gtest.h>

#include "net/ping_sockets.hpp"
#include "net/socket_tx.hpp"
#include "probes.hpp"
#include "support/decoded.hpp"

namespace echosweep::net {
namespace {

using namespace std::chrono_literals;

class SocketRxTest : public BehindATun {
 protected:
  /// Ping sockets of both families: requests leave by tx_, what comes back is read by rx_.
  void open_ping() {
    SocketOptions options;
    options.identifier = Identifier{0xbeef};
    auto v4 = open_socket(Family::kIpv4, SocketKind::kPing, options);
    options.shares_identifier = true;
    auto v6 = open_socket(Family::kIpv6, SocketKind::kPing, options);
    ASSERT_TRUE(v4) << v4.error().message;
    ASSERT_TRUE(v6) << v6.error().message;
    rx_.emplace(SocketKind::kPing, v4->duplicate().value(), v6->duplicate().value());
    tx_.emplace(SocketKind::kPing, std::move(*v4), std::move(*v6));
  }

  /// Raw sockets, as large packets need them.
  void open_large(bool keeps_whole = false) {
    auto v4 = open_socket(Family::kIpv4, SocketKind::kLarge, {});
    auto v6 = open_socket(Family::kIpv6, SocketKind::kLarge, {});
    auto ears4 = open_listening_socket(Family::kIpv4, {});
    auto ears6 = open_listening_socket(Family::kIpv6, {});
    ASSERT_TRUE(v4 && v6 && ears4 && ears6);
    rx_.emplace(SocketKind::kLarge, std::move(*ears4), std::move(*ears6), keeps_whole);
    tx_.emplace(SocketKind::kLarge, std::move(*v4), std::move(*v6));
  }

  Packet request(const packet::SweepCodec& codec, const Address& target) {
    const Probes probes(codec, {target});
    EXPECT_EQ(tx_->send(probes.packets).left, 1U);
    return next_request(link_);
  }

  /// All that can be read now. What a test has written to the link is in the socket when write() returns.
  std::vector<CapturedPacket> read(std::size_t at_once = 16) {
    std::vector<CapturedPacket> all;
    std::vector<CapturedPacket> batch(at_once);
    while (true) {
      const auto taken = rx_->receive(batch, 1ms);
      EXPECT_TRUE(taken);
      if (!taken || *taken == 0) {
        return all;
      }
      all.insert(all.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(*taken));
    }
  }

  std::optional<SocketTx> tx_;
  std::optional<SocketRx> rx_;
};

TEST_F(SocketRxTest, PingSocketsHearRepliesAsTheDecoderWantsThem) {
  ASSERT_NO_FATAL_FAILURE(open_ping());
  const auto codec = test_codec();
  for (const Address& target : {target4_, target6_}) {
    Packet sent = request(codec, target);
    sent[1] = target.is_v4() ? 0x20 : 0x00;
    ASSERT_TRUE(link_.write(reply_to(sent, Ttl{55})));
    const auto packets = read();
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets[0].interface, if_nametoindex("tun0"));
    EXPECT_NE(packets[0].received, WallTime{});
    const auto decoded = support::decoded(packets[0].family, packets[0].bytes(), packets[0].interface);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->source, target);
    EXPECT_EQ(decoded->ttl, Ttl{55});
    EXPECT_EQ(decoded->tos, Tos{static_cast<std::uint8_t>(target.is_v4() ? 0x20 : 0)});
    EXPECT_EQ(decoded->identifier.value, 0xbeef);
    EXPECT_EQ(decoded->sequence, codec.sequence(0, Pass{0}));
    EXPECT_TRUE(codec.verify(decoded->payload));
    EXPECT_FALSE(decoded->error);
  }
}

std::uint32_t message_size(const CapturedPacket& captured) {
  const auto decoded =
      support::decoded(captured.family, captured.bytes(), captured.interface, captured.wire_size);
  EXPECT_TRUE(decoded);
  return decoded ? decoded->size : 0;
}

TEST_F(SocketRxTest, TellsHowLongMessagesWereThatItCuts) {
  ASSERT_NO_FATAL_FAILURE(open_ping());
  for (const std::size_t payload : {0U, 18U, 56U, 1000U, 60000U}) {
    const Probes probes(test_codec(payload), {parse("127.0.0.1"), parse("::1")});
    ASSERT_EQ(tx_->send(probes.packets).left, 2U);
    const auto packets = read();
    ASSERT_EQ(packets.size(), 2U);
    EXPECT_EQ(message_size(packets[0]), 8 + payload);
    EXPECT_EQ(message_size(packets[1]), 8 + payload);
  }
}

TEST_F(SocketRxTest, PingSocketsHearNothingOfOtherIdentifiers) {
  ASSERT_NO_FATAL_FAILURE(open_ping());
  for (const Address& target : {target4_, target6_}) {
    Packet other = request(test_codec(), target);
    other[header_size(other) + 5] = 0xee;
    ASSERT_TRUE(link_.write(reply_to(other)));
    EXPECT_TRUE(read().empty());
  }
}

TEST_F(SocketRxTest, PingSocketsHearIcmpErrorsByTheErrorQueue) {
  ASSERT_NO_FATAL_FAILURE(open_ping());
  const auto codec = test_codec();
  const std::pair<IcmpError, std::size_t> errors[] = {
      {{Family::kIpv4, 3, 0}, 28},   {{Family::kIpv4, 3, 1}, 1000}, {{Family::kIpv4, 3, 13}, 28},
      {{Family::kIpv4, 11, 0}, 28},  {{Family::kIpv4, 12, 0}, 46},  {{Family::kIpv6, 1, 0}, 48},
      {{Family::kIpv6, 1, 3}, 1000}, {{Family::kIpv6, 3, 0}, 48},   {{Family::kIpv6, 4, 1}, 66}};
  for (const auto& [error, quoted] : errors) {
    const bool v4 = error.family == Family::kIpv4;
    const Packet sent = request(codec, v4 ? target4_ : target6_);
    ASSERT_TRUE(link_.write(error_about(sent, v4 ? router4_ : router6_, error.type, error.code, quoted)));
    const auto packets = read();
    ASSERT_EQ(packets.size(), 1U) << int{error.type} << "/" << int{error.code};
    const auto decoded = support::decoded(packets[0].family, packets[0].bytes(), packets[0].interface);
    ASSERT_TRUE(decoded) << int{error.type} << "/" << int{error.code};
    EXPECT_EQ(decoded->error, error);
    EXPECT_EQ(decoded->source, v4 ? router4_ : router6_);
    EXPECT_EQ(decoded->probed, v4 ? target4_ : target6_);
    EXPECT_EQ(decoded->identifier.value, 0xbeef);
    EXPECT_EQ(decoded->sequence, codec.sequence(0, Pass{0}));
    EXPECT_EQ(codec.verify(decoded->payload).has_value(), quoted >= (v4 ? 46U : 66U));
  }
}

TEST_F(SocketRxTest, ManyErrorsAndRepliesAreAllRead) {
  ASSERT_NO_FATAL_FAILURE(open_ping());
  const auto codec = test_codec();
  constexpr int kEach = 100;
  for (int i = 0; i < kEach; ++i) {
    const Packet sent = request(codec, target4_);
    ASSERT_TRUE(link_.write(i % 2 == 0 ? reply_to(sent) : error_about(sent, router4_, 3, 1, 100)));
    const Packet sent6 = request(codec, target6_);
    ASSERT_TRUE(link_.write(i % 2 == 0 ? reply_to(sent6) : error_about(sent6, router6_, 1, 3, 100)));
  }
  int replies = 0;
  int errors = 0;
  for (const CapturedPacket& captured : read(7)) {
    const auto decoded = support::decoded(captured.family, captured.bytes(), captured.interface);
    ASSERT_TRUE(decoded);
    ++(decoded->error ? errors : replies);
  }
  EXPECT_EQ(replies, kEach);
  EXPECT_EQ(errors, kEach);
  EXPECT_EQ(rx_->drops(), 0U);
}

TEST_F(SocketRxTest, AFloodKeepsNobodyWaitingAndAFullBatchIsNoEnd) {
  ASSERT_NO_FATAL_FAILURE(open_ping());
  const auto codec = test_codec();
  const Packet sent = request(codec, target4_);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(link_.write(reply_to(sent)));
  }
  ASSERT_TRUE(link_.write(reply_to(request(codec, target6_))));
  std::vector<CapturedPacket> batch(64);
  EXPECT_EQ(rx_->receive(batch, 1ms).value(), batch.size()) << "less would say that all is read";
  const auto is_v6 = [](const CapturedPacket& captured) { return captured.family == Family::kIpv6; };
  EXPECT_EQ(std::ranges::count_if(batch, is_v6), 1);
  EXPECT_EQ(rx_->receive(batch, 1ms).value(), 37U);
}

TEST_F(SocketRxTest, AnswersOfThisMachineItself) {
  ASSERT_NO_FATAL_FAILURE(open_ping());
  const auto codec = test_codec();
  const Probes probes(codec, {parse("127.0.0.1"), parse("127.1.2.3"), parse("::1")});
  ASSERT_EQ(tx_->send(probes.packets).left, 3U);
  std::vector<std::string> heard;
  for (const CapturedPacket& captured : read()) {
    const auto decoded = support::decoded(captured.family, captured.bytes(), captured.interface);
    ASSERT_TRUE(decoded && codec.verify(decoded->payload));
    heard.push_back(to_string(decoded->source));
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"127.0.0.1", "127.1.2.3", "::1"}));
}

TEST_F(SocketRxTest, LargeRepliesComeWholeOutOfTheirFragments) {
  ASSERT_NO_FATAL_FAILURE(open_large());
  const auto codec = test_codec(65507);
  const Probes probes(codec, {parse("127.0.0.1"), parse("::1")});
  ASSERT_EQ(tx_->send(probes.packets).left, 2U);
  // More than the loopback's MTU of 65,536 only with its header: give it a smaller one.
  ASSERT_TRUE(ip_batch("link set lo mtu 1500"));
  ASSERT_EQ(tx_->send(probes.packets).left, 2U);
  ASSERT_TRUE(ip_batch("link set lo mtu 65536"));
  const auto packets = read();
  ASSERT_EQ(packets.size(), 4U);
  for (const CapturedPacket& captured : packets) {
    EXPECT_EQ(captured.size, CapturedPacket::kSnapshot);
    EXPECT_EQ(message_size(captured), 8U + 65507U);
    const auto decoded = support::decoded(captured.family, captured.bytes(), captured.interface);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->source, captured.family == Family::kIpv4 ? parse("127.0.0.1") : parse("::1"));
    EXPECT_EQ(decoded->ttl, Ttl{64});
    EXPECT_TRUE(codec.verify(decoded->payload));
  }
}

TEST_F(SocketRxTest, KeepsAllOfALongPacketWhereThatIsWanted) {
  ASSERT_NO_FATAL_FAILURE(open_large(true));
  const auto codec = test_codec(3000);
  const Probes probes(codec, {parse("127.0.0.1"), parse("::1"), parse("127.0.0.2")});
  ASSERT_EQ(tx_->send(probes.packets).left, 3U);
  std::vector<CapturedPacket> batch(16);
  ASSERT_EQ(rx_->receive(batch, 1ms).value(), 3U);
  for (const CapturedPacket& captured : std::span(batch).first(3)) {
    ASSERT_EQ(captured.whole.size(), (captured.family == Family::kIpv4 ? 20U : 40U) + 8U + 3000U);
    EXPECT_TRUE(std::ranges::equal(captured.whole.first(captured.size), captured.bytes()));
    const auto decoded = support::decoded(captured.family, captured.whole, captured.interface);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->payload.size(), 3000U);
    const auto tagged = codec.verify(decoded->payload);
    ASSERT_TRUE(tagged);
    const auto sent = std::span(probes.bytes[tagged->index]);
    EXPECT_TRUE(std::ranges::equal(decoded->payload, sent.last(3000)));
  }
  ASSERT_EQ(rx_->receive(batch, 1ms).value(), 0U);
  const auto small = test_codec();
  ASSERT_EQ(tx_->send(Probes(small, {parse("127.0.0.1")}).packets).left, 1U);
  ASSERT_EQ(rx_->receive(batch, 1ms).value(), 1U);
  EXPECT_TRUE(batch[0].whole.empty()) << "bytes() has it all";
}

TEST_F(SocketRxTest, ListeningSocketsHearErrorsWhole) {
  ASSERT_NO_FATAL_FAILURE(open_large());
  const auto codec = test_codec();
  for (const Address& target : {target4_, target6_}) {
    const bool v4 = target.is_v4();
    const Packet sent = request(codec, target);
    ASSERT_TRUE(link_.write(error_about(sent, v4 ? router4_ : router6_, v4 ? 3 : 1, 0, 1000)));
    const auto packets = read();
    ASSERT_EQ(packets.size(), 1U) << to_string(target);
    const auto decoded = support::decoded(packets[0].family, packets[0].bytes(), packets[0].interface);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->source, v4 ? router4_ : router6_);
    EXPECT_EQ(decoded->probed, target);
    EXPECT_TRUE(codec.verify(decoded->payload));
  }
}

TEST_F(SocketRxTest, KeepsWhetherAReplyMayBeFragmented) {
  ASSERT_NO_FATAL_FAILURE(open_large());
  constexpr std::size_t kFlags = 6;
  for (const std::uint8_t flags : {std::uint8_t{0x40}, std::uint8_t{0}}) {
    Packet sent = request(test_codec(), target4_);
    sent[kFlags] = flags;
    ASSERT_TRUE(link_.write(reply_to(sent)));
    const auto packets = read();
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets[0].bytes()[kFlags], flags);
  }
}

int send_buffer(const Fd& fd) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  EXPECT_EQ(getsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &bytes, &size), 0);
  return bytes;
}

TEST_F(SocketRxTest, PingsSocketsTellTheTosAndHaveRoomAsOthersHave) {
  PingSocketOptions options;
  options.identifier = Identifier{0xbeef};
  for (const Address& target : {target4_, target6_}) {
    const bool v4 = target.is_v4();
    auto sockets = open_ping_sockets(target.family(), options);
    ASSERT_TRUE(sockets) << sockets.error().message;
    ASSERT_EQ(sockets->kind, SocketKind::kPing);
    const auto other = open_socket(target.family(), SocketKind::kPing, {});
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_EQ(send_buffer(sockets->sending), send_buffer(*other));
    rx_.emplace(SocketKind::kPing, v4 ? std::move(sockets->hearing) : Fd{},
                v4 ? Fd{} : std::move(sockets->hearing));
    tx_.emplace(SocketKind::kPing, v4 ? std::move(sockets->sending) : Fd{},
                v4 ? Fd{} : std::move(sockets->sending));
    Packet sent = request(test_codec(), target);
    sent[0] = v4 ? sent[0] : 0x62;
    sent[1] = v4 ? 0x20 : 0x00;
    ASSERT_TRUE(link_.write(reply_to(sent)));
    const auto packets = read();
    ASSERT_EQ(packets.size(), 1U) << to_string(target);
    const auto decoded = support::decoded(packets[0].family, packets[0].bytes(), packets[0].interface);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->tos, Tos{0x20}) << to_string(target);
  }
}

TEST_F(SocketRxTest, ListensToOneFamilyWhereTheOtherHasNoSocket) {
  auto ears = open_listening_socket(Family::kIpv6, {});
  ASSERT_TRUE(ears);
  rx_.emplace(SocketKind::kLarge, Fd{}, std::move(*ears));
  EXPECT_TRUE(read().empty());
}

}  // namespace
}  // namespace echosweep::net

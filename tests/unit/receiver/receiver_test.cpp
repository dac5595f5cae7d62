#include "receiver/receiver.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "fakes.hpp"
#include "receiver/echo_reader.hpp"

namespace echosweep::receiver {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::uint64_t kIndex = 77;
const Address kTarget = Address::v4(0xc6120102);

packet::RunKey fixed_key() {
  packet::RunKey key;
  key.identifier = Identifier{0xbeef};
  key.tag_key.fill(3);
  key.sequence_key.fill(4);
  return key;
}

net::CapturedPacket captured(std::span<const std::uint8_t> bytes, WallTime received = {}) {
  net::CapturedPacket packet;
  packet.received = received;
  packet.interface = 2;
  packet.family = Family::kIpv4;
  packet.size = static_cast<std::uint16_t>(bytes.size());
  std::memcpy(packet.storage.data(), bytes.data(), bytes.size());
  return packet;
}

class ReceiverTest : public testing::Test {
 protected:
  /// What the target's kernel makes of our probe. Turned from request to reply, the checksum grows by 0x0800.
  std::vector<std::uint8_t> reply() const {
    std::vector<std::uint8_t> bytes(codec_.packet_size(Family::kIpv4));
    codec_.prepare(Family::kIpv4, bytes);
    codec_.encode({.index = kIndex, .destination = kTarget, .pass = Pass{1}}, sent_at_, bytes);
    bytes[20] = 0;
    const unsigned sum = (static_cast<unsigned>(bytes[22]) << 8 | bytes[23]) + 0x0800U;
    bytes[22] = static_cast<std::uint8_t>((sum + (sum >> 16)) >> 8);
    bytes[23] = static_cast<std::uint8_t>(sum + (sum >> 16));
    const std::uint32_t value = kTarget.v4_value();
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[12 + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    }
    return bytes;
  }

  Result<void> run() { return receiver_.run(stop_, drops_); }

  ScriptedClock clock_;
  const MonotonicTime sent_at_ = clock_.now();
  ScriptedRx rx_;
  packet::SweepCodec codec_{fixed_key(), {}};
  RecordingHandler handler_;
  EchoReader reader_{codec_, handler_};
  Receiver receiver_{clock_, rx_, reader_};
  std::atomic<Receiver::Stop> stop_{Receiver::Stop::kWhenRead};
  std::atomic<std::uint64_t> drops_{0};
};

TEST_F(ReceiverTest, HandsOnWhatAReplySaysAndProves) {
  clock_.advance(2ms);
  const WallTime stamp = clock_.wall();
  clock_.advance(10ms);  // in the ring
  rx_.batches = {{captured(reply(), stamp)}};
  ASSERT_TRUE(run());
  ASSERT_EQ(handler_.replies.size(), 1U);
  const Reply& got = handler_.replies.front();
  EXPECT_EQ(got.source, kTarget);
  EXPECT_EQ(got.probed, kTarget);
  EXPECT_EQ(got.ttl, Ttl{64});
  EXPECT_FALSE(got.error);
  EXPECT_EQ(got.sequence, codec_.sequence(kIndex, Pass{1}));
  ASSERT_TRUE(got.tagged);
  EXPECT_EQ(got.tagged->index, kIndex);
  EXPECT_EQ(got.tagged->pass, Pass{1});
  EXPECT_EQ(packet::SweepCodec::round_trip(*got.tagged, got.received), 2ms);
  EXPECT_EQ(got.received_wall, stamp);
  EXPECT_EQ(got.size, 26U);
  EXPECT_FALSE(got.timestamps);
}

TEST_F(ReceiverTest, TellsTheSizeOfWhatTheCaptureCut) {
  auto cut = reply();
  cut[2] = 0x05;  // 1,500 bytes, it says
  cut[3] = 0xdc;
  net::CapturedPacket packet = captured(cut);
  packet.wire_size = 1500;
  rx_.batches = {{packet}};
  ASSERT_TRUE(run());
  ASSERT_EQ(handler_.replies.size(), 1U);
  EXPECT_EQ(handler_.replies.front().size, 1480U);
}

/// A timestamp reply with our identifier, its checksum left to a cut capture.
constexpr std::array<std::uint8_t, 40> kTimestampReply = {
    0x45, 0, 0x7f, 0xff, 0,    0,    0,    0,    64, 1, 0, 0, 0xc6, 0x12, 1, 2, 0xc6, 0x13, 0, 1,
    14,   0, 0,    0,    0xbe, 0xef, 0x12, 0x34, 0,  0, 0, 1, 0,    0,    0, 2, 0,    0,    0, 3};

TEST_F(ReceiverTest, HandsOnTheTimesOfTimestampReplies) {
  packet::SweepCodecOptions options;
  options.request = packet::RequestKind::kTimestamp;
  const packet::SweepCodec codec(fixed_key(), options);
  EchoReader reader(codec, handler_);
  Receiver receiver(clock_, rx_, reader);
  rx_.batches = {{captured(kTimestampReply), captured(reply())}};
  ASSERT_TRUE(receiver.run(stop_, drops_));
  ASSERT_EQ(handler_.replies.size(), 1U);
  const Reply& got = handler_.replies.front();
  EXPECT_EQ(got.timestamps, (packet::TimestampTimes{1, 2, 3}));
  EXPECT_EQ(got.sequence.value, 0x1234);
  EXPECT_EQ(got.size, 20U);
  EXPECT_FALSE(got.tagged);
  EXPECT_EQ(reader.foreign(), 1U) << "an echo reply, which nobody asked for";
}

TEST_F(ReceiverTest, TakesNoTimestampReplyForAnEcho) {
  rx_.batches = {{captured(kTimestampReply)}};
  ASSERT_TRUE(run());
  EXPECT_EQ(handler_.calls, 0);
  EXPECT_EQ(reader_.foreign(), 1U);
}

TEST_F(ReceiverTest, HandsOnRepliesWhosePayloadProvesNothing) {
  auto cut = reply();
  cut.resize(28 + 17);  // the capture was cut: no checksum to verify, no tag
  rx_.batches = {{captured(cut)}};
  ASSERT_TRUE(run());
  ASSERT_EQ(handler_.replies.size(), 1U);
  EXPECT_FALSE(handler_.replies.front().tagged);
  EXPECT_EQ(handler_.replies.front().sequence, codec_.sequence(kIndex, Pass{1}));
}

TEST_F(ReceiverTest, NoReplyKeepsWhatTheOneBeforeSaid) {
  auto spoilt = reply();
  spoilt[22] = static_cast<std::uint8_t>(spoilt[22] ^ 1);
  auto cut = reply();
  cut.resize(28 + 17);
  rx_.batches = {{captured(reply(), WallTime(1s)), captured(spoilt), captured(reply(), WallTime(3s))},
                 {captured(cut, WallTime(4s))}};
  ASSERT_TRUE(run());
  ASSERT_EQ(handler_.replies.size(), 3U);
  EXPECT_TRUE(handler_.replies[0].tagged);
  EXPECT_EQ(handler_.replies[0].received_wall, WallTime(1s));
  EXPECT_TRUE(handler_.replies[1].tagged) << "the refused one takes no place";
  EXPECT_EQ(handler_.replies[1].received_wall, WallTime(3s));
  EXPECT_FALSE(handler_.replies[2].tagged) << "in the place of one that had a tag";
  EXPECT_EQ(handler_.replies[2].received_wall, WallTime(4s));
}

TEST_F(ReceiverTest, CountsWhatIsNotOursAndHandsOnNothingOfIt) {
  auto foreign = reply();
  foreign[24] = 0xbe;
  foreign[25] = 0xee;  // one less, so the sum is one more
  foreign[23] = static_cast<std::uint8_t>(foreign[23] + 1);
  ASSERT_NE(foreign[23], 0) << "the example carries";
  auto spoilt = reply();
  spoilt[22] = static_cast<std::uint8_t>(spoilt[22] ^ 1);
  auto request = reply();
  request[20] = 8;
  // An error about somebody's UDP packet (RFC 792), its checksum left to a cut capture.
  std::vector<std::uint8_t> udp_error = reply();
  udp_error[2] = 0x7f;
  udp_error[20] = 3;
  udp_error.resize(28);
  udp_error.insert(udp_error.end(), {0x45, 0, 0, 40, 0, 0, 0, 0,  64, 17, 0, 0, 1, 1,
                                     1,    1, 2, 2,  2, 2, 0, 53, 0,  53, 0, 8, 0, 0});
  rx_.batches = {{captured(foreign), captured(spoilt), captured(request), captured(udp_error),
                  captured(std::vector<std::uint8_t>(3))}};
  ASSERT_TRUE(run());
  EXPECT_EQ(reader_.foreign(), 2U);
  EXPECT_EQ(reader_.malformed(), 2U);
  EXPECT_EQ(handler_.calls, 0);
}

TEST_F(ReceiverTest, ReadsWhatHadArrivedByTheTimeItIsToStop) {
  const std::vector<net::CapturedPacket> full(256, captured(reply()));
  rx_.batches = {full, full, {captured(reply())}};
  ASSERT_TRUE(run());
  EXPECT_EQ(handler_.replies.size(), 513U);
  EXPECT_EQ(rx_.reads, 4) << "the last read found nothing";
}

TEST_F(ReceiverTest, GoesOnThroughSilenceUntilItIsToldToStop) {
  stop_ = Receiver::Stop::kNot;
  rx_.on_read = [&](int number) {
    if (number == 50) {
      rx_.batches = {{captured(reply())}};
    }
    if (number == 100) {
      stop_ = Receiver::Stop::kWhenRead;  // while it reads: this read is not the last
      rx_.batches = {{captured(reply())}};
    }
    if (number == 101) {
      rx_.batches = {{captured(reply())}};
    }
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(handler_.replies.size(), 3U);
  EXPECT_EQ(rx_.reads, 102);
}

TEST_F(ReceiverTest, IsNotKeptFromEndingByAFlood) {
  rx_.on_read = [&](int) { rx_.batches = {{captured(reply())}}; };
  ASSERT_TRUE(run());
  EXPECT_EQ(rx_.reads, 4096);
  EXPECT_EQ(handler_.replies.size(), 4096U);
}

TEST_F(ReceiverTest, WhereNothingIsAwaitedOneReadIsTheLast) {
  rx_.batches = {{captured(reply())}, {captured(reply())}};
  stop_ = Receiver::Stop::kNow;
  ASSERT_TRUE(run());
  EXPECT_EQ(handler_.replies.size(), 1U);
}

TEST_F(ReceiverTest, PublishesWhatTheCaptureDropped) {
  stop_ = Receiver::Stop::kNot;
  std::vector<std::uint64_t> seen;
  rx_.on_read = [&](int number) {
    seen.push_back(drops_.load());
    rx_.dropped = static_cast<std::uint64_t>(number) * 10;
    stop_ = number == 3 ? Receiver::Stop::kWhenRead : Receiver::Stop::kNot;
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 10, 20, 30}));
  EXPECT_EQ(drops_.load(), 40U);
}

TEST_F(ReceiverTest, EndsWithTheErrorOfACaptureThatFails) {
  stop_ = Receiver::Stop::kNot;
  rx_.fails_at_end = true;
  rx_.batches = {{captured(reply())}};
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "cannot capture any more: the interface is gone");
  EXPECT_EQ(done.error().code, 19);
  EXPECT_EQ(handler_.replies.size(), 1U);
}

TEST_F(ReceiverTest, TakesAFullBatchForABacklogAfterTheClockWasSet) {
  const WallTime before_the_jump = clock_.wall();
  const std::vector<net::CapturedPacket> full(256, captured(reply(), before_the_jump));
  rx_.batches = {{captured(reply(), before_the_jump)}, full, full, {captured(reply(), before_the_jump)}};
  rx_.on_read = [&](int number) {
    if (number == 2) {
      clock_.advance(1ms);
      clock_.set_wall_forward(1h);
    }
  };
  ASSERT_TRUE(run());
  ASSERT_EQ(handler_.replies.size(), 514U);
  EXPECT_EQ(handler_.replies[0].received, sent_at_);
  for (std::size_t i = 1; i < 514; ++i) {
    ASSERT_EQ(handler_.replies[i].received, sent_at_ + 1ms) << i;
  }
}

}  // namespace
}  // namespace echosweep::receiver

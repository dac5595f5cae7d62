#include "modes/ping_handler.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "support/fake_clock.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint16_t kIdentifier = 0x4711;
const Address kFirst = Address::v4(0xc0000201);
const Address kSecond = Address::v4(0xc0000202);
const Address kRouter = Address::v4(0xc63364fe);

Bytes ip4(const Address& source, const Address& destination, const Bytes& message) {
  Bytes packet(20 + message.size());
  std::ranges::copy(message, packet.begin() + 20);
  packet[0] = 0x45;
  packet::store_be16(&packet[2], static_cast<std::uint16_t>(20 + message.size()));
  packet[8] = 63;
  packet[9] = 1;
  packet::store_be32(&packet[12], source.v4_value());
  packet::store_be32(&packet[16], destination.v4_value());
  return packet;
}

Bytes summed(Bytes message) {
  packet::ChecksumSum sum;
  sum.add(message);
  packet::store_be16(&message[2], sum.checksum());
  return message;
}

Bytes echo(std::uint8_t type, std::uint16_t identifier, std::uint16_t sequence, std::size_t size = 24) {
  Bytes message(8 + size);
  message[0] = type;
  packet::store_be16(&message[4], identifier);
  packet::store_be16(&message[6], sequence);
  for (std::size_t i = 0; i < size; ++i) {
    message[8 + i] = static_cast<std::uint8_t>(i);
  }
  return summed(message);
}

/// Two targets, of which the first was asked three times.
class Handler {
 public:
  explicit Handler(bool own_identifiers = true, const PingOptions& given = {}, bool many = false)
      : Handler({{.address = kFirst, .many_answer = many}, {.address = kSecond}}, own_identifiers, given) {}
  explicit Handler(const std::vector<PingTarget>& targets, bool own_identifiers = true,
                   const PingOptions& given = {})
      : options(given), state(targets, codec, options), handler(state, own_identifiers) {
    for (PingProgress& target : state.targets) {
      target.made = &target == &state.targets[0] ? 3 : 1;
      for (std::uint16_t i = 1; i <= target.made; ++i) {
        target.times.note(Sequence{i}, clock.now());
      }
    }
  }

  void hear(const Bytes& bytes, Family family = Family::kIpv4, std::uint32_t interface = 0) {
    net::CapturedPacket packet;
    packet.family = family;
    packet.interface = interface;
    packet.received = clock.wall();
    packet.size = static_cast<std::uint16_t>(std::min(bytes.size(), net::CapturedPacket::kSnapshot));
    packet.wire_size = static_cast<std::uint32_t>(bytes.size());
    std::copy_n(bytes.begin(), packet.size, packet.storage.begin());
    if (bytes.size() > packet.size) {
      packet.whole = bytes;
    }
    receiver::ArrivalClock arrival(clock);
    arrival.start_batch(false);
    handler.on_packets({&packet, 1}, arrival);
  }
  std::optional<ping::Outcome> outcome() {
    const auto next = state.from_receiver.pop();
    return next ? std::optional(*next) : std::nullopt;
  }
  std::optional<ping::Reply> reply() {
    const auto next = outcome();
    return next ? std::optional(std::get<ping::Reply>(next->what)) : std::nullopt;
  }

  support::FakeClock clock;
  PingOptions options;
  packet::PingCodec codec{{.identifier = Identifier{kIdentifier}, .data_size = 24}};
  PingState state;
  PingHandler handler;
};

TEST(PingHandler, MatchesAReplyByItsIdentifierAndSequence) {
  Handler handler;
  handler.clock.advance(1500us);
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 2)));
  const auto outcome = handler.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->target, 0U);
  EXPECT_EQ(outcome->pipe, 2U);
  const auto& reply = std::get<ping::Reply>(outcome->what);
  EXPECT_EQ(reply.from, kFirst);
  EXPECT_EQ(reply.sequence.value, 2);
  EXPECT_EQ(reply.size, 32U);
  EXPECT_EQ(reply.ttl, Ttl{63});
  EXPECT_EQ(reply.rtt, 1500us);
  EXPECT_FALSE(reply.duplicate || reply.bad_checksum || reply.other_address || reply.truncated ||
               reply.wrong_data);
  EXPECT_EQ(handler.state.targets[0].answers.load(), 1U);
  EXPECT_EQ(handler.state.targets[0].acknowledged.load(), 2U);
}

TEST(PingHandler, LeavesOthersReplies) {
  Handler handler;
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier - 1, 2)));
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier + 2, 2)));
  handler.hear(ip4(kFirst, kRouter, echo(8, kIdentifier, 2)));
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 4)));
  EXPECT_FALSE(handler.outcome()) << "the last one was never sent";
}

TEST(PingHandler, TellsDuplicates) {
  Handler handler;
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 1)));
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 1)));
  EXPECT_FALSE(handler.reply()->duplicate);
  EXPECT_TRUE(handler.reply()->duplicate);
  EXPECT_EQ(handler.state.targets[0].answers.load(), 1U);
}

TEST(PingHandler, TellsRepliesFromOtherAddresses) {
  Handler handler({{.address = kFirst}});
  handler.hear(ip4(kSecond, kRouter, echo(0, kIdentifier, 1)));
  const auto reply = handler.reply();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->other_address);
}

TEST(PingHandler, LeavesRepliesFromOtherAddressesWhereManyIdentifiersAreOurs) {
  Handler handler;
  handler.hear(ip4(kRouter, kRouter, echo(0, kIdentifier, 1)));
  handler.hear(ip4(kSecond, kRouter, echo(0, kIdentifier, 1)));
  EXPECT_FALSE(handler.outcome());
  EXPECT_FALSE(handler.state.targets[0].times.is_answered(Sequence{1}));
}

Bytes ip6(const Address& source, const Address& destination, const Bytes& message) {
  Bytes packet(40);
  packet[0] = 0x60;
  packet::store_be16(&packet[4], static_cast<std::uint16_t>(message.size()));
  packet[6] = 58;
  packet[7] = 64;
  std::ranges::copy(source.bytes(), packet.begin() + 8);
  std::ranges::copy(destination.bytes(), packet.begin() + 24);
  packet.insert(packet.end(), message.begin(), message.end());
  return packet;
}

TEST(PingHandler, KnowsOneAddressOnTwoLinksApartOnPingSockets) {
  const Address there = Address::v6((Uint128{0xfe80000000000000} << 64) + 1);
  Handler handler({{.address = there.with_zone(8)}, {.address = there.with_zone(9)}}, false);
  handler.hear(ip6(there, there, echo(129, 9, 1)), Family::kIpv6, 9);
  handler.hear(ip6(there, there, echo(129, 9, 1)), Family::kIpv6, 8);
  Bytes unreachable(8);
  unreachable[0] = 1;
  const Bytes quoted = ip6(there, there, echo(128, 9, 1));
  unreachable.insert(unreachable.end(), quoted.begin(), quoted.end());
  handler.hear(ip6(there, there, unreachable), Family::kIpv6, 9);
  handler.hear(ip6(there, there, unreachable), Family::kIpv6, 7);
  EXPECT_EQ(handler.outcome()->target, 1U);
  EXPECT_EQ(handler.outcome()->target, 0U);
  const auto outcome = handler.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->target, 1U);
  EXPECT_TRUE(std::holds_alternative<ping::Complaint>(outcome->what));
  EXPECT_FALSE(handler.outcome()) << "whose it is, nobody knows";
}

TEST(PingHandler, KnowsTheOnlyTargetOfAnAddressWhateverTheLink) {
  const Address there = Address::v6((Uint128{0xfe80000000000000} << 64) + 1);
  Handler handler({{.address = there.with_zone(8)}, {.address = there.plus(1).with_zone(8)}}, false);
  handler.hear(ip6(there.plus(1), there, echo(129, 9, 1)), Family::kIpv6, 7);
  EXPECT_EQ(handler.outcome()->target, 1U);
}

TEST(PingHandler, ExpectsOtherAddressesWhereManyAnswer) {
  Handler handler(true, {}, true);
  handler.hear(ip4(kRouter, kRouter, echo(0, kIdentifier, 1)));
  EXPECT_FALSE(handler.reply()->other_address);
}

TEST(PingHandler, KnowsTargetsByAddressOnPingSockets) {
  Handler handler(false);
  handler.hear(ip4(kSecond, kRouter, echo(0, 9, 1)));
  handler.hear(ip4(kFirst, kRouter, echo(0, 9, 1)));
  handler.hear(ip4(kRouter, kRouter, echo(0, 9, 1)));
  EXPECT_EQ(handler.outcome()->target, 1U);
  EXPECT_EQ(handler.outcome()->target, 0U);
  EXPECT_FALSE(handler.outcome()) << "nobody can say whose it is";
}

TEST(PingHandler, TellsBadChecksumsAndTakesThemForNoAnswer) {
  Handler handler;
  Bytes message = echo(0, kIdentifier, 1);
  message.back() ^= 1;
  handler.hear(ip4(kFirst, kRouter, message));
  const auto reply = handler.reply();
  ASSERT_TRUE(reply && reply->bad_checksum);
  EXPECT_EQ(handler.state.targets[0].answers.load(), 0U);
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 1)));
  EXPECT_FALSE(handler.reply()->duplicate);
}

TEST(PingHandler, TellsTruncatedReplies) {
  Handler handler;
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 1, 23)));
  const auto reply = handler.reply();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->truncated);
  EXPECT_FALSE(reply->wrong_data);
}

TEST(PingHandler, TellsWrongData) {
  Handler handler;
  Bytes message = echo(0, kIdentifier, 1);
  message[8 + 3] = 0x99;  // of the time, which is not compared
  message[8 + 20] = 0x77;
  packet::store_be16(&message[2], 0);
  handler.hear(ip4(kFirst, kRouter, summed(message)));
  const auto reply = handler.reply();
  ASSERT_TRUE(reply && reply->wrong_data);
  EXPECT_EQ(reply->wrong_data->at, 20U);
  EXPECT_EQ(reply->wrong_data->expected, 20);
  EXPECT_EQ(reply->wrong_data->found, 0x77);
  EXPECT_EQ(reply->data.size(), 24U);
}

TEST(PingHandler, SeesAllOfALongReply) {
  Handler handler;
  Bytes message = echo(0, kIdentifier, 1, 3000);
  handler.hear(ip4(kFirst, kRouter, message));
  EXPECT_EQ(handler.reply()->size, 3008U);
}

TEST(PingHandler, KeepsTheOptionsOfAReply) {
  Handler handler;
  Bytes packet = ip4(kFirst, kRouter, echo(0, kIdentifier, 1));
  packet[0] = 0x46;
  packet.insert(packet.begin() + 20, {7, 3, 4, 0});
  packet::store_be16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  handler.hear(packet);
  EXPECT_EQ(handler.reply()->options, (Bytes{7, 3, 4, 0}));
}

Bytes unreachable(const Bytes& quoted, std::uint8_t type = 3) {
  Bytes message(8);
  message[0] = type;
  message[1] = 1;
  packet::store_be32(&message[4], 1400);
  message.insert(message.end(), quoted.begin(), quoted.end());
  return ip4(kRouter, kRouter, summed(message));
}

TEST(PingHandler, MatchesErrorsByWhatTheyQuote) {
  Handler handler;
  handler.hear(unreachable(ip4(kRouter, kFirst, echo(8, kIdentifier, 3, 0))));
  const auto outcome = handler.outcome();
  ASSERT_TRUE(outcome);
  const auto& complaint = std::get<ping::Complaint>(outcome->what);
  EXPECT_EQ(complaint.from, kRouter);
  EXPECT_EQ(complaint.sequence.value, 3);
  EXPECT_EQ(complaint.code, 1);
  EXPECT_EQ(complaint.info, 1400U);
  EXPECT_TRUE(complaint.is_error);
  EXPECT_EQ(handler.state.targets[0].errors.load(), 1U);
  EXPECT_EQ(handler.state.targets[0].answers.load(), 1U);
}

TEST(PingHandler, LeavesErrorsAboutOthersPackets) {
  Handler handler;
  handler.hear(unreachable(ip4(kRouter, kSecond, echo(8, kIdentifier, 3, 0))));
  handler.hear(unreachable(ip4(kRouter, kFirst, echo(0, kIdentifier, 3, 0))));
  handler.hear(unreachable(ip4(kRouter, kFirst, echo(8, kIdentifier + 5, 3, 0))));
  Bytes fragment = ip4(kRouter, kFirst, echo(8, kIdentifier, 3, 0));
  fragment[7] = 1;
  handler.hear(unreachable(fragment));
  Bytes cut = ip4(kRouter, kFirst, echo(8, kIdentifier, 3, 0));
  cut.resize(27);
  handler.hear(unreachable(cut));
  EXPECT_FALSE(handler.outcome());
}

TEST(PingHandler, TakesARedirectForNoError) {
  Handler handler;
  handler.hear(unreachable(ip4(kRouter, kFirst, echo(8, kIdentifier, 3, 0)), 5));
  const auto outcome = handler.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(std::get<ping::Complaint>(outcome->what).is_error);
  EXPECT_EQ(handler.state.targets[0].errors.load(), 0U);
}

TEST(PingHandler, AdaptsTheIntervalToRoundTrips) {
  Handler handler(true, {.shortest_interval = 2ms, .adaptive = true});
  handler.clock.advance(20ms);
  handler.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 1)));
  EXPECT_EQ(handler.state.targets[0].interval_ns.load(), std::chrono::nanoseconds(20ms).count());
  Handler fast(true, {.shortest_interval = 2ms, .adaptive = true});
  fast.hear(ip4(kFirst, kRouter, echo(0, kIdentifier, 1)));
  EXPECT_EQ(fast.state.targets[0].interval_ns.load(), std::chrono::nanoseconds(2ms).count());
}

TEST(PingHandler, SurvivesAnyBytes) {
  Handler handler;
  std::uint32_t random = 1;
  for (int i = 0; i < 20'000; ++i) {
    Bytes packet = i % 2 == 0 ? unreachable(ip4(kRouter, kFirst, echo(8, kIdentifier, 1, 0)))
                              : ip4(kFirst, kRouter, echo(0, kIdentifier, 1));
    for (int changes = 0; changes < 3; ++changes) {
      random = random * 1664525 + 1013904223;
      packet[(random >> 8) % packet.size()] = static_cast<std::uint8_t>(random >> 24);
    }
    random = random * 1664525 + 1013904223;
    packet.resize((random >> 8) % (packet.size() + 1));
    handler.hear(packet);
    (void)handler.outcome();
  }
}

}  // namespace
}  // namespace echosweep::modes

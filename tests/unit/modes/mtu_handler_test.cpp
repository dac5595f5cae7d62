#include "modes/mtu_handler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "packet/frame.hpp"
#include "receiver/arrival_clock.hpp"
#include "support/fake_clock.hpp"
#include "support/packets.hpp"
#include "world.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using Kind = mtu::Answer::Kind;

constexpr std::uint64_t kTarget4 = 2;
constexpr std::uint64_t kTarget6 = 5;
constexpr std::uint16_t kNumber = 7;

/// A handler that hears one packet after the other.
class MtuHandlerTest : public ::testing::TestWithParam<Family> {
 protected:
  std::uint64_t index() const { return GetParam() == Family::kIpv4 ? kTarget4 : kTarget6; }

  /// The probe that the answers below are about; its bytes live as long as the test.
  net::OutgoingPacket probe(std::uint64_t index, std::uint16_t number, std::uint16_t size = 1300) {
    auto& bytes = packets_.emplace_back(codec.packet_size(set.at(index).family()));
    codec.prepare(set.at(index).family(), bytes);
    const std::size_t made = codec.encode({.index = index,
                                           .destination = set.at(index),
                                           .pass = {},
                                           .sequence = codec.sequence(index, number),
                                           .ttl = Ttl{64},
                                           .size = size,
                                           .mac = {}},
                                          clock.now(), bytes, clock.wall());
    return {.bytes = std::span(bytes).first(made), .destination = set.at(index)};
  }
  net::OutgoingPacket probe() { return probe(index(), kNumber); }

  std::vector<MtuEvent> hear(const std::vector<std::uint8_t>& bytes) {
    clock.advance(3ms);
    receiver::ArrivalClock arrival(clock);
    arrival.start_batch(false);
    const auto packet = support::captured(GetParam(), bytes, clock.wall());
    handler.on_packets({&packet, 1}, arrival);
    std::vector<MtuEvent> events;
    for (MtuEvent event; state.events.pop(event);) {
      events.push_back(event);
    }
    return events;
  }

  std::vector<std::uint8_t> too_big(const net::OutgoingPacket& about, std::uint32_t mtu,
                                    support::AnswerOptions options = {}) {
    options.word = mtu;
    options.from = router(GetParam());
    return GetParam() == Family::kIpv4 ? support::icmp_error(about, 3, 4, options)
                                       : support::icmp_error(about, 2, 0, options);
  }

  support::FakeClock clock;
  targets::TargetSet set = target_set(4, 4);
  packet::MtuCodec codec{fixed_key(), {}};
  MtuState state{set, codec, {}};
  MtuHandler handler{state};

 private:
  std::vector<std::vector<std::uint8_t>> packets_;
};

TEST_P(MtuHandlerTest, ReadsAReply) {
  const auto events = hear(support::echo_reply(probe(), {.ttl = Ttl{60}}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::kArrived);
  EXPECT_EQ(events[0].index, index());
  EXPECT_EQ(events[0].number, kNumber);
  EXPECT_EQ(events[0].from, set.at(index()));
  EXPECT_EQ(events[0].size, 1300U);
  EXPECT_EQ(events[0].ttl.value, 60);
  EXPECT_EQ(events[0].rtt, 3ms);
}

TEST_P(MtuHandlerTest, AReplyFromElsewhereIsTheTargetsByItsTag) {
  const auto events = hear(support::echo_reply(probe(), {.from = router(GetParam())}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].index, index());
  EXPECT_EQ(events[0].from, router(GetParam()));
}

TEST_P(MtuHandlerTest, ACutReplySaysHowMuchCameBack) {
  const auto events = hear(support::echo_reply(probe(), {.payload = 24}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].size, GetParam() == Family::kIpv4 ? 52U : 72U);
  EXPECT_EQ(events[0].rtt, 3ms);
}

TEST_P(MtuHandlerTest, AReplyWithoutItsTagIsTheOneWhoSentIt) {
  const auto events = hear(support::echo_reply(probe(), {.payload = 23}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].index, index());
  EXPECT_EQ(events[0].number, kNumber);
  EXPECT_LT(events[0].rtt, 0ns);
  EXPECT_TRUE(hear(support::echo_reply(probe(), {.from = router(GetParam()), .payload = 23})).empty());
  EXPECT_EQ(handler.counters().forged, 1U);
}

/// Some hosts rewrite what they send back.
TEST_P(MtuHandlerTest, AReplyWithAnotherPayloadIsTheTargetsByItsAddress) {
  for (const bool is_targets : {true, false}) {
    auto reply = is_targets ? support::echo_reply(probe(), {})
                            : support::echo_reply(probe(), {.from = router(GetParam())});
    reply[(GetParam() == Family::kIpv4 ? 20U : 40U) + 8 + 23] ^= 1;
    if (GetParam() == Family::kIpv4) {
      reply[22] = reply[23] = 0;  // cut at the snapshot: nobody can see that the checksum is wrong
    }
    const auto events = hear(reply);
    EXPECT_EQ(handler.counters().forged, is_targets ? 0U : 1U);
    ASSERT_EQ(events.size(), is_targets ? 1U : 0U);
    if (is_targets) {
      EXPECT_EQ(events[0].index, index());
      EXPECT_EQ(events[0].number, kNumber);
      EXPECT_EQ(events[0].size, 1300U);
      EXPECT_LT(events[0].rtt, 0ns) << "nobody knows when it was sent";
    }
  }
}

TEST_P(MtuHandlerTest, ReadsThatAPacketIsTooBig) {
  const auto events = hear(too_big(probe(), 1280, {.quoted_ttl = Ttl{62}}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::kTooBig);
  EXPECT_EQ(events[0].mtu, 1280U);
  EXPECT_EQ(events[0].from, router(GetParam()));
  EXPECT_EQ(events[0].index, index());
  EXPECT_EQ(events[0].number, kNumber);
  EXPECT_EQ(events[0].ttl.value, 62) << "the quoted one";
}

TEST_P(MtuHandlerTest, EightQuotedBytesAreEnough) {
  const auto events = hear(too_big(probe(), 1280, {.quoted = 8}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].number, kNumber);
}

TEST_P(MtuHandlerTest, AShortQuoteFilledUpWithZerosIsShort) {
  auto asked = probe();
  std::ranges::fill(asked.bytes.subspan((GetParam() == Family::kIpv4 ? 20U : 0U) + 8), std::uint8_t{0});
  EXPECT_EQ(hear(too_big(asked, 1280)).size(), 1U);
}

TEST_P(MtuHandlerTest, WhatIsNotAboutOurProbesMisleadsNobody) {
  // An error whose quote has a wrong tag.
  auto asked = probe();
  asked.bytes[(GetParam() == Family::kIpv4 ? 20U : 0U) + 8 + 23] ^= 1;
  EXPECT_TRUE(hear(too_big(asked, 1280)).empty());
  EXPECT_EQ(handler.counters().forged, 1U);
  // About another target than its tag says.
  auto elsewhere = probe();
  elsewhere.destination = set.at(index() ^ 1);
  EXPECT_TRUE(hear(too_big(elsewhere, 1280)).empty());
  EXPECT_EQ(handler.counters().forged, 2U);
  // About an address that is no target.
  elsewhere.destination = router(GetParam());
  EXPECT_TRUE(hear(too_big(elsewhere, 1280)).empty());
  EXPECT_EQ(handler.counters().forged, 3U);
  // With another identifier: somebody else's ping.
  auto foreign = probe();
  foreign.bytes[(GetParam() == Family::kIpv4 ? 20U : 0U) + 4] ^= 1;
  EXPECT_TRUE(hear(too_big(foreign, 1280, {.quoted = 8})).empty());
  EXPECT_TRUE(hear(support::echo_reply(foreign)).empty());
  EXPECT_EQ(handler.counters().foreign, 2U);
  // Our own request, as a loopback interface has it.
  const auto reply = support::echo_reply(probe());
  auto request = reply;
  request[GetParam() == Family::kIpv4 ? 20U : 40U] = GetParam() == Family::kIpv4 ? 8 : 128;
  EXPECT_TRUE(hear(request).empty());
}

TEST_P(MtuHandlerTest, AnotherSequenceIsAnotherNumber) {
  const auto events = hear(too_big(probe(), 1280, {.quoted = 8, .damage_sequence = true}));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_NE(events[0].number, kNumber) << "which the sender has not sent";
}

TEST_P(MtuHandlerTest, ReadsTheOtherErrors) {
  const bool v4 = GetParam() == Family::kIpv4;
  const auto kind_of = [&](std::uint8_t type, std::uint8_t code) -> std::optional<Kind> {
    const auto events = hear(support::icmp_error(probe(), type, code));
    return events.empty() ? std::nullopt : std::optional(events[0].kind);
  };
  EXPECT_EQ(kind_of(v4 ? 11 : 3, 0), Kind::kExpired);
  EXPECT_EQ(kind_of(v4 ? 11 : 3, 1), Kind::kRefused);
  EXPECT_EQ(kind_of(v4 ? 3 : 1, 1), Kind::kRefused);
  if (v4) {
    EXPECT_EQ(kind_of(4, 0), std::nullopt) << "source quench";
    EXPECT_EQ(kind_of(5, 1), std::nullopt) << "redirect";
  }
}

TEST_P(MtuHandlerTest, AnyByteMayBeAnother) {
  const auto error = too_big(probe(), 1280);
  for (std::size_t i = 0; i < std::min<std::size_t>(error.size(), 128); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto changed = error;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      for (const MtuEvent& event : hear(changed)) {
        EXPECT_LT(event.index, set.size());
      }
    }
    (void)hear({error.begin(), error.begin() + static_cast<std::ptrdiff_t>(i)});
  }
}

INSTANTIATE_TEST_SUITE_P(Families, MtuHandlerTest, ::testing::Values(Family::kIpv4, Family::kIpv6),
                         [](const auto& family) { return family.param == Family::kIpv4 ? "v4" : "v6"; });

TEST(MtuHandlerChecksum, ADamagedErrorIsNotBelieved) {
  support::FakeClock clock;
  const targets::TargetSet set = target_set(1);
  const packet::MtuCodec codec(fixed_key(), {});
  MtuState state(set, codec, {});
  MtuHandler handler(state);
  std::vector<std::uint8_t> bytes(codec.packet_size(Family::kIpv4));
  codec.prepare(Family::kIpv4, bytes);
  const std::size_t made = codec.encode({.index = 0,
                                         .destination = set.at(0),
                                         .pass = {},
                                         .sequence = codec.sequence(0, 0),
                                         .ttl = Ttl{64},
                                         .size = 100,
                                         .mac = {}},
                                        clock.now(), bytes, clock.wall());
  const net::OutgoingPacket probe{.bytes = std::span(bytes).first(made), .destination = set.at(0)};
  const auto error = support::icmp_error(probe, 3, 4, {.word = 600, .damage_checksum = true});
  receiver::ArrivalClock arrival(clock);
  arrival.start_batch(false);
  const auto packet = support::captured(Family::kIpv4, error, clock.wall());
  handler.on_packets({&packet, 1}, arrival);
  MtuEvent event;
  EXPECT_FALSE(state.events.pop(event));
  EXPECT_EQ(handler.counters().malformed, 1U);
}

}  // namespace
}  // namespace echosweep::modes

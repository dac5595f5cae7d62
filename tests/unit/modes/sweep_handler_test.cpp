#include "modes/sweep_handler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using receiver::Reply;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::Field;

constexpr MonotonicTime kStart{5000s};
constexpr std::uint64_t kTargets = 100;
constexpr std::size_t kSlots = 16;

class SweepHandlerTest : public testing::Test {
 protected:
  SweepHandlerTest() { state_.passes = 2; }

  /// The target with this number.
  Address host(std::uint64_t number) const { return state_.targets.at(number); }

  /// An echo reply that brings the payload back, `rtt` after its probe left at kStart + 1 s.
  Reply tagged(std::uint64_t index, unsigned pass = 0, nanoseconds rtt = 20ms) const {
    Reply reply = untagged(index < kTargets ? index : 0, pass);  // only targets have an address
    const MonotonicTime sent = kStart + 1s;
    constexpr std::uint64_t kMask = (std::uint64_t{1} << 48) - 1;
    reply.tagged = packet::SweepCodec::Tagged{
        .index = index,
        .pass = Pass{static_cast<std::uint8_t>(pass)},
        .sent_at_mod48 = nanoseconds(static_cast<std::uint64_t>(sent.time_since_epoch().count()) & kMask)};
    reply.received = sent + rtt;
    return reply;
  }
  /// An echo reply whose payload was cut off.
  Reply untagged(std::uint64_t index, unsigned pass = 0) const {
    Reply reply;
    reply.source = reply.probed = host(index);
    reply.ttl = Ttl{61};
    reply.tos = Tos{0xb8};
    reply.sequence = codec_.sequence(index, Pass{static_cast<std::uint8_t>(pass)});
    reply.received = kStart + 2s;
    reply.received_wall = WallTime(77s);
    return reply;
  }
  Reply error(std::uint64_t index, std::uint8_t type, std::uint8_t code) const {
    Reply reply = untagged(index);
    reply.source = router(Family::kIpv4);
    reply.error = IcmpError{Family::kIpv4, type, code};
    return reply;
  }
  void handle(const Reply& reply) { handler_.on_replies(std::span(&reply, 1), kStart + 2s); }
  std::vector<ReplyEvent> events() {
    std::vector<ReplyEvent> all;
    for (ReplyEvent event; state_.events.pop(event);) {
      all.push_back(event);
    }
    return all;
  }
  State state(std::uint64_t index) const { return state_.ledger.state(index); }
  const SweepHandler::Counters& counters() const { return handler_.counters(); }

  targets::TargetSet targets_ = target_set(kTargets);
  targets::Order order_ = targets::Order::random(kTargets, 5);
  SweepOptions options_;
  SweepState state_{targets_, order_, options_, kSlots};
  packet::SweepCodec codec_{fixed_key(), {}};
  SweepHandler handler_{state_, codec_, kStart};
};

TEST_F(SweepHandlerTest, ATaggedReplyMakesItsTargetAlive) {
  handle(tagged(42, 1));
  EXPECT_EQ(state(42), State::kAlive);
  EXPECT_EQ(state_.ledger.alive(), 1U);
  const auto all = events();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].index, 42U);
  EXPECT_EQ(all[0].from, host(42));
  EXPECT_EQ(all[0].rtt_ns, nanoseconds(20ms).count());
  EXPECT_EQ(all[0].received, WallTime(77s));
  EXPECT_EQ(all[0].ttl, Ttl{61});
  EXPECT_EQ(all[0].tos, Tos{0xb8});
  EXPECT_EQ(all[0].pass, Pass{1});
  EXPECT_EQ(counters().echo_replies, 1U);
  EXPECT_EQ(counters().extra, 0U);
  EXPECT_EQ(counters().late, 0U);
}

TEST_F(SweepHandlerTest, AReplyFromAnotherSourceBelongsToWhomItsTagNames) {
  Reply reply = tagged(42);
  reply.source = reply.probed = host(43);  // a target too, and innocent
  handle(reply);
  EXPECT_EQ(state(42), State::kAlive);
  EXPECT_EQ(state(43), State::kUnsent);
  EXPECT_EQ(events().at(0).from, host(43));
}

TEST_F(SweepHandlerTest, ACutPayloadIsKnownByItsSequenceInAnyPass) {
  handle(untagged(7, 0));
  handle(untagged(8, 1));
  EXPECT_EQ(state(7), State::kAlive);
  EXPECT_EQ(state(8), State::kAlive);
  const auto all = events();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].rtt_ns, -1) << "nothing tells when it was sent";
  EXPECT_EQ(all[1].pass, Pass{1});
  EXPECT_EQ(counters().rtt_count, 0U);
}

TEST_F(SweepHandlerTest, AWrongSequenceIsForged) {
  Reply reply = untagged(7);
  reply.sequence.value ^= 1;
  handle(reply);
  EXPECT_EQ(state(7), State::kUnsent);
  EXPECT_EQ(counters().forged, 1U);
  EXPECT_EQ(counters().echo_replies, 0U);
}

TEST_F(SweepHandlerTest, TheSequenceOfAPassThatHasNotBegunIsForged) {
  handle(untagged(7, 2));
  EXPECT_EQ(counters().forged, 1U);
  state_.passes = 3;
  handle(untagged(7, 2));
  EXPECT_EQ(counters().forged, 1U);
  EXPECT_EQ(state(7), State::kAlive);
}

TEST_F(SweepHandlerTest, WithoutATagNobodyElseMayAnswer) {
  Reply reply = untagged(7);
  reply.probed = host(8);  // a target, whose sequence is another
  handle(reply);
  reply.probed = router(Family::kIpv4);  // no target
  handle(reply);
  EXPECT_EQ(counters().forged, 2U);
  EXPECT_EQ(state_.ledger.count().unsent, kTargets);
}

TEST_F(SweepHandlerTest, WildNumbersUnderATagTouchNoMemory) {
  for (const std::uint64_t index : {kTargets, kTargets + 31, (std::uint64_t{1} << 40) - 1}) {
    handle(tagged(index));
  }
  handle(tagged(1, 2));
  handle(tagged(1, 255));
  EXPECT_EQ(counters().forged, 5U);
  EXPECT_EQ(state_.ledger.count().unsent, kTargets);
}

TEST_F(SweepHandlerTest, AnErrorThatQuotesEightBytesMakesItsTargetUnreachable) {
  handle(error(9, 3, 1));
  EXPECT_EQ(state(9), State::kUnreachable);
  EXPECT_EQ(counters().icmp_errors, 1U);
  EXPECT_TRUE(events().empty());
  const auto complaint = handler_.complaints().of(9);
  ASSERT_EQ(complaint.count, 1U);
  EXPECT_EQ(*complaint.last, (Complaint{3, 1, router(Family::kIpv4)}));
}

TEST_F(SweepHandlerTest, ComplaintsOfTheTargetsThemselvesAreOneReason) {
  for (const std::uint64_t index : {std::uint64_t{2}, std::uint64_t{9}}) {
    Reply reply = error(index, 3, 2);
    reply.source = reply.probed;
    handle(reply);
    const auto complaint = handler_.complaints().of(index);
    ASSERT_EQ(complaint.count, 1U);
    EXPECT_EQ(*complaint.last, (Complaint{3, 2, std::nullopt}));
  }
}

TEST_F(SweepHandlerTest, TheFirstErrorIsKept) {
  handle(error(9, 11, 0));
  handle(error(9, 3, 13));
  EXPECT_EQ(handler_.complaints().of(9).count, 1U);
  EXPECT_EQ(handler_.complaints().of(9).last->type, 11);
  EXPECT_EQ(counters().icmp_errors, 2U);
}

TEST_F(SweepHandlerTest, AnErrorTakesNoLifeAway) {
  handle(tagged(9));
  handle(error(9, 3, 1));
  EXPECT_EQ(state(9), State::kAlive);
  EXPECT_EQ(handler_.complaints().of(9).count, 0U);
}

TEST_F(SweepHandlerTest, AReplyAfterAnErrorCounts) {
  handle(error(9, 3, 1));
  handle(tagged(9, 1));
  EXPECT_EQ(state(9), State::kAlive);
  EXPECT_EQ(events().size(), 1U);
  EXPECT_EQ(counters().extra, 0U);
}

TEST_F(SweepHandlerTest, SourceQuenchAndRedirectChangeNothing) {
  handle(error(9, 4, 0));
  handle(error(9, 5, 1));
  EXPECT_EQ(state(9), State::kUnsent);
  EXPECT_EQ(counters().icmp_errors, 2U);
  EXPECT_TRUE(handler_.complaints().empty());
}

TEST_F(SweepHandlerTest, AForgedErrorChangesNothing) {
  Reply reply = error(9, 3, 1);
  reply.sequence.value ^= 0x8000;
  handle(reply);
  EXPECT_EQ(state(9), State::kUnsent);
  EXPECT_EQ(counters().forged, 1U);
  EXPECT_EQ(counters().icmp_errors, 0U);
}

TEST_F(SweepHandlerTest, CountsExtraReplies) {
  handle(tagged(5));
  handle(tagged(5));
  handle(tagged(5, 1));
  EXPECT_EQ(events().size(), 1U);
  EXPECT_EQ(counters().echo_replies, 3U);
  EXPECT_EQ(counters().extra, 2U);
  EXPECT_EQ(state_.ledger.alive(), 1U);
}

TEST_F(SweepHandlerTest, CountsFirstAnswersByThePassOfTheirProbe) {
  handle(tagged(5));
  handle(tagged(5, 1));  // extra
  handle(tagged(6, 1));
  handle(tagged(6));            // extra, though its probe was the earlier one
  handle(tagged(7, 0, 900ms));  // late, with its second probe on the way
  handle(untagged(8, 1));
  handle(error(9, 3, 1));
  EXPECT_EQ(state_.first_answers[0].load(), 2U);
  EXPECT_EQ(state_.first_answers[1].load(), 2U);
  const FirstAnswers first = state_.answers(2, 3);
  EXPECT_THAT(first.by_pass, ElementsAre(2, 2));
  EXPECT_EQ(first.whole, 2U);
  EXPECT_EQ(first.unanswered, 3U);
}

/// All targets are on our links.
class AllAttached final : public net::Attached {
 public:
  bool is_attached(const Address&) override { return true; }
  bool learn(std::uint32_t, const Address&, const MacAddress&) override { return true; }
};

TEST_F(SweepHandlerTest, ANeighboursFirstAnswerCountsForTheLastPassThatAskedIt) {
  SweepOptions options;
  options.neighbours = NeighbourUse::kBoth;
  AllAttached attached;
  SweepState state(targets_, order_, options, kSlots, &attached);
  SweepHandler handler(state, codec_, kStart);
  state.passes = 2;
  state.cursors[0] = kTargets;
  state.cursors[1] = 10;  // the second pass has asked the first ten of the order
  const auto answer = [&](std::uint64_t position) {
    const std::uint64_t index = order_.at(position);
    state.on_link->open_question(index);
    net::CapturedPacket packet;
    packet.interface = 1;
    packet.received = WallTime(77s);
    handler.on_neighbour({.address = host(index), .mac = {}}, packet);
    return index;
  };
  answer(9);
  answer(10);
  const std::uint64_t index = answer(11);
  EXPECT_THAT(state.answers(2, 0).by_pass, ElementsAre(2, 1));
  const Reply echo = tagged(index, 1);
  handler.on_replies(std::span(&echo, 1), kStart + 2s);
  EXPECT_THAT(state.answers(2, 0).by_pass, ElementsAre(2, 1)) << "a target counts once";
}

TEST_F(SweepHandlerTest, LateIsAfterTheTimeoutOfTheProbesOwnPass) {
  handle(tagged(1, 0, 500ms));
  EXPECT_EQ(counters().late, 0U);
  handle(tagged(2, 0, 500ms + 1ns));
  EXPECT_EQ(counters().late, 1U);
  handle(tagged(3, 1, 750ms));  // the second pass waits half as long again
  EXPECT_EQ(counters().late, 1U);
  handle(tagged(4, 1, 750ms + 1ns));
  EXPECT_EQ(counters().late, 2U);
  EXPECT_EQ(state(4), State::kAlive) << "late, but alive";
  EXPECT_EQ(events().size(), 4U);
}

TEST_F(SweepHandlerTest, KeepsRoundTripStatistics) {
  handle(tagged(1, 0, 30ms));
  handle(tagged(2, 0, 10ms));
  handle(tagged(3, 0, 20ms));
  handle(untagged(4));
  EXPECT_EQ(counters().rtt_min, 10ms);
  EXPECT_EQ(counters().rtt_max, 30ms);
  EXPECT_EQ(counters().rtt_sum, 60ms);
  EXPECT_EQ(counters().rtt_count, 3U);
}

TEST_F(SweepHandlerTest, ARoundTripLongerThanTheRunIsNotBelieved) {
  handle(tagged(1, 0, -1ms));  // before it was sent: the clock was set back
  handle(tagged(2, 0, -999ms));
  EXPECT_EQ(state(1), State::kAlive);
  EXPECT_EQ(state(2), State::kAlive);
  EXPECT_EQ(counters().rtt_count, 0U);
  EXPECT_EQ(counters().late, 0U);
  for (const ReplyEvent& event : events()) {
    EXPECT_EQ(event.rtt_ns, -1);
  }
}

TEST_F(SweepHandlerTest, WhatMeetsAFullQueueIsAliveAndUnlisted) {
  ASSERT_EQ(state_.events.capacity(), kSlots);
  for (std::uint64_t i = 0; i < kSlots + 3; ++i) {
    handle(tagged(i));
  }
  EXPECT_THAT(handler_.unlisted(), ElementsAre(Field(&SweepHandler::Unlisted::index, kSlots),
                                               Field(&SweepHandler::Unlisted::index, kSlots + 1),
                                               Field(&SweepHandler::Unlisted::index, kSlots + 2)));
  EXPECT_EQ(state_.ledger.alive(), kSlots + 3);
  EXPECT_EQ(events().size(), kSlots);
  handle(tagged(kSlots));
  EXPECT_EQ(counters().extra, 1U);
  EXPECT_EQ(handler_.unlisted().size(), 3U) << "listed once is enough";
}

TEST_F(SweepHandlerTest, KeepsThePacketsOfProvenReplies) {
  SweepOptions options;
  options.keep_packets = true;
  SweepState state(targets_, order_, options, kSlots);
  SweepHandler handler(state, codec_, kStart);
  state.passes = 2;
  net::CapturedPacket packet;
  const auto handle_one = [&](Reply reply, std::uint32_t interface) {
    packet.interface = interface;
    reply.packet = &packet;
    handler.on_replies(std::span(&reply, 1), kStart + 2s);
  };
  handle_one(tagged(1), 1);
  handle_one(tagged(1), 2);  // an extra one is an answer, too
  handle_one(error(2, 3, 1), 3);
  Reply forged = untagged(3);
  ++forged.sequence.value;
  handle_one(forged, 4);
  for (const std::uint32_t interface : {1U, 2U, 3U}) {
    ASSERT_TRUE(state.proven.pop(packet));
    EXPECT_EQ(packet.interface, interface);
  }
  EXPECT_FALSE(state.proven.pop(packet));

  EXPECT_EQ(state.room_for_replies(), kSlots - 1) << "one event waits";
  for (std::uint32_t i = 0; i < kSlots + 2; ++i) {
    handle_one(tagged(1), i);
  }
  EXPECT_EQ(state.room_for_replies(), 0U) << "the sender waits";
  EXPECT_EQ(handler.counters().unsaved_packets, 2U) << "what has no room is counted";
}

TEST_F(SweepHandlerTest, DealsWithAWholeBatch) {
  const std::vector<Reply> batch = {tagged(1), error(2, 3, 0), untagged(3), tagged(kTargets), tagged(1)};
  handler_.on_replies(batch, kStart + 2s);
  EXPECT_EQ(counters().echo_replies, 3U);
  EXPECT_EQ(counters().icmp_errors, 1U);
  EXPECT_EQ(counters().forged, 1U);
  EXPECT_EQ(counters().extra, 1U);
}

/// The same with control probes.
class SweepHandlerWithControls : public SweepHandlerTest {
 protected:
  std::vector<HostNews> news() {
    std::vector<HostNews> all;
    for (HostNews one; with_.hosts.pop(one);) {
      all.push_back(one);
    }
    return all;
  }
  void tell(const Reply& reply) { teller_.on_replies(std::span(&reply, 1), reply.received); }

  SweepOptions options_with_{.auto_rate = true};
  SweepState with_{targets_, order_, options_with_, kSlots};
  SweepHandler teller_{with_, codec_, kStart};
};

TEST_F(SweepHandlerWithControls, TellsTheSenderOfAFirstReply) {
  tell(tagged(5));
  tell(tagged(5));
  const auto all = news();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].index, 5U);
  EXPECT_FALSE(all[0].control);
}

TEST_F(SweepHandlerWithControls, TheAnswerToAControlProbeIsNoOtherReply) {
  tell(tagged(5));
  tell(tagged(5, kControlPass.value, 30ms));
  const auto all = news();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[1].control);
  EXPECT_EQ(all[1].sent, kStart + 1s);
  EXPECT_EQ(teller_.counters().control_replies, 1U);
  EXPECT_EQ(teller_.counters().echo_replies, 1U);
  EXPECT_EQ(teller_.counters().extra, 0U);
  EXPECT_EQ(teller_.counters().rtt_count, 1U);
}

TEST_F(SweepHandlerWithControls, KnowsItsSequenceWhereThePayloadWasCut) {
  tell(untagged(5, kControlPass.value));
  const auto all = news();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].control);
  EXPECT_FALSE(all[0].sent.has_value());
}

TEST_F(SweepHandlerWithControls, KeepsRoomForTheAnswersToControlProbes) {
  for (std::uint64_t i = 0; i < kTargets; ++i) {
    tell(tagged(i));
  }
  EXPECT_GE(2 * with_.hosts.free_slots(), with_.hosts.capacity());
}

TEST_F(SweepHandlerTest, WithoutControlProbesNobodyAnswersOne) {
  handle(tagged(5, kControlPass.value));
  handle(untagged(5, kControlPass.value));
  EXPECT_EQ(counters().forged, 2U);
  EXPECT_EQ(counters().control_replies, 0U);
}

}  // namespace
}  // namespace echosweep::modes

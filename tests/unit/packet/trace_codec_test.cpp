#include "packet/trace_codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "bytes_of.hpp"
#include "packet/bytes.hpp"

namespace echosweep::packet {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

const Address kOurs = Address::v4(0xc6130001);
const Address kRouter = Address::v4(0xc6130002);
const Address kGoal4 = Address::v4(0xc6120102);
const Address kGoal6 = Address::v6(static_cast<Uint128>(0xfd0000e500000000) << 64 | 9);
const Address kRouter6 = Address::v6(static_cast<Uint128>(0xfd0000e500000000) << 64 | 0x10002);
const Address kOurs6 = Address::v6(static_cast<Uint128>(0xfd0000e500000000) << 64 | 0x10001);
constexpr MonotonicTime kLeft{nanoseconds(123'456'789'012'345)};
constexpr std::uint64_t kPlace = 0x0102030405;

RunKey trace_key() {
  RunKey key;
  key.identifier = Identifier{0xbeef};
  for (std::uint8_t i = 0; i < 16; ++i) {
    key.tag_key[i] = i;
    key.sequence_key[i] = static_cast<std::uint8_t>(16 + i);
  }
  return key;
}

TraceCodec trace_codec(TraceProtocol protocol, bool multipath = false) {
  TraceCodecOptions options;
  options.protocol = protocol;
  options.port = protocol == TraceProtocol::kTcp ? 80 : 33434;
  options.multipath = multipath;
  options.find_source4 = [](const Address&) { return kOurs; };
  return TraceCodec(trace_key(), options);
}

Probe probe_to(const Address& goal, std::uint8_t ttl, std::uint8_t number) {
  return {.index = kPlace, .destination = goal, .pass = Pass{number}, .ttl = Ttl{ttl}};
}

/// As it leaves: with what the kernel fills in.
Packet on_the_wire(const TraceCodec& codec, const Probe& probe, MonotonicTime left = kLeft) {
  const Family family = probe.destination.family();
  Packet packet(codec.packet_size(family));
  codec.prepare(family, packet);
  EXPECT_EQ(codec.encode(probe, left, packet, {}), packet.size());
  if (family == Family::kIpv4) {
    store_be32(&packet[12], kOurs.v4_value());
    seal(std::span(packet).first(20), 10);
    return packet;
  }
  Packet header = hex("60000000 0000 00 00");
  store_be16(&header[4], static_cast<std::uint16_t>(packet.size()));
  header[6] = codec.protocol() == TraceProtocol::kIcmp  ? 58
              : codec.protocol() == TraceProtocol::kUdp ? 17
                                                        : 6;
  header[7] = probe.ttl.value;
  const auto source = kOurs6.bytes();
  const auto goal = probe.destination.bytes();
  return join({header, source, goal, packet});
}

Packet quoting(const Packet& probe, std::size_t quoted, std::uint8_t type = 11, std::uint8_t code = 0,
               std::string_view extensions = "") {
  const bool v4 = probe[0] >> 4 == 4;
  Packet icmp = hex("0000 0000 00000000");
  icmp[0] = type;
  icmp[1] = code;
  const Packet more = hex(extensions);
  if (!more.empty()) {
    icmp[v4 ? 5 : 4] = static_cast<std::uint8_t>(quoted / (v4 ? 4 : 8));
  }
  Packet quote(probe.begin(), probe.begin() + static_cast<std::ptrdiff_t>(std::min(quoted, probe.size())));
  quote.resize(quoted);
  Packet message = join({icmp, quote, more});
  if (v4) {
    seal(message, 2);
    Packet ip = hex("45c00000 12340000 40010000 c6130002 c6130001");
    store_be16(&ip[2], static_cast<std::uint16_t>(20 + message.size()));
    seal(ip, 10);
    return join({ip, message});
  }
  Packet ip = hex("60000000 0000 3a 40");
  store_be16(&ip[4], static_cast<std::uint16_t>(message.size()));
  Packet whole = join({ip, kRouter6.bytes(), kOurs6.bytes(), message});
  seal6(whole);
  return whole;
}

std::optional<TraceAnswer> read4(const TraceCodec& codec, const Packet& packet, nanoseconds later = 3ms) {
  return codec.read(Family::kIpv4, packet, 1, packet.size(), kLeft + later);
}

void expect_is_probe(const std::optional<TraceAnswer>& answer, std::uint8_t ttl, std::uint8_t number) {
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->probed, kGoal4);
  EXPECT_EQ(answer->hop, Ttl{ttl});
  EXPECT_EQ(answer->probe, number);
  ASSERT_TRUE(answer->rtt);
}

class EachProtocol : public testing::TestWithParam<TraceProtocol> {};
INSTANTIATE_TEST_SUITE_P(Trace, EachProtocol,
                         testing::Values(TraceProtocol::kIcmp, TraceProtocol::kUdp, TraceProtocol::kTcp));

TEST_P(EachProtocol, EightQuotedBytesNameTheProbe) {
  const TraceCodec codec = trace_codec(GetParam());
  for (const std::uint8_t ttl : std::initializer_list<std::uint8_t>{1, 7, 64, 255}) {
    for (const std::uint8_t number : std::initializer_list<std::uint8_t>{0, 2, 14}) {
      const auto answer = read4(codec, quoting(on_the_wire(codec, probe_to(kGoal4, ttl, number)), 28));
      expect_is_probe(answer, ttl, number);
      EXPECT_FALSE(answer->index);
      EXPECT_EQ(answer->from, kRouter);
      EXPECT_EQ(answer->error, (IcmpError{Family::kIpv4, 11, 0}));
      EXPECT_LE(std::chrono::abs(*answer->rtt - 3ms), 4us) << "half a unit of the stamp's time";
    }
  }
}

TEST_P(EachProtocol, AllQuotedBytesNameItToo) {
  const TraceCodec codec = trace_codec(GetParam());
  const auto answer = read4(codec, quoting(on_the_wire(codec, probe_to(kGoal4, 9, 1)), 60));
  expect_is_probe(answer, 9, 1);
  if (GetParam() != TraceProtocol::kTcp) {
    EXPECT_EQ(answer->index, kPlace);
    EXPECT_EQ(*answer->rtt, 3ms);
  }
}

TEST_P(EachProtocol, ChecksumsHold) {
  const TraceCodec codec = trace_codec(GetParam());
  for (std::uint8_t ttl = 1; ttl < 200; ++ttl) {
    const Packet packet = on_the_wire(codec, probe_to(kGoal4, ttl, ttl % 3), kLeft + ttl * 1'234'567ns);
    const auto message = std::span(packet).subspan(20);
    if (GetParam() == TraceProtocol::kIcmp) {
      EXPECT_EQ(plain_checksum(message), 0);
      continue;
    }
    Packet all = hex("c6130001 c6120102 0000 0000");
    all[9] = GetParam() == TraceProtocol::kUdp ? 17 : 6;
    store_be16(&all[10], static_cast<std::uint16_t>(message.size()));
    EXPECT_EQ(plain_checksum(join({all, message})), 0) << int{ttl};
  }
}

TEST_P(EachProtocol, AFlowLooksTheSameToWhoeverSpreadsPackets) {
  for (const Address& goal : {kGoal4, kGoal6}) {
    const TraceCodec codec = trace_codec(GetParam());
    const std::size_t header = goal.is_v4() ? 20 : 40;
    std::set<std::string> flows;
    std::set<std::uint16_t> sums;
    for (std::uint8_t ttl = 1; ttl <= 30; ++ttl) {
      const Packet packet = on_the_wire(codec, probe_to(goal, ttl, ttl % 3), kLeft + ttl * 1ms);
      // The ports; of ICMP: type, code, checksum, which over IPv6 the kernel makes of what is summed.
      flows.insert(to_hex(std::span(packet).subspan(header, 4)));
      sums.insert(plain_checksum(std::span(packet).subspan(header)));
    }
    EXPECT_EQ(flows.size(), 1U);
    if (GetParam() == TraceProtocol::kIcmp) {
      EXPECT_EQ(sums.size(), 1U);
    }
  }
}

TEST_P(EachProtocol, MultipathMakesEachNumberAFlow) {
  const TraceCodec codec = trace_codec(GetParam(), true);
  std::set<std::string> flows;
  for (std::uint8_t number = 0; number < 10; ++number) {
    for (std::uint8_t ttl = 1; ttl < 5; ++ttl) {
      const Packet packet = on_the_wire(codec, probe_to(kGoal4, ttl, number));
      flows.insert(to_hex(std::span(packet).subspan(20, 4)));
      expect_is_probe(read4(codec, quoting(packet, 28)), ttl, number);
    }
  }
  EXPECT_EQ(flows.size(), 10U);
}

TEST_P(EachProtocol, IdentificationIsNeverZeroWhichTheKernelWouldReplace) {
  const TraceCodec codec = trace_codec(GetParam());
  for (int i = 0; i < 200'000; ++i) {
    const Packet packet = on_the_wire(codec, probe_to(kGoal4, 3, 0), kLeft + i * 37us);
    ASSERT_NE(load_be16(&packet[4]), 0) << i;
  }
}

TEST_P(EachProtocol, WhoHasNotSeenAProbeCannotAnswerIt) {
  const TraceCodec codec = trace_codec(GetParam());
  RunKey other = trace_key();
  other.sequence_key[3] ^= 1;
  other.tag_key[3] ^= 1;
  TraceCodecOptions options;
  options.protocol = GetParam();
  options.port = GetParam() == TraceProtocol::kTcp ? 80 : 33434;
  options.find_source4 = [](const Address&) { return kOurs; };
  const TraceCodec forger(other, options);
  const Packet forged = on_the_wire(forger, probe_to(kGoal4, 3, 0));
  EXPECT_FALSE(read4(codec, quoting(forged, 28)));
  EXPECT_FALSE(read4(codec, quoting(forged, 60)));
}

TEST_P(EachProtocol, ShortPacketsOfAllLengthsAreRefusedOrRead) {
  const TraceCodec codec = trace_codec(GetParam());
  const Packet answer = quoting(on_the_wire(codec, probe_to(kGoal4, 3, 0)), 60);
  for (std::size_t size = 0; size <= answer.size(); ++size) {
    const Packet cut(answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = codec.read(Family::kIpv4, cut, 1, answer.size(), kLeft + 1ms);
    EXPECT_EQ(read.has_value(), size >= 20 + 8 + 28) << size;
  }
}

TEST_P(EachProtocol, TheHeaderHasTheSourceThatIsSummed) {
  const TraceCodec codec = trace_codec(GetParam());
  Packet packet(codec.packet_size(Family::kIpv4));
  codec.prepare(Family::kIpv4, packet);
  codec.encode(probe_to(kGoal4, 3, 0), kLeft, packet, {});
  const bool is_summed = GetParam() != TraceProtocol::kIcmp;
  EXPECT_EQ(load_be32(&packet[12]), is_summed ? kOurs.v4_value() : 0U);
}

TEST(TraceCodec, TimeDoesNotComeRoundWithinTheWait) {
  const TraceCodec codec = trace_codec(TraceProtocol::kIcmp);
  const Packet answer = quoting(on_the_wire(codec, probe_to(kGoal4, 3, 0)), 28);
  for (nanoseconds later = 0ns; later <= 5s; later += 7'777'777ns) {
    const auto read = read4(codec, answer, later);
    ASSERT_TRUE(read && read->rtt) << later.count();
    EXPECT_LE(std::chrono::abs(*read->rtt - later), 4us) << later.count();
  }
}

TEST(TraceCodec, AnIdentificationThatSomebodyRewroteGivesNoRoundTrip) {
  const TraceCodec codec = trace_codec(TraceProtocol::kIcmp);
  Packet probe = on_the_wire(codec, probe_to(kGoal4, 3, 0));
  store_be16(&probe[4], 0);
  const auto read = read4(codec, quoting(probe, 28));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hop, Ttl{3});
  EXPECT_FALSE(read->rtt);
}

TEST(TraceCodec, EchoReplyBringsThePayloadBack) {
  const TraceCodec codec = trace_codec(TraceProtocol::kIcmp);
  Packet reply = on_the_wire(codec, probe_to(kGoal4, 12, 2));
  reply[8] = 61;
  store_be32(&reply[12], kGoal4.v4_value());
  store_be32(&reply[16], kOurs.v4_value());
  seal(std::span(reply).first(20), 10);
  reply[20] = 0;
  seal(std::span(reply).subspan(20), 2);
  const auto read = read4(codec, reply);
  expect_is_probe(read, 12, 2);
  EXPECT_EQ(read->kind, TraceAnswerKind::kEchoReply);
  EXPECT_EQ(read->index, kPlace);
  EXPECT_EQ(read->ttl, Ttl{61});
  EXPECT_EQ(*read->rtt, 3ms);
  // Without its payload.
  reply.resize(28);
  store_be16(&reply[2], 28);
  seal(std::span(reply).first(20), 10);
  seal(std::span(reply).subspan(20), 2);
  const auto cut = read4(codec, reply);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->hop, Ttl{12});
  EXPECT_EQ(cut->probe, 2);
  EXPECT_FALSE(cut->rtt || cut->index);
}

Packet tcp_reply(const Packet& syn, std::uint8_t flags, std::uint32_t acknowledged_more = 1) {
  Packet reply =
      hex("45000028 00004000 3e060000 c6120102 c6130001  0050 0000 00000000 00000000 5000 0000 0000 0000");
  std::copy_n(&syn[20], 2, &reply[22]);
  store_be32(&reply[28], load_be32(&syn[24]) + acknowledged_more);
  reply[33] = flags;
  return reply;
}

TEST(TraceCodec, SynAckAndResetAcknowledgeTheStamp) {
  const TraceCodec codec = trace_codec(TraceProtocol::kTcp);
  const Packet syn = on_the_wire(codec, probe_to(kGoal4, 12, 2));
  for (const auto& [flags, kind] :
       {std::pair{0x12, TraceAnswerKind::kSynAck}, std::pair{0x14, TraceAnswerKind::kReset}}) {
    const auto read = read4(codec, tcp_reply(syn, static_cast<std::uint8_t>(flags)));
    expect_is_probe(read, 12, 2);
    EXPECT_EQ(read->kind, kind);
    EXPECT_LE(std::chrono::abs(*read->rtt - 3ms), 4us);
  }
  EXPECT_FALSE(read4(codec, tcp_reply(syn, 0x10))) << "an acknowledgement alone is no answer to a SYN";
  EXPECT_FALSE(read4(codec, tcp_reply(syn, 0x04)));
  Packet other_port = tcp_reply(syn, 0x12);
  other_port[23] ^= 1;
  EXPECT_FALSE(read4(codec, other_port));
}

TEST_P(EachProtocol, Ipv6QuotesWhatNamesIt) {
  const TraceCodec codec = trace_codec(GetParam());
  const Packet probe = on_the_wire(codec, probe_to(kGoal6, 4, 1));
  const Packet answer = quoting(probe, probe.size(), 3);
  const auto read = codec.read(Family::kIpv6, answer, 1, answer.size(), kLeft + 2ms);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->probed, kGoal6);
  EXPECT_EQ(read->from, kRouter6);
  EXPECT_EQ(read->hop, Ttl{4});
  EXPECT_EQ(read->probe, 1);
  ASSERT_TRUE(read->rtt);
  EXPECT_LE(std::chrono::abs(*read->rtt - 2ms), 4us);
}

TEST(TraceCodec, ExtensionsAreHandedOn) {
  const TraceCodec codec = trace_codec(TraceProtocol::kIcmp);
  const Packet probe = on_the_wire(codec, probe_to(kGoal4, 3, 0));
  const Packet error = quoting(probe, 128, 11, 0, "2000 0000 0008 01 01 00010101");
  const auto read = read4(codec, error);  // points into it
  expect_is_probe(read, 3, 0);
  EXPECT_EQ(to_hex(read->objects), "0008010100010101");
}

TEST(TraceCodec, NatMayHaveRewrittenTheQuotedDestination) {
  const TraceCodec codec = trace_codec(TraceProtocol::kIcmp);
  Packet probe = on_the_wire(codec, probe_to(kGoal4, 3, 0));
  probe[19] ^= 0x40;
  EXPECT_FALSE(read4(codec, quoting(probe, 28))) << "eight bytes do not say whom it was sent to";
  const auto read = read4(codec, quoting(probe, 60));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->index, kPlace);
}

TEST(TraceCodec, PacketsAreAsLargeAsTraceroutes) {
  for (const auto protocol : {TraceProtocol::kIcmp, TraceProtocol::kUdp, TraceProtocol::kTcp}) {
    const TraceCodec codec = trace_codec(protocol);
    EXPECT_EQ(codec.packet_size(Family::kIpv4), 60U);
    EXPECT_EQ(codec.packet_size(Family::kIpv6), 40U) << "and 40 of the kernel's header";
  }
}

}  // namespace
}  // namespace echosweep::packet

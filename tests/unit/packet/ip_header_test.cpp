#include "packet/ip_header.hpp"

#include <gtest/gtest.h>

#include "examples.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::packet {
namespace {

IpHeader read4(const Packet& packet, std::size_t wire_size = 0) {
  return read_ip_header(Family::kIpv4, packet, wire_size);
}
IpHeader read6(const Packet& packet, std::size_t wire_size = 0) {
  return read_ip_header(Family::kIpv6, packet, wire_size);
}

TEST(IpHeader, ReadsEachFieldOfIpv4) {
  // RFC 791 3.1, by hand: 6 words, DSCP 46 and ECN 1, length 28, DF and MF, offset 1480.
  Packet packet = hex("46b9001c 123460b9 40010000 c0000201 c0000202 94040000 deadbeef");
  seal(std::span(packet).first(24), 10);
  const IpHeader ip = read4(packet);
  EXPECT_EQ(ip.fault, IpFault::kNone);
  EXPECT_EQ(ip.header_size, 24U);
  EXPECT_EQ(ip.total_size, 28U);
  EXPECT_EQ(ip.tos.value, 0xb9);
  EXPECT_EQ(ip.identification, 0x1234U);
  EXPECT_TRUE(ip.dont_fragment && ip.more_fragments && ip.is_fragment && !ip.reserved_flag);
  EXPECT_EQ(ip.fragment_offset, 1480);
  EXPECT_EQ(ip.ttl.value, 64);
  EXPECT_EQ(ip.protocol, 1);
  EXPECT_TRUE(ip.checksum_right);
  EXPECT_EQ(to_string(ip.source), "192.0.2.1");
  EXPECT_EQ(to_string(ip.destination), "192.0.2.2");
  EXPECT_EQ(to_hex(ip.payload), "deadbeef");
  const auto options = ipv4_options(ip.options);
  ASSERT_EQ(options.size(), 1U);
  EXPECT_EQ(options[0].type, 148);
  EXPECT_EQ(to_hex(options[0].data), "0000");
}

TEST(IpHeader, AWrongChecksumIsSeen) {
  Packet packet = reply4();
  packet[8] ^= 1;
  EXPECT_FALSE(read4(packet).checksum_right);
}

TEST(IpHeader, LinkPaddingIsNoPayloadAndWhatIsMissingIsCounted) {
  Packet packet = reply4();
  const std::size_t whole = packet.size();
  packet.resize(whole + 7);
  EXPECT_EQ(read4(packet).payload.size(), whole - 20);
  packet.resize(whole - 5);
  EXPECT_EQ(read4(packet).missing, 5U) << "it was sent so short";
  EXPECT_EQ(read4(packet, whole).missing, 0U) << "the capture cut it";
  EXPECT_EQ(read4(packet, whole).payload_size, whole - 20);
  EXPECT_FALSE(read4(packet, whole).complete());
}

TEST(IpHeader, EachFaultOfIpv4) {
  EXPECT_EQ(read4({}).fault, IpFault::kCut);
  Packet packet = reply4();
  EXPECT_EQ(read4({packet.begin(), packet.begin() + 19}).fault, IpFault::kCut);
  packet[0] = 0x44;
  EXPECT_EQ(read4(packet).fault, IpFault::kHeaderLength);
  packet[0] = 0x65;
  EXPECT_EQ(read4(packet).fault, IpFault::kVersion);
  packet[0] = 0x45;
  packet[3] = 19;
  EXPECT_EQ(read4(packet).fault, IpFault::kTotalLength);
  packet.resize(20);
  packet[0] = 0x4f;
  EXPECT_EQ(read4(packet).fault, IpFault::kHeaderLength) << "longer than what is there";
}

TEST(IpHeader, OptionsEndAtTheFirstLie) {
  EXPECT_EQ(ipv4_options(hex("01 01 00 07")).size(), 2U);
  EXPECT_EQ(ipv4_options(hex("0100")).size(), 1U);
  EXPECT_TRUE(ipv4_options(hex("0700")).empty()) << "a length of 0 would never end";
  EXPECT_TRUE(ipv4_options(hex("0703")).empty()) << "longer than what is there";
  EXPECT_TRUE(ipv4_options(hex("07")).empty());
}

TEST(IpHeader, WalksIpv6ExtensionHeaders) {
  const Packet head =
      hex("60012345 00200040 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002");
  // Hop-by-hop, destination options, fragment 1 of 0x63: each names the next.
  const Packet packet = join({head, hex("3c000502 00000100"), hex("2c000104 00000000"),
                              hex("3a000001 00000063"), hex("8000ffff 00010002")});
  const IpHeader ip = read6(packet);
  EXPECT_EQ(ip.fault, IpFault::kNone);
  EXPECT_EQ(ip.flow_label, 0x12345U);
  ASSERT_EQ(ip.extensions.size(), 3U);
  EXPECT_EQ(ip.extensions[0].type, kHopByHop);
  EXPECT_EQ(ip.extensions[1].type, kDestinationOptions);
  EXPECT_EQ(ip.extensions[2].type, kFragment);
  EXPECT_EQ(ip.protocol, kProtocolIcmpv6);
  EXPECT_TRUE(ip.is_fragment && ip.more_fragments);
  EXPECT_EQ(ip.identification, 0x63U);
  EXPECT_EQ(to_hex(ip.payload), "8000ffff00010002");
  EXPECT_EQ(ip.payload_size, 8U);
}

TEST(IpHeader, AnAtomicFragmentIsWhole) {
  const Packet head =
      hex("60000000 00102c40 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002");
  const IpHeader ip = read6(join({head, hex("3a000000 00000063 8000ffff 00010002")}));
  EXPECT_FALSE(ip.is_fragment);
  EXPECT_TRUE(ip.complete());
}

TEST(IpHeader, ExtensionsEndWithThePacket) {
  Packet packet = hex("60000000 00080040 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002");
  EXPECT_EQ(read6(packet).fault, IpFault::kExtension);
  // A header that says it is followed by itself, 2,048 bytes on.
  packet = join({packet, hex("00ff0000 00000000")});
  EXPECT_EQ(read6(packet).fault, IpFault::kExtension);
}

TEST(IpHeader, ChainsOfHeadersThatNoHostSendsEnd) {
  Packet packet = hex("60000000 f8f80040 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002");
  packet.resize(40 + 0xf8f8, 0);
  EXPECT_EQ(read6(packet).fault, IpFault::kExtension) << "hop-by-hop options behind others";
  EXPECT_EQ(read6(packet).extensions.size(), 1U);
  packet[6] = kDestinationOptions;
  for (std::size_t at = 40; at < packet.size(); at += 8) {
    packet[at] = kDestinationOptions;
  }
  EXPECT_EQ(read6(packet).fault, IpFault::kExtension);
  EXPECT_EQ(read6(packet).extensions.size(), 16U);
}

TEST(IpHeader, AJumbogramIsAsLongAsItIs) {
  const Packet head =
      hex("60000000 00000040 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002");
  const IpHeader ip = read6(join({head, hex("3a00c204 00010000 8000ffff 00010002")}));
  EXPECT_EQ(ip.payload.size(), 8U);
}

}  // namespace
}  // namespace echosweep::packet

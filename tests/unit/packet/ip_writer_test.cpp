#include "packet/ip_writer.hpp"

#include <gtest/gtest.h>

#include "packet/icmp_message.hpp"

namespace echosweep::packet {
namespace {

using Bytes = std::vector<std::uint8_t>;

const Address kHere = Address::v4(0xc0000201);
const Address kThere = Address::v4(0xc0000202);

TEST(IpWriter, WritesWhatIsReadAgain) {
  const Bytes options = {7, 3, 4, 0};
  const Bytes packet = write_ip_packet({.source = kHere,
                                        .destination = kThere,
                                        .ttl = Ttl{9},
                                        .tos = Tos{16},
                                        .dont_fragment = true,
                                        .options = options},
                                       Bytes{8, 0, 0xf7, 0xfd, 0, 1, 0, 1});
  const auto read = read_icmp_packet(Family::kIpv4, packet);
  ASSERT_TRUE(read && read->message);
  EXPECT_EQ(read->ip.total_size, 32U);
  EXPECT_EQ(read->ip.header_size, 24U);
  EXPECT_TRUE(read->ip.checksum_right && read->ip.dont_fragment);
  EXPECT_EQ(read->ip.ttl, Ttl{9});
  EXPECT_EQ(read->ip.tos, Tos{16});
  EXPECT_EQ(read->ip.source, kHere);
  EXPECT_EQ(read->ip.destination, kThere);
  EXPECT_EQ(read->message->checksum_right, true);
}

TEST(IpWriter, SumsIcmpv6) {
  const Bytes packet = write_ip_packet({.source = Address::v6(1),
                                        .destination = Address::v6(2),
                                        .ttl = Ttl{64},
                                        .tos = Tos{3},
                                        .flow_label = 0x12345,
                                        .options = {}},
                                       Bytes{128, 0, 0, 0, 0, 1, 0, 1, 5});
  const auto read = read_icmp_packet(Family::kIpv6, packet);
  ASSERT_TRUE(read && read->message);
  EXPECT_EQ(read->ip.flow_label, 0x12345U);
  EXPECT_EQ(read->ip.tos, Tos{3});
  EXPECT_EQ(read->message->checksum_right, true);
}

TEST(IpWriter, MendsWhatASocketLeftOut) {
  Bytes packet =
      write_ip_packet({.source = kHere, .destination = Address::v4(0), .ttl = Ttl{1}, .options = {}},
                      Bytes{0, 0, 0xff, 0xfe, 0, 0, 0, 1});
  packet[2] = packet[3] = 0xff;
  mend_ip_header(packet, kThere);
  const auto read = read_icmp_packet(Family::kIpv4, packet);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ip.total_size, 28U);
  EXPECT_EQ(read->ip.destination, kThere);
  EXPECT_TRUE(read->ip.checksum_right);
}

TEST(IpWriter, LeavesADestinationThatIsThere) {
  Bytes packet =
      write_ip_packet({.source = kHere, .destination = kThere, .ttl = Ttl{1}, .options = {}}, Bytes(8));
  const Bytes before = packet;
  mend_ip_header(packet, kHere);
  EXPECT_EQ(packet, before);
  for (std::size_t size = 0; size < 20; ++size) {
    Bytes cut(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(size));
    mend_ip_header(cut, kHere);
  }
}

}  // namespace
}  // namespace echosweep::packet

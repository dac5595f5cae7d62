#include "listen/line.hpp"

#include "hearing.hpp"

namespace echosweep::listen {
namespace {

using packet::error4;
using packet::error6;
using packet::hex;
using packet::quote4;
using packet::quote6;
using packet::reply4;
using packet::reply6;

std::string line_of(const Heard& heard) {
  use_utc();
  report::Line line;
  append_line(line, heard);
  return fmt::to_string(line);
}
std::string line4(const Packet& packet) {
  return line_of(heard(Family::kIpv4, packet));
}
std::string line6(const Packet& packet) {
  return line_of(heard(Family::kIpv6, packet));
}

TEST(Line, IsTcpdumps) {
  EXPECT_EQ(line4(reply4()),
            "22:13:20.123456 eth0  In  IP 198.18.1.2 > 198.19.0.1: ICMP echo reply, id 48879, seq 9015, "
            "length 26\n");
  EXPECT_EQ(line6(reply6()),
            "22:13:20.123456 eth0  In  IP6 fd00:e5::9 > fd00:e5::1:1: ICMP6, echo reply, id 48879, seq 9015, "
            "length 26\n");
}

TEST(Line, OfOneInterfaceDoesNotNameIt) {
  const Packet packet = reply4();
  Heard one = heard(Family::kIpv4, packet);
  one.names_interface = false;
  EXPECT_TRUE(line_of(one).starts_with("22:13:20.123456 IP 198.18.1.2 > "));
}

TEST(Line, ErrorsSayWhatTheyQuote) {
  EXPECT_NE(line4(error4(3, 1, quote4(8))).find("ICMP host 198.18.1.2 unreachable, length 36\n"),
            std::string::npos);
  EXPECT_NE(
      line4(error4(3, 4, quote4(8), "00000578")).find("198.18.1.2 unreachable - need to frag (mtu 1400), "),
      std::string::npos);
  EXPECT_NE(line6(error6(2, 0, quote6(8), "00000500")).find("ICMP6, packet too big, mtu 1280, length 56\n"),
            std::string::npos);
}

TEST(Line, EveryTypeAndCodeHasWords) {
  for (int type = 0; type < 256; ++type) {
    for (int code = 0; code < 256; ++code) {
      const auto t = static_cast<std::uint8_t>(type);
      const auto c = static_cast<std::uint8_t>(code);
      for (const std::string& line : {line4(error4(t, c, quote4(26))), line6(error6(t, c, quote6(26)))}) {
        ASSERT_EQ(line.find("{}"), std::string::npos) << line;
        ASSERT_EQ(line.find("  ", 32), std::string::npos) << line;
        ASSERT_EQ(line.find('\n'), line.size() - 1) << line;
      }
    }
  }
}

TEST(Line, WhatIsCutSaysSo) {
  EXPECT_NE(line4(packet::patch4(hex(packet::kFromTarget4), hex("0800ffff")))
                .find("echo request, [|icmp], length 4"),
            std::string::npos);
  EXPECT_NE(line4(error4(3, 1, {})).find("unreachable [|icmp], length 8"), std::string::npos);
}

TEST(Line, BrokenHeadersSayWhatIsWrong) {
  Packet packet = reply4();
  packet[0] = 0x44;
  EXPECT_NE(line4(packet).find("IP 198.18.1.2 > 198.19.0.1: [bad IP header length]\n"), std::string::npos);
  packet.resize(7);
  EXPECT_NE(line4(packet).find("IP [cut in the IP header]\n"), std::string::npos);
}

TEST(Line, AnInterfaceCannotForgeALine) {
  const Packet packet = reply4();
  Heard one = heard(Family::kIpv4, packet);
  one.interface = "a\nb\x1b";
  EXPECT_NE(line_of(one).find(" a\\x0ab\\x1b In  IP "), std::string::npos);
}

}  // namespace
}  // namespace echosweep::listen

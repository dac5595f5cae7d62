#include "listen/details.hpp"

#include "hearing.hpp"

namespace echosweep::listen {
namespace {

using packet::error4;
using packet::hex;
using packet::join;
using packet::quote4;

std::string details(Family family, const Packet& packet, std::size_t wire_size = 0) {
  report::Line line;
  append_details(line, heard(family, packet, wire_size));
  return fmt::to_string(line);
}

TEST(Details, OfAnErrorWithExtensionsAreComplete) {
  Packet padded = quote4(26);
  padded.resize(128);
  Packet structure = hex("20000000 00080101 03e81b40");
  packet::seal(structure, 2);
  const std::string text = details(Family::kIpv4, error4(11, 0, join({padded, structure}), "00200000"));
  for (const char* const expected :
       {"    IPv4\n        header length: 20\n        total length: 168\n        tos: 0xc0 (dscp 48, ecn "
        "0)\n",
        "        checksum: 0x", " (right)\n", "    ICMP\n        type: 11 (time-exceeded)\n        code: 0\n",
        "        quoted packet\n            IPv4\n                header length: 20\n",
        "            ICMP\n                type: 8 (echo)\n                code: 0\n"
        "                identifier: 48879\n                sequence: 9015\n",
        "            quoted payload: 26 bytes\n              0000: 0800 c57c beef 2337 4567 ",
        "        flags: none\n", "                flags: DF\n",
        "        extensions\n            version: 2\n            checksum: 0xbfce (right)\n",
        "            object class 1, type 1\n"
        "                MPLS label: 16001, traffic class 5, bottom 1, ttl 64\n"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "in\n" << text;
  }
}

TEST(Details, SayWhetherTheChecksumIsRight) {
  Packet packet = packet::reply6();
  EXPECT_NE(details(Family::kIpv6, packet).find(" (right)\n"), std::string::npos);
  packet.back() ^= 1;
  EXPECT_NE(details(Family::kIpv6, packet).find(" (wrong)\n"), std::string::npos);
  const std::size_t whole = packet.size();
  packet.pop_back();
  EXPECT_NE(details(Family::kIpv6, packet, whole).find(" (not verified: "), std::string::npos);
}

TEST(Details, OfIpOptionsAndNeighbourOptions) {
  // Record route with one address and one place left.
  Packet head = hex("480000000000 0000 4001 0000 c0000201 c0000202 070b08 c0000263 00000000 00");
  Packet packet = packet::patch4(head, hex("08000000 00010001"));
  EXPECT_NE(
      details(Family::kIpv4, packet).find("        option: record route, pointer 8: 192.0.2.99 0.0.0.0\n"),
      std::string::npos);
  packet = packet::patch6(hex(packet::kFromTarget6),
                          hex("86000000 40c00708 00007530 000003e8 0101020000000001 0501000000000578"
                              "030440c0 00015180 00003840 00000000 20010db8000000000000000000000000"));
  const std::string text = details(Family::kIpv6, packet);
  for (const char* const expected :
       {"source link-layer address 02:00:00:00:00:01\n", "option: mtu 1400\n",
        "option: prefix 2001:db8::/64, on-link 1, autonomous 1, valid 86400 s, preferred 14400 s\n",
        "router lifetime: 1800 s\n"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "in\n" << text;
  }
}

TEST(Details, ThePayloadIsInRowsOfSixteen) {
  const std::string text = details(Family::kIpv4, packet::reply4());
  EXPECT_NE(text.find("        payload: 18 bytes\n          0000: 4567 89ab cdef 0102 0304 0507 fa1e cf2a\n  "
                      "        0010: e102\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace echosweep::listen

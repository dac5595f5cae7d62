#include "ping/complaint_text.hpp"

#include "lines.hpp"

namespace echosweep::ping {
namespace {

std::string words4(std::uint8_t type, std::uint8_t code, std::uint32_t info = 0) {
  return words_of({.from = kHost, .sequence = {}, .type = type, .code = code, .info = info, .quoted = {}},
                  plain_name);
}
std::string words6(std::uint8_t type, std::uint8_t code, std::uint32_t info = 0) {
  return words_of(
      {.from = Address::v6(1), .sequence = {}, .type = type, .code = code, .info = info, .quoted = {}},
      plain_name);
}

TEST(ComplaintText, IsPings) {
  const Complaint complaint{.from = kHost, .sequence = Sequence{3}, .type = 3, .code = 1, .quoted = {}};
  EXPECT_EQ(text_of([&](report::Line& line) { append_complaint(line, complaint, plain_name, false); }),
            "From 192.0.2.1 icmp_seq=3 Destination Host Unreachable\n");
}

TEST(ComplaintText, KnowsEachCodeOfIpv4) {
  EXPECT_EQ(words4(3, 0), "Destination Net Unreachable");
  EXPECT_EQ(words4(3, 2), "Destination Protocol Unreachable");
  EXPECT_EQ(words4(3, 4, 0x12340578), "Frag needed and DF set (mtu = 1400)");
  EXPECT_EQ(words4(3, 10), "Destination Host Prohibited");
  EXPECT_EQ(words4(3, 13), "Packet filtered");
  EXPECT_EQ(words4(3, 15), "Precedence Cutoff");
  EXPECT_EQ(words4(3, 16), "Dest Unreachable, Bad Code: 16");
  EXPECT_EQ(words4(4, 0), "Source Quench");
  EXPECT_EQ(words4(5, 1, 0xc0000209), "Redirect Host(New nexthop: 192.0.2.9)");
  EXPECT_EQ(words4(5, 9, 0), "Redirect, Bad Code: 9(New nexthop: 0.0.0.0)");
  EXPECT_EQ(words4(11, 0), "Time to live exceeded");
  EXPECT_EQ(words4(11, 1), "Frag reassembly time exceeded");
  EXPECT_EQ(words4(11, 2), "Time exceeded, Bad Code: 2");
  EXPECT_EQ(words4(12, 0, 0x14000000), "Parameter problem: pointer = 20");
  EXPECT_EQ(words4(77, 0), "Bad ICMP type: 77");
}

TEST(ComplaintText, KnowsEachCodeOfIpv6) {
  EXPECT_EQ(words6(1, 0), "Destination unreachable: No route");
  EXPECT_EQ(words6(1, 6), "Destination unreachable: Reject route to destination");
  EXPECT_EQ(words6(1, 7), "Destination unreachable: Unknown code 7");
  EXPECT_EQ(words6(2, 0, 1280), "Packet too big: mtu=1280");
  EXPECT_EQ(words6(2, 3, 1280), "Packet too big: mtu=1280, code=3");
  EXPECT_EQ(words6(3, 0), "Time exceeded: Hop limit");
  EXPECT_EQ(words6(3, 1), "Time exceeded: Defragmentation failure");
  EXPECT_EQ(words6(3, 5), "Time exceeded: code 5");
  EXPECT_EQ(words6(4, 1, 40), "Parameter problem: Unknown header at 40");
  EXPECT_EQ(words6(4, 9, 6), "Parameter problem: code 9 at 6");
  EXPECT_EQ(words6(100, 0), "unknown icmp type: 100");
}

TEST(ComplaintText, ShowsWhatARedirectQuotes) {
  Complaint redirect{
      .from = kHost,
      .sequence = Sequence{1},
      .type = 5,
      .code = 0,
      .info = 0xc0000209,
      .is_error = false,
      .quoted = {0x45, 0, 0, 84, 0x12, 0x34, 0x40, 0, 63, 1, 0xab, 0xcd, 192, 0, 2, 1, 198, 51, 100, 2}};
  const auto text = [&](bool verbose) {
    return text_of([&](report::Line& line) { append_complaint(line, redirect, plain_name, verbose); });
  };
  EXPECT_EQ(text(false), "From 192.0.2.1: icmp_seq=1 Redirect Network(New nexthop: 192.0.2.9)\n");
  EXPECT_EQ(text(true), text(false) +
                            "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n"
                            " 4  5  00 0054 1234   2 0000  3f  01 abcd 192.0.2.1  198.51.100.2 \n");
  redirect.quoted.resize(19);
  EXPECT_EQ(text(true), text(false));
}

}  // namespace
}  // namespace echosweep::ping

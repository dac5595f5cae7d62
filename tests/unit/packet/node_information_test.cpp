#include "packet/node_information.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "packet/md5.hpp"

namespace echosweep::packet {
namespace {

using Bytes = std::vector<std::uint8_t>;
using testing::ElementsAre;

std::string md5_of(std::string_view text) {
  const Bytes bytes(text.begin(), text.end());
  std::string hex;
  for (const std::uint8_t byte : md5(bytes)) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

// RFC 1321 A.5.
TEST(Md5, IsRfc1321s) {
  EXPECT_EQ(md5_of(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_of("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
            "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(md5_of("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(NodeInformation, GroupsHaveTheirPrefixAndTwentyFourBits) {
  // MD5 of 04 68 6f 73 74.
  const auto digest = md5(Bytes{4, 'h', 'o', 's', 't'});
  const auto group = node_group("Host.example.com");
  ASSERT_TRUE(group);
  const auto bytes = group->bytes();
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 13), (Bytes{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xff}));
  EXPECT_EQ(Bytes(bytes.begin() + 13, bytes.end()), Bytes(digest.begin(), digest.begin() + 3));
  EXPECT_EQ(node_group("host"), group);
  EXPECT_FALSE(node_group(""));
  EXPECT_FALSE(node_group(std::string(64, 'a')));
}

TEST(NodeInformation, AsksAboutAddressesAndNames) {
  const auto about6 = query_about(NodeQuery{}, Address::v6(1));
  EXPECT_EQ(about6.subject_code, 0);
  EXPECT_EQ(about6.subject.size(), 16U);
  EXPECT_EQ(about6.subject.back(), 1);
  const auto about4 = query_about(NodeQuery{}, Address::v4(0xc0000201));
  EXPECT_EQ(about4.subject_code, 2);
  EXPECT_EQ(about4.subject, (Bytes{192, 0, 2, 1}));
  const auto whole = query_about(NodeQuery{}, "a.Bc", false);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->subject_code, 1);
  EXPECT_EQ(whole->subject, (Bytes{1, 'a', 2, 'b', 'c', 0}));
  EXPECT_EQ(query_about(NodeQuery{}, "a", false)->subject, (Bytes{1, 'a', 0, 0}));
  EXPECT_EQ(query_about(NodeQuery{}, "a", true)->subject, (Bytes{1, 'a', 0}));
  EXPECT_FALSE(query_about(NodeQuery{}, "a..b", false));
}

NodeMessage answer(std::uint16_t type, const Bytes& data, std::uint8_t code = 0, std::uint8_t flags = 0) {
  Bytes message = {140, code, 0, 0, 0, static_cast<std::uint8_t>(type), 0, flags, 0, 1, 2, 3, 4, 5, 6, 7};
  message.insert(message.end(), data.begin(), data.end());
  return read_node_message(message);
}

TEST(NodeInformation, ReadsNames) {
  const auto read = answer(2, {0, 0, 0, 0, 1, 'a', 1, 'b', 0, 1, 'c', 0, 0, 1, 'd', 0xc0, 6});
  EXPECT_THAT(read.names, ElementsAre("a.b.", "c", "d.b."));
  EXPECT_FALSE(read.broken);
}

TEST(NodeInformation, ReadsAddresses) {
  const auto read = answer(4, {0, 0, 0, 9, 192, 0, 2, 1, 0, 0, 0, 9, 192, 0, 2, 2}, 0, 1);
  EXPECT_THAT(read.addresses, ElementsAre(Address::v4(0xc0000201), Address::v4(0xc0000202)));
  EXPECT_TRUE(read.truncated());
  Bytes one(20);
  one.back() = 7;
  EXPECT_THAT(answer(3, one).addresses, ElementsAre(Address::v6(7)));
  one.pop_back();
  EXPECT_TRUE(answer(3, one).broken);
}

TEST(NodeInformation, ReadsWhatAQueryIsAbout) {
  const auto subject = [](std::uint8_t code, const Bytes& data) {
    Bytes message = {139, code, 0, 0, 0, 2, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7};
    message.insert(message.end(), data.begin(), data.end());
    return read_node_message(message);
  };
  const auto about_name = subject(kAboutName, query_about(NodeQuery{}, "a.b", false)->subject);
  EXPECT_THAT(about_name.names, ElementsAre("a.b."));
  EXPECT_EQ(about_name.flags, kLinkLocalAddresses);
  EXPECT_EQ(about_name.nonce, (std::array<std::uint8_t, 8>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_THAT(subject(kAboutName, query_about(NodeQuery{}, "a", false)->subject).names, ElementsAre("a"));
  for (const Address& address : {Address::v6(9), Address::v4(9)}) {
    const auto query = query_about(NodeQuery{}, address);
    EXPECT_THAT(subject(query.subject_code, query.subject).addresses, ElementsAre(address));
    EXPECT_TRUE(subject(query.subject_code, Bytes(query.subject.size() - 1)).broken);
    EXPECT_TRUE(subject(query.subject_code, Bytes(query.subject.size() + 1)).broken);
  }
  EXPECT_FALSE(subject(kAboutName, {}).broken) << "a query for nothing";
  EXPECT_FALSE(subject(9, {1, 2, 3}).broken) << "nobody knows what that is";
}

TEST(NodeInformation, SurvivesWhatIsBroken) {
  EXPECT_TRUE(read_node_message({}).broken);
  EXPECT_TRUE(answer(2, {0, 0}).broken);
  EXPECT_TRUE(answer(2, {0, 0, 0, 0, 0xc0, 4}).broken) << "a name that points to itself";
  EXPECT_TRUE(answer(2, {0, 0, 0, 0, 9, 'a'}).broken);
  EXPECT_TRUE(answer(2, {0, 0, 0, 0, 0x80}).broken);
  EXPECT_EQ(answer(2, {0, 0, 0, 0, 1, 'a', 0}, 1).code, 1);
  EXPECT_TRUE(answer(99, {1, 2, 3}).names.empty());
}

}  // namespace
}  // namespace echosweep::packet

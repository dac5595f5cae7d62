#include "packet/neighbour.hpp"

#include <gtest/gtest.h>

#include <random>

#include "bytes_of.hpp"

namespace echosweep::packet {
namespace {

constexpr MacAddress kOurs{{0x02, 0xe5, 0, 0, 0x01, 0x01}};
constexpr MacAddress kTheirs{{0x02, 0xe5, 0, 0, 0x01, 0x2a}};

Address v4(std::uint32_t value) {
  return Address::v4(value);
}
Address v6(std::uint64_t high, std::uint64_t low) {
  return Address::v6((Uint128{high} << 64) | low);
}

// RFC 826: hardware type 1, protocol 0800, sizes 6 and 4, operation, sender's two addresses, target's two.
constexpr const char* kArpRequest =
    "ffffffffffff 02e500000101 0806"
    "0001 0800 06 04 0001  02e500000101 f0010001  000000000000 f001002a";
constexpr const char* kArpReply = "0001 0800 06 04 0002  02e50000012a f001002a  02e500000101 f0010001";

// RFC 4861 4.3: to ff02::1:ff34:5678 and its Ethernet group 33:33:ff:34:56:78 (RFC 2464 7), hop limit 255;
// type 135, reserved, target, source link-layer address. The sum over the pseudo-header was made by hand.
constexpr const char* kSolicitation =
    "3333ff345678 02e500000101 86dd"
    "60000000 0020 3a ff fd0000e5000a00000000000000000001 ff0200000000000000000001ff345678"
    "8700 0000 00000000 fd0000e5000a00000000000012345678 0101 02e500000101";
// RFC 4861 4.4: flags S and O, target, target link-layer address.
constexpr const char* kAdvertisement =
    "60000000 0020 3a ff fd0000e5000a00000000000012345678 fd0000e5000a00000000000000000001"
    "8800 0000 60000000 fd0000e5000a00000000000012345678 0201 02e50000012a";

Packet advertisement(const char* text = kAdvertisement) {
  Packet packet = hex(text);
  seal6(packet);
  return packet;
}
/// The same with something changed, and the checksum right even so.
template <typename Change>
Packet changed(Change change) {
  Packet packet = hex(kAdvertisement);
  change(packet);
  seal6(packet);
  return packet;
}
/// The same with these options instead.
Packet with_options(const char* options) {
  Packet packet = hex(kAdvertisement);
  packet.resize(64);
  packet = join({packet, hex(options)});
  packet[5] = static_cast<std::uint8_t>(packet.size() - 40);
  seal6(packet);
  return packet;
}
std::optional<NeighbourAnswer> decode6(const Packet& packet) {
  return decode_neighbour_advertisement(packet, 3);
}

TEST(NeighbourRequest, ArpIsAsInTheRfc) {
  const auto request = make_neighbour_request(v4(0xf001002a), kOurs, v4(0xf0010001));
  EXPECT_EQ(to_hex(request.bytes()), to_hex(hex(kArpRequest)));
}

TEST(NeighbourRequest, SolicitationIsAsInTheRfc) {
  const Address wanted = v6(0xfd0000e5000a0000, 0x12345678);
  const auto request = make_neighbour_request(wanted, kOurs, v6(0xfd0000e5000a0000, 1));
  Packet expected = hex(kSolicitation);
  seal6(std::span(expected).subspan(14));
  EXPECT_EQ(to_hex(request.bytes()), to_hex(expected));
}

TEST(NeighbourRequest, GroupHoldsTheLastThreeBytesOnly) {
  const auto request = make_neighbour_request(v6(0xfd0000e5000a0000, 0xaabbccddeeff0102), kOurs, v6(1, 1));
  EXPECT_EQ(to_hex(request.bytes().first(6)), "3333ffff0102");
  EXPECT_EQ(to_hex(request.bytes().subspan(14 + 24, 16)), "ff0200000000000000000001ffff0102");
}

TEST(ArpReply, SaysWhoHasTheAddress) {
  const auto answer = decode_arp_reply(hex(kArpReply));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->address, v4(0xf001002a));
  EXPECT_EQ(answer->mac, kTheirs);
  // As it comes: padded to Ethernet's 60 bytes.
  Packet padded = hex(kArpReply);
  padded.resize(46);
  EXPECT_TRUE(decode_arp_reply(padded));
}

TEST(ArpReply, IsNothingElse) {
  const Packet good = hex(kArpReply);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_arp_reply(std::span(good).first(size))) << size << " bytes";
  }
  const auto refused = [&](const char* what, std::size_t at, std::uint8_t byte) {
    Packet bad = good;
    bad[at] = byte;
    EXPECT_FALSE(decode_arp_reply(bad)) << what;
  };
  refused("another hardware", 1, 6);
  refused("another protocol", 3, 0x06);
  refused("a longer MAC address", 4, 8);
  refused("a longer address", 5, 16);
  refused("a request", 7, 1);
  refused("a reverse reply", 7, 4);
  refused("an operation of two bytes", 6, 1);
  refused("a group", 8, 0x03);
  Packet none = good;
  std::fill_n(none.begin() + 8, 6, std::uint8_t{0});
  EXPECT_FALSE(decode_arp_reply(none)) << "no MAC address";
  std::fill_n(none.begin() + 8, 6, std::uint8_t{0xff});
  EXPECT_FALSE(decode_arp_reply(none)) << "everybody's MAC address";
}

TEST(Advertisement, SaysWhoHasTheAddress) {
  const auto answer = decode6(advertisement());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->address, v6(0xfd0000e5000a0000, 0x12345678));
  EXPECT_EQ(answer->mac, kTheirs);
}

TEST(Advertisement, OfALinkLocalAddressHasTheInterfaceAsItsZone) {
  const auto answer = decode6(
      advertisement("60000000 0020 3a ff fe80000000000000000000000000002a fe800000000000000000000000000001"
                    "8800 0000 60000000 fe80000000000000000000000000002a 0201 02e50000012a"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->address, v6(0xfe80000000000000, 0x2a).with_zone(3));
}

TEST(Advertisement, MayBringOtherOptions) {
  EXPECT_TRUE(decode6(with_options("0e01 000000000000 0201 02e50000012a")));
  EXPECT_TRUE(decode6(with_options("0e02 0000000000000000000000000000 0201 02e50000012a")));
  const auto first = decode6(with_options("0201 02e50000012a 0201 02e50000012b"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->mac, kTheirs);
}

TEST(Advertisement, WithWrongOptionsIsNotBelieved) {
  EXPECT_FALSE(decode6(with_options(""))) << "none at all";
  EXPECT_FALSE(decode6(with_options("0101 02e50000012a"))) << "the source's address, not the target's";
  EXPECT_FALSE(decode6(with_options("0200 02e50000012a"))) << "zero length";
  EXPECT_FALSE(decode6(with_options("0202 02e50000012a"))) << "longer than the packet";
  EXPECT_FALSE(decode6(with_options("0e00 000000000000 0201 02e50000012a"))) << "zero length in front";
  EXPECT_FALSE(decode6(with_options("0201 02e50000012a 0e00 000000000000"))) << "zero length behind";
  EXPECT_FALSE(decode6(with_options("0201 02e50000012a 0e02 000000000000"))) << "cut behind";
  EXPECT_FALSE(decode6(with_options("0201 02e50000012a 0e01 0000"))) << "cut in its midst";
  EXPECT_FALSE(decode6(with_options("0201 02e500"))) << "cut MAC address";
  EXPECT_FALSE(decode6(with_options("0201 03e50000012a"))) << "a group";
  EXPECT_FALSE(decode6(with_options("0201 000000000000"))) << "no MAC address";
}

TEST(Advertisement, IsNothingElse) {
  const Packet good = advertisement();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode6(Packet(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
  const auto refused = [](const char* what, std::size_t at, std::uint8_t byte) {
    EXPECT_FALSE(decode6(changed([&](Packet& packet) { packet[at] = byte; }))) << what;
  };
  refused("IPv4", 0, 0x40);
  refused("another protocol", 6, 6);
  refused("from behind a router", 7, 254);
  refused("a hop limit of zero", 7, 0);
  refused("a solicitation", 40, 135);
  refused("a code", 41, 1);
  refused("unsolicited", 44, 0x20);
  refused("to a group", 24, 0xff);
  refused("a length of less than an advertisement", 5, 23);
  refused("a length of more than there is", 5, 33);
  Packet bad = good;
  bad[42] ^= 1;
  EXPECT_FALSE(decode6(bad)) << "a wrong checksum";
  bad = good;
  bad[60] ^= 1;
  EXPECT_FALSE(decode6(bad)) << "a changed target";
}

TEST(Advertisement, EndsWhereItsLengthSays) {
  Packet padded = advertisement();
  padded.resize(padded.size() + 9, 0xee);
  EXPECT_TRUE(decode6(padded));
}

/// Any bytes, and any small damage to good ones: no crash, and no MAC address that no host can have.
TEST(NeighbourAnswers, AreReadFromAnything) {
  std::mt19937_64 random(11);
  const Packet good4 = hex(kArpReply);
  const Packet good6 = advertisement();
  const auto check = [](const std::optional<NeighbourAnswer>& answer) {
    if (answer) {
      ASSERT_FALSE(answer->mac.empty());
      ASSERT_EQ(answer->mac.bytes[0] & 1, 0);
    }
  };
  for (int i = 0; i < 200'000; ++i) {
    Packet bytes(random() % 120);
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(random());
    }
    check(decode_arp_reply(bytes));
    check(decode6(bytes));
    Packet damaged = i % 2 == 0 ? good4 : good6;
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    }
    damaged.resize(random() % 4 == 0 ? random() % damaged.size() : damaged.size());
    if (damaged.size() > 40 && i % 2 == 1) {
      seal6(damaged);
    }
    check(decode_arp_reply(damaged));
    check(decode6(damaged));
  }
}

}  // namespace
}  // namespace echosweep::packet

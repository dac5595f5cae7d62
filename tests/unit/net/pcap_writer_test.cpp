#include "net/pcap_writer.hpp"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "packet/ethernet.hpp"

namespace echosweep::net {
namespace {

constexpr WallTime kReceived{std::chrono::nanoseconds(1'700'000'000'123'456'789)};

/// The first 20 bytes of an IPv4 header with this total length, and 26 more bytes.
std::vector<std::uint8_t> ipv4(std::uint8_t high, std::uint8_t low) {
  std::vector<std::uint8_t> packet(46, 0xaa);
  packet[0] = 0x45;
  packet[2] = high;
  packet[3] = low;
  return packet;
}

struct Read {
  pcap_pkthdr header{};
  std::vector<std::uint8_t> bytes;
};

/// What libpcap reads of a file.
std::vector<Read> read_back(std::string file) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  std::FILE* const stream = fmemopen(file.data(), file.size(), "r");
  pcap_t* const handle =
      pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why.data());
  EXPECT_NE(handle, nullptr) << why.data();
  EXPECT_EQ(pcap_datalink(handle), DLT_LINUX_SLL2);
  std::vector<Read> all;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(handle, &header, &bytes)) == 1) {
    all.push_back({*header, {bytes, bytes + header->caplen}});
  }
  EXPECT_EQ(status, PCAP_ERROR_BREAK) << "read to the end";
  pcap_close(handle);
  return all;
}

TEST(PcapWriter, WhatItWritesIsReadByLibpcap) {
  std::string file;
  auto writer = PcapWriter::open([&](std::string_view bytes) -> Result<void> {
    file += bytes;
    return {};
  });
  ASSERT_TRUE(writer);
  const auto packet = ipv4(0, 46);
  ASSERT_TRUE(writer->write({.received = kReceived,
                             .interface = 7,
                             .ethertype = packet::kEthertypeIpv4,
                             .bytes = packet,
                             .wire_size = 1000}));
  ASSERT_TRUE(writer->write({.received = kReceived,
                             .interface = 7,
                             .ethertype = packet::kEthertypeArp,
                             .bytes = packet,
                             .wire_size = 46}));
  const auto all = read_back(file);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].header.ts.tv_sec, 1'700'000'000);
  EXPECT_EQ(all[0].header.ts.tv_usec, 123'456'789);
  EXPECT_EQ(all[0].header.caplen, sizeof(sll2_header) + 46);
  EXPECT_EQ(all[0].header.len, sizeof(sll2_header) + 1000) << "it was cut";
  const std::vector<std::uint8_t> link = {0x08, 0, 0, 0, 0, 0, 0, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(std::vector(all[0].bytes.begin(), all[0].bytes.begin() + 20), link);
  EXPECT_EQ(std::vector(all[0].bytes.begin() + 20, all[0].bytes.end()), packet);
  EXPECT_EQ(all[1].bytes[1], 0x06) << "ARP";
}

/// Byte by byte, beside those of the other formats. UPDATE_GOLDEN=1 in the environment writes it anew.
TEST(PcapWriter, GoldenFile) {
  std::string written;
  auto writer = PcapWriter::open([&](std::string_view bytes) -> Result<void> {
    written += bytes;
    return {};
  });
  ASSERT_TRUE(writer);
  for (const std::uint16_t ethertype :
       {packet::kEthertypeIpv4, packet::kEthertypeIpv6, packet::kEthertypeArp}) {
    ASSERT_TRUE(writer->write({.received = kReceived,
                               .interface = 7,
                               .ethertype = ethertype,
                               .bytes = ipv4(0, 46),
                               .wire_size = 1000}));
  }
  const std::string golden = GOLDEN_FOLDER "/run.pcap";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << written;
  }
  std::ifstream file(golden, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(written, expected);
}

TEST(PcapWriter, EachPieceIsAWholePacket) {
  std::vector<std::size_t> pieces;
  auto writer = PcapWriter::open([&](std::string_view bytes) -> Result<void> {
    pieces.push_back(bytes.size());
    return {};
  });
  ASSERT_TRUE(writer);
  const auto packet = ipv4(0, 46);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer->write({.received = kReceived, .ethertype = packet::kEthertypeIpv4, .bytes = packet}));
  }
  EXPECT_EQ(pieces, (std::vector<std::size_t>{24, 82, 82, 82})) << "16 bytes of header, 20 of link, 46";
}

TEST(PcapWriter, LengthsThatASocketDidNotTellAreMended) {
  std::string file;
  auto writer = PcapWriter::open([&](std::string_view bytes) -> Result<void> {
    file += bytes;
    return {};
  });
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write({.received = kReceived,
                             .ethertype = packet::kEthertypeIpv4,
                             .bytes = ipv4(0xff, 0xff),
                             .wire_size = 300}));
  auto v6 = std::vector<std::uint8_t>(66);
  v6[4] = v6[5] = 0xff;
  ASSERT_TRUE(writer->write(
      {.received = kReceived, .ethertype = packet::kEthertypeIpv6, .bytes = v6, .wire_size = 66}));
  const auto all = read_back(file);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ((std::array{all[0].bytes[22], all[0].bytes[23]}), (std::array<std::uint8_t, 2>{1, 44}));
  EXPECT_EQ((std::array{all[1].bytes[24], all[1].bytes[25]}), (std::array<std::uint8_t, 2>{0, 26}));
}

TEST(PcapWriter, AFailureIsHandedOn) {
  int left = 2;
  auto writer = PcapWriter::open([&](std::string_view) -> Result<void> {
    return left-- > 0 ? Result<void>{} : fail("the disk is full", ENOSPC);
  });
  ASSERT_TRUE(writer);
  const auto packet = ipv4(0, 46);
  const PcapWriter::Packet one{
      .received = kReceived, .ethertype = packet::kEthertypeIpv4, .bytes = packet, .wire_size = 46};
  EXPECT_TRUE(writer->write(one));
  const auto failed = writer->write(one);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ENOSPC);
  EXPECT_EQ(failed.error().message, "the disk is full");
}

}  // namespace
}  // namespace echosweep::net

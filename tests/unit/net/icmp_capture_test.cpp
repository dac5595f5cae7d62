#include "net/icmp_capture.hpp"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "net/pcap_file.hpp"

namespace echosweep::net {
namespace {

constexpr WallTime kFirst{std::chrono::nanoseconds(1'700'000'000'123'456'789)};

/// Bytes that begin as an IPv4 or IPv6 packet of this protocol.
std::vector<std::uint8_t> packet(int version, std::uint8_t protocol, std::size_t size) {
  std::vector<std::uint8_t> bytes(size, 0);
  bytes[0] = version == 4 ? 0x45 : 0x60;
  bytes[version == 4 ? 9 : 6] = protocol;
  return bytes;
}

/// A pcap file of these packets, a second apart, that is removed with the object.
class CaptureFile {
 public:
  CaptureFile(int link_type, const std::vector<std::vector<std::uint8_t>>& packets) {
    std::ofstream out(path_, std::ios::binary);
    auto file = PcapFile::open(link_type, 262'144, [&](std::string_view bytes) -> Result<void> {
      out << bytes;
      return {};
    });
    EXPECT_TRUE(file);
    WallTime time = kFirst;
    for (const auto& each : packets) {
      EXPECT_TRUE(file->append(time, each, static_cast<std::uint32_t>(each.size() + 5)));
      time += std::chrono::seconds(1);
    }
  }
  ~CaptureFile() { unlink(path_.c_str()); }
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  static std::string temporary() {
    std::string name = testing::TempDir() + "icmp_capture_XXXXXX";
    close(mkstemp(name.data()));
    return name;
  }
  std::string path_ = temporary();
};

TEST(IcmpCapture, AFileIsReadFrameByFrame) {
  const std::vector<std::vector<std::uint8_t>> packets = {packet(4, 1, 28), packet(6, 58, 65'575)};
  const CaptureFile file(DLT_RAW, packets);
  auto capture = IcmpCapture::open_file(file.path(), "");
  ASSERT_TRUE(capture) << capture.error().message;
  EXPECT_EQ(capture->link_type(), packet::LinkType::kRawIp);
  WallTime time = kFirst;
  for (const auto& expected : packets) {
    auto frame = capture->next();
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->time, time);
    EXPECT_EQ(std::vector((*frame)->bytes.begin(), (*frame)->bytes.end()), expected)
        << "whole, however large";
    EXPECT_EQ((*frame)->wire_size, expected.size() + 5);
    time += std::chrono::seconds(1);
  }
  auto end = capture->next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
  EXPECT_TRUE(capture->ended());
  EXPECT_EQ(capture->drops(), 0U);
}

TEST(IcmpCapture, AFilterChooses) {
  const CaptureFile file(DLT_RAW, {packet(4, 1, 28), packet(6, 58, 48), packet(4, 1, 28)});
  auto capture = IcmpCapture::open_file(file.path(), "ip6");
  ASSERT_TRUE(capture) << capture.error().message;
  auto frame = capture->next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->bytes[0], 0x60);
  frame = capture->next();
  EXPECT_TRUE(frame && !*frame && capture->ended());
}

TEST(IcmpCapture, ABadFilterIsToldFromOtherErrors) {
  const CaptureFile file(DLT_RAW, {});
  for (const char* const filter : {"no such word", "icmp) or (tcp", "host and"}) {
    const auto capture = IcmpCapture::open_file(file.path(), filter);
    ASSERT_FALSE(capture) << filter;
    EXPECT_EQ(capture.error().code, IcmpCapture::kBadFilter) << filter;
  }
  const auto missing = IcmpCapture::open_file("/nonexistent/file", "no such word");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().code, IcmpCapture::kBadFilter);
  EXPECT_EQ(missing.error().message, "cannot read /nonexistent/file: No such file or directory");
}

TEST(IcmpCapture, AnUnknownLinkTypeIsNamed) {
  const CaptureFile file(DLT_USB_LINUX, {});
  const auto capture = IcmpCapture::open_file(file.path(), "");
  ASSERT_FALSE(capture);
  EXPECT_NE(capture.error().message.find("USB_LINUX"), std::string::npos) << capture.error().message;
}

TEST(IcmpCapture, AFileThatBreaksOffIsAnErrorBehindItsLastPacket) {
  const CaptureFile file(DLT_RAW, {packet(4, 1, 28), packet(4, 1, 28)});
  ASSERT_EQ(truncate(file.path().c_str(), 24 + 16 + 28 + 16 + 20), 0);
  auto capture = IcmpCapture::open_file(file.path(), "");
  ASSERT_TRUE(capture);
  auto frame = capture->next();
  EXPECT_TRUE(frame && *frame);
  frame = capture->next();
  ASSERT_FALSE(frame);
  EXPECT_NE(frame.error().message.find("truncated"), std::string::npos) << frame.error().message;
}

TEST(PcapFile, ThePacketsArriveInOnePieceEach) {
  std::vector<std::size_t> pieces;
  auto file = PcapFile::open(DLT_RAW, 262'144, [&](std::string_view bytes) -> Result<void> {
    pieces.push_back(bytes.size());
    return {};
  });
  ASSERT_TRUE(file);
  const auto large = packet(4, 1, 65'535);
  ASSERT_TRUE(file->append(kFirst, large, 65'535));
  ASSERT_TRUE(file->append(kFirst, packet(4, 1, 20), 20));
  EXPECT_EQ(pieces, (std::vector<std::size_t>{24, 16 + 65'535, 16 + 20}));
}

TEST(PcapFile, AFailedWriteIsToldWithItsReason) {
  bool full = false;
  auto file = PcapFile::open(DLT_RAW, 1000, [&](std::string_view) -> Result<void> {
    return full ? fail("full", ENOSPC) : Result<void>{};
  });
  ASSERT_TRUE(file);
  full = true;
  const auto done = file->append(kFirst, packet(4, 1, 20), 20);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ENOSPC);
}

}  // namespace
}  // namespace echosweep::net

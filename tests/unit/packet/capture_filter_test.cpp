// The filter's words are libpcap's, so libpcap says what they mean.

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <memory>

#include "bytes_of.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::packet {
namespace {

constexpr int kSnapshot = 200;

class CaptureFilter : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NO_FATAL_FAILURE(compile(RequestKind::kEcho)); }
  void compile(RequestKind request) {
    RunKey key;
    key.identifier = Identifier{0xbeef};
    SweepCodecOptions options;
    options.request = request;
    const std::string expression = SweepCodec(key, options).capture_filter();
    pcap_freecode(&program_);
    handle_.reset(pcap_open_dead(DLT_LINUX_SLL2, kSnapshot));
    ASSERT_NE(handle_, nullptr);
    ASSERT_EQ(pcap_compile(handle_.get(), &program_, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN), 0)
        << pcap_geterr(handle_.get());
  }
  void TearDown() override { pcap_freecode(&program_); }

  /// `ethertype` in hexadecimal; the packet goes behind a cooked header (interface 2, Ethernet, to this
  /// host).
  bool passes(const char* ethertype, const Packet& packet) {
    const Packet frame = join({hex(ethertype), hex("0000 00000002 0001 00 06 0200000000010000"), packet});
    pcap_pkthdr header{};
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    return pcap_offline_filter(&program_, &header, frame.data()) != 0;
  }
  bool passes4(const char* header, const char* message) {
    return passes("0800", join({hex(header), hex(message)}));
  }
  bool passes6(const char* header, const char* message) {
    return passes("86dd", join({hex(header), hex(message)}));
  }

  struct Closer {
    void operator()(pcap_t* handle) const { pcap_close(handle); }
  };
  std::unique_ptr<pcap_t, Closer> handle_;
  bpf_program program_{};
};

constexpr const char* kIcmp4 = "4500001c 00000000 40010000 c6120102 c6130001";
constexpr const char* kIcmp4WithOptions = "46000020 00000000 40010000 c6120102 c6130001 01010101";
constexpr const char* kLaterFragment4 = "4500001c 00000010 40010000 c6120102 c6130001";
constexpr const char* kUdp4 = "4500001c 00000000 40110000 c6120102 c6130001";
constexpr const char* kIcmp6 =
    "60000000 00083a40 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002";
constexpr const char* kUdp6 =
    "60000000 00081140 fd0000e5000000000000000000000001 fd0000e5000000000000000000000002";

TEST_F(CaptureFilter, PassesRepliesWithOurIdentifier) {
  EXPECT_TRUE(passes4(kIcmp4, "00000000 beef0001"));
  EXPECT_TRUE(passes4(kIcmp4WithOptions, "00000000 beef0001"));
  EXPECT_TRUE(passes6(kIcmp6, "81000000 beef0001"));
}

TEST_F(CaptureFilter, PassesTimestampRepliesWhereTheyAreAsked) {
  EXPECT_FALSE(passes4(kIcmp4, "0e000000 beef0001"));
  ASSERT_NO_FATAL_FAILURE(compile(RequestKind::kTimestamp));
  EXPECT_TRUE(passes4(kIcmp4, "0e000000 beef0001"));
  EXPECT_FALSE(passes4(kIcmp4, "0e000000 beee0001"));
  EXPECT_FALSE(passes4(kIcmp4, "0d000000 beef0001")) << "our request";
  EXPECT_FALSE(passes4(kIcmp4, "00000000 beef0001")) << "nobody asked for an echo";
  EXPECT_TRUE(passes4(kIcmp4, "0300ffff 00000000"));
}

TEST_F(CaptureFilter, KeepsOutOtherPeoplesRepliesAndAllRequests) {
  EXPECT_FALSE(passes4(kIcmp4, "00000000 beee0001"));
  EXPECT_FALSE(passes4(kIcmp4, "00000000 0001beef"));
  EXPECT_FALSE(passes6(kIcmp6, "81000000 efbe0001"));
  EXPECT_FALSE(passes4(kIcmp4, "08000000 beef0001"));
  EXPECT_FALSE(passes6(kIcmp6, "80000000 beef0001"));
}

TEST_F(CaptureFilter, PassesErrorsOfEveryTypeAndNoOther) {
  for (unsigned type = 0; type < 256; ++type) {
    const Packet message = {static_cast<std::uint8_t>(type), 0, 0, 0, 0, 0, 0, 0};
    const bool error4 = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    EXPECT_EQ(passes4(kIcmp4, to_hex(message).c_str()), error4) << type;
    EXPECT_EQ(passes6(kIcmp6, to_hex(message).c_str()), type >= 1 && type <= 4) << type;
  }
}

TEST_F(CaptureFilter, KeepsOutWhatIsNoIcmp) {
  EXPECT_FALSE(passes4(kUdp4, "00000000 beef0001"));
  EXPECT_FALSE(passes6(kUdp6, "81000000 beef0001"));
  EXPECT_FALSE(passes4(kLaterFragment4, "00000000 beef0001"));
  EXPECT_FALSE(passes("0806", join({hex(kIcmp4), hex("00000000 beef0001")})));  // ARP
}

TEST_F(CaptureFilter, ReadsNothingBeyondAShortPacket) {
  const Packet whole = join({hex(kIcmp6), hex("81000000 beef0001")});
  for (std::size_t size = 0; size < 46; ++size) {
    EXPECT_FALSE(passes("86dd", Packet(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
  }
  EXPECT_TRUE(passes("86dd", Packet(whole.begin(), whole.begin() + 46)));
}

}  // namespace
}  // namespace echosweep::packet

#pragma once

#include <pcap/pcap.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "net/packet_rx.hpp"
#include "net/pcap_handle.hpp"
#include "net/wake_up.hpp"

namespace echosweep::net {

/// What the kernel sees coming in, on all interfaces, through libpcap's ring. Opened with privileges, needs
/// none after; interfaces may come and go.
class PcapRx final : public PacketRx {
 public:
  /// The ring that all captured packets wait in: 16 MiB hold about 110k replies, a tenth of a second at the
  /// limit of two cores. A larger ring would survive a longer pause of the receiver, but a sweep at that rate
  /// goes once through all of it, and each page that the receiver meets first costs a virtual machine 12 us:
  /// at 64 MiB a fifth of a second. What a pause loses is counted. A sweep asks the silent once more for it,
  /// and slows down where it chooses its own rate; a count has lost it.
  static constexpr int kRingBytes = 16 << 20;

  /// What holds the replies of four seconds at this rate: 8 MiB (55k replies) up to 13k/s, kRingBytes from
  /// 26k/s on and where there is no limit. Its pages are taken at once, so a slow run should not ask for
  /// all.
  static int ring_bytes_for(PacketRate rate);

  /// When packets are handed out: in blocks, up to 20 ms later, or each by itself, which costs a wake-up a
  /// packet and is for few of them.
  enum class Delivery : std::uint8_t { kInBlocks, kAtOnce };

  /// `filter`: a libpcap expression.
  static Result<std::unique_ptr<PcapRx>> open(const std::string& filter, int ring_bytes = kRingBytes,
                                              Delivery delivery = Delivery::kInBlocks);

  Result<std::size_t> receive(std::span<CapturedPacket> packets, std::chrono::nanoseconds wait) override;
  void wake() override { wake_up_.set(); }
  std::uint64_t drops() override;
  std::chrono::nanoseconds delay() const override;

 private:
  PcapRx(PcapHandle handle, int fd, Delivery delivery)
      : handle_(std::move(handle)), fd_(fd), delivery_(delivery) {}

  void take(const pcap_pkthdr& header, const std::uint8_t* bytes);
  bool belongs_to_master(std::uint32_t interface);

  PcapHandle handle_;
  int fd_;  ///< the handle's, for poll()
  Delivery delivery_;
  WakeUp wake_up_;
  std::span<CapturedPacket> room_;
  std::size_t taken_ = 0;
  std::uint64_t drops_ = 0;
  std::uint32_t last_kernel_drops_ = 0;
  std::uint32_t last_interface_drops_ = 0;
  std::unordered_map<std::uint32_t, bool> masters_;  ///< by interface index: belongs_to_master()
  std::uint32_t last_interface_ = 0;                 ///< of the packet before; no interface has number 0
  bool last_has_master_ = false;
};

}  // namespace echosweep::net

#include "net/pcap_writer.hpp"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "net/packet_rx.hpp"
#include "packet/ethernet.hpp"

namespace echosweep::net {

namespace {

constexpr std::size_t kLargest = sizeof(sll2_header) + CapturedPacket::kSnapshot;
/// Stands in the header of each packet that a socket brought: see SocketRx.
constexpr std::uint16_t kUnknownLength = 0xffff;

/// Where a length was not known, the header says what is right: readers judge the rest by it.
void mend_length(std::span<std::uint8_t> packet, std::uint16_t ethertype, std::uint32_t wire_size) {
  constexpr std::size_t kLength4 = offsetof(iphdr, tot_len);
  constexpr std::size_t kLength6 = 4;  // RFC 8200 3: what follows the header of 40 bytes
  constexpr std::uint32_t kHeader6 = 40;
  const bool is_v4 = ethertype == packet::kEthertypeIpv4;
  const std::size_t at = is_v4 ? kLength4 : kLength6;
  if ((!is_v4 && ethertype != packet::kEthertypeIpv6) || packet.size() < kHeader6 / 2) {
    return;
  }
  std::uint16_t length = 0;
  std::memcpy(&length, &packet[at], sizeof length);
  const std::uint32_t right = is_v4 ? wire_size : wire_size - std::min(wire_size, kHeader6);
  if (length == kUnknownLength && right < kUnknownLength) {
    length = htons(static_cast<std::uint16_t>(right));
    std::memcpy(&packet[at], &length, sizeof length);
  }
}

}  // namespace

Result<PcapWriter> PcapWriter::open(Write write) {
  auto file = PcapFile::open(DLT_LINUX_SLL2, static_cast<int>(kLargest), std::move(write));
  if (!file) {
    return std::unexpected(file.error());
  }
  return PcapWriter(std::move(*file));
}

Result<void> PcapWriter::write(const Packet& packet) {
  std::array<std::uint8_t, kLargest> frame{};
  sll2_header link{};
  link.sll2_protocol = htons(packet.ethertype);
  link.sll2_if_index = htonl(packet.interface);
  link.sll2_hatype = htons(1);  // ARPHRD_ETHER: what it was is not kept, and no reader needs it
  link.sll2_pkttype = LINUX_SLL_HOST;
  std::memcpy(frame.data(), &link, sizeof link);
  const auto payload = std::span(frame).subspan(sizeof link);
  const std::size_t size = std::min(packet.bytes.size(), payload.size());
  std::memcpy(payload.data(), packet.bytes.data(), size);
  mend_length(payload.first(size), packet.ethertype, packet.wire_size);

  return file_.append(packet.received, std::span(frame).first(sizeof link + size),
                      static_cast<std::uint32_t>(sizeof link) + packet.wire_size);
}

}  // namespace echosweep::net

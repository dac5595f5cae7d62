#include "net/pcap_writer.hpp"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

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

void PcapWriter::HandleCloser::operator()(pcap* handle) const {
  pcap_close(handle);
}

void PcapWriter::FileCloser::operator()(pcap_dumper* dumper) const {
  pcap_dump_close(dumper);
}

Result<PcapWriter> PcapWriter::open(Write write) {
  PcapWriter writer;
  writer.target_ = std::make_unique<Target>(Target{.write = std::move(write), .result = {}});
  writer.handle_.reset(pcap_open_dead_with_tstamp_precision(DLT_LINUX_SLL2, static_cast<int>(kLargest),
                                                            PCAP_TSTAMP_PRECISION_NANO));
  const cookie_io_functions_t functions{.read = nullptr,
                                        .write =
                                            [](void* cookie, const char* bytes, std::size_t size) {
                                              auto& target = *static_cast<Target*>(cookie);
                                              target.result = target.write({bytes, size});
                                              return target.result ? static_cast<ssize_t>(size) : 0;
                                            },
                                        .seek = nullptr,
                                        .close = nullptr};
  std::FILE* const file = fopencookie(writer.target_.get(), "w", functions);
  if (!writer.handle_ || file == nullptr) {
    if (file != nullptr) {
      std::fclose(file);
    }
    return fail_errno("cannot write packets", errno);
  }
  writer.dumper_.reset(pcap_dump_fopen(writer.handle_.get(), file));
  if (!writer.dumper_) {
    std::fclose(file);
    return fail(pcap_geterr(writer.handle_.get()));
  }
  if (auto done = writer.pass_on(); !done) {
    return std::unexpected(done.error());
  }
  return writer;
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

  const auto since = packet.received.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  pcap_pkthdr header{};
  header.ts.tv_sec = seconds.count();
  header.ts.tv_usec = (since - seconds).count();  // nanoseconds, as the handle says
  header.caplen = static_cast<bpf_u_int32>(sizeof link + size);
  header.len = std::max(header.caplen, static_cast<bpf_u_int32>(sizeof link + packet.wire_size));
  pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header, frame.data());
  return pass_on();
}

/// The FILE's buffer holds the header and the bytes of one packet: so both arrive as one piece.
Result<void> PcapWriter::pass_on() {
  const bool flushed = pcap_dump_flush(dumper_.get()) == 0;
  if (!target_->result) {
    return target_->result;
  }
  return flushed ? Result<void>{} : fail_errno("cannot write packets", errno);
}

}  // namespace echosweep::net

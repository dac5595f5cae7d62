// One capture for every kind of interface, without counting anything twice.
//
// The device `any` delivers all interfaces through one ring, with a cooked header (SLL2) that is the same for
// Ethernet, tun, lo and the rest and names the interface. A packet can pass several interfaces on its way up,
// though, and shows at each. Four rules leave one:
//   - outgoing packets are ignored by the socket (on lo each packet goes out and comes in);
//   - only packets addressed to this host's link address count, which drops the copy that the lower device of
//     a macvlan sees;
//   - a frame that still has its VLAN tag is on the lower device, and comes again on the VLAN's own;
//   - a port of a bridge, bond or team hands its packets to its master, where they show again (a VRF does
//   not).
// The second and third are two tests in front of libpcap's filter, because the filter language has no right
// words for them on `any`. They must hold in two interpreters: the kernel's, and libpcap's own, which is
// applied to the ring's blocks from before the filter (the first replies among them). So the packet type is
// loaded from the SLL2 header, which libpcap turns into the kernel's ancillary load, and not by that load
// itself, which libpcap's interpreter does not know: that is how the word `inbound` loses the first block.
//
// Not immediate mode where packets are many: it selects an older ring and wakes us for every packet.
#include "net/pcap_rx.hpp"

#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <pcap/sll.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

#include "net/links.hpp"
#include "packet/ethernet.hpp"

namespace echosweep::net {

namespace {

/// How long the kernel may keep a half-full block of the ring to itself.
constexpr int kBlockTimeoutMs = 10;
constexpr int kSnapshot = static_cast<int>(sizeof(sll2_header) + CapturedPacket::kSnapshot);

Result<void> set_filter(pcap_t* handle, const std::string& expression) {
  bpf_program compiled{};
  if (pcap_compile(handle, &compiled, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail_pcap("compile the capture filter", handle);
  }
  constexpr bpf_u_int32 kPacketType = offsetof(sll2_header, sll2_pkttype);
  constexpr auto kVlanTagPresent = static_cast<bpf_u_int32>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT);
  std::vector<bpf_insn> program = {
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, kPacketType},
      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, PACKET_HOST},  // skip the rejection
      {BPF_RET | BPF_K, 0, 0, 0},
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, kVlanTagPresent},
      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0},
      {BPF_RET | BPF_K, 0, 0, 0},
  };
  program.insert(program.end(), compiled.bf_insns, compiled.bf_insns + compiled.bf_len);
  pcap_freecode(&compiled);
  bpf_program whole{.bf_len = static_cast<unsigned>(program.size()), .bf_insns = program.data()};
  if (pcap_setfilter(handle, &whole) != 0) {
    return fail_pcap("set the capture filter", handle);
  }
  return {};
}

}  // namespace

int PcapRx::ring_bytes_for(PacketRate rate) {
  constexpr double kBytesOfFourSeconds = 640;  // at one reply a second
  constexpr double kFewest = 8 << 20;
  return rate.unlimited() ? kRingBytes
                          : static_cast<int>(std::clamp(rate.per_second * kBytesOfFourSeconds, kFewest,
                                                        double{kRingBytes}));
}

Result<std::unique_ptr<PcapRx>> PcapRx::open(const std::string& filter, int ring_bytes, Delivery delivery) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  PcapHandle handle(pcap_create("any", why.data()));
  if (!handle) {
    return fail(fmt::format("cannot capture packets: {}", why.data()));
  }
  pcap_set_snaplen(handle.get(), kSnapshot);
  pcap_set_buffer_size(handle.get(), ring_bytes);
  pcap_set_timeout(handle.get(), kBlockTimeoutMs);
  pcap_set_immediate_mode(handle.get(), delivery == Delivery::kAtOnce ? 1 : 0);
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  if (const int status = pcap_activate(handle.get()); status < 0) {
    return fail_to_activate(status, handle.get());
  }
  if (pcap_set_datalink(handle.get(), DLT_LINUX_SLL2) != 0) {
    return fail_pcap("capture with interface numbers (libpcap 1.10 is needed)", handle.get());
  }
  const int fd = pcap_get_selectable_fd(handle.get());
  const int yes = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) != 0) {
    return fail_errno("cannot leave outgoing packets out of the capture (Linux 4.20 is needed)", errno);
  }
  if (pcap_setnonblock(handle.get(), 1, why.data()) != 0) {
    return fail(fmt::format("cannot capture without blocking: {}", why.data()));
  }
  if (auto done = set_filter(handle.get(), filter); !done) {
    return std::unexpected(done.error());
  }
  return std::unique_ptr<PcapRx>(new PcapRx(std::move(handle), fd, delivery));
}

Result<std::size_t> PcapRx::receive(std::span<CapturedPacket> packets, std::chrono::nanoseconds wait) {
  room_ = packets;
  taken_ = 0;
  const auto dispatch = [this] {
    return pcap_dispatch(
        handle_.get(), static_cast<int>(room_.size()),
        [](u_char* self, const pcap_pkthdr* header, const u_char* bytes) {
          reinterpret_cast<PcapRx*>(self)->take(*header, bytes);
        },
        reinterpret_cast<u_char*>(this));
  };
  int status = dispatch();
  if (status == 0) {
    pollfd poll_fd{.fd = fd_, .events = POLLIN, .revents = 0};
    if (auto done = wake_up_.wait_for(std::span(&poll_fd, 1), wait); !done) {
      return std::unexpected(done.error());
    }
    status = dispatch();
  }
  if (status < 0) {
    // An interface that goes down says so through the socket once; the capture on `any` goes on without it.
    const std::string_view why = pcap_geterr(handle_.get());
    if (why.find("went down") == std::string_view::npos) {
      return fail(fmt::format("cannot capture any more: {}", why));
    }
  }
  return taken_;
}

void PcapRx::take(const pcap_pkthdr& header, const std::uint8_t* bytes) {
  if (taken_ == room_.size() || header.caplen < sizeof(sll2_header)) {
    return;
  }
  sll2_header link;
  std::memcpy(&link, bytes, sizeof link);
  const std::uint16_t protocol = ntohs(link.sll2_protocol);
  const bool is_arp = protocol == packet::kEthertypeArp;
  if (protocol != packet::kEthertypeIpv4 && protocol != packet::kEthertypeIpv6 && !is_arp) {
    return;
  }
  const std::uint32_t interface = ntohl(link.sll2_if_index);
  if (belongs_to_master(interface)) {
    return;
  }
  CapturedPacket& captured = room_[taken_++];
  captured.received = WallTime(std::chrono::seconds(header.ts.tv_sec) +
                               std::chrono::nanoseconds(header.ts.tv_usec));  // nanoseconds, as asked for
  captured.interface = interface;
  captured.family = protocol == packet::kEthertypeIpv6 ? Family::kIpv6 : Family::kIpv4;
  captured.is_arp = is_arp;
  captured.size = static_cast<std::uint16_t>(
      std::min<std::size_t>(header.caplen - sizeof(sll2_header), CapturedPacket::kSnapshot));
  captured.wire_size = header.len - static_cast<std::uint32_t>(sizeof(sll2_header));
  std::memcpy(captured.storage.data(), bytes + sizeof(sll2_header), captured.size);
}

bool PcapRx::belongs_to_master(std::uint32_t interface) {
  if (interface == last_interface_) {
    return last_has_master_;
  }
  const auto [known, is_new] = masters_.try_emplace(interface, false);
  if (is_new) {
    known->second = hands_packets_to_master(interface);
  }
  last_interface_ = interface;
  return last_has_master_ = known->second;
}

std::uint64_t PcapRx::drops() {
  pcap_stat now{};
  if (pcap_stats(handle_.get(), &now) == 0) {
    // libpcap counts in 32 bits; the differences are right across a wrap.
    drops_ += now.ps_drop - last_kernel_drops_;
    drops_ += now.ps_ifdrop - last_interface_drops_;
    last_kernel_drops_ = now.ps_drop;
    last_interface_drops_ = now.ps_ifdrop;
  }
  return drops_;
}

std::chrono::nanoseconds PcapRx::delay() const {
  if (delivery_ == Delivery::kAtOnce) {
    return std::chrono::milliseconds(1);
  }
  // The kernel counts the timeout in ticks of up to 10 ms and begins within one.
  return 2 * std::chrono::milliseconds(kBlockTimeoutMs);
}

}  // namespace echosweep::net

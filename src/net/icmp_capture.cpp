#include "net/icmp_capture.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace echosweep::net {

namespace {

/// The largest that libpcap takes; a packet of 64 KiB is whole with any link header.
constexpr int kSnapshot = 262'144;
/// Taken at once; blocks of it are as large as kSnapshot.
constexpr int kRingBytes = 16 << 20;
/// How long the kernel may keep a half-full block to itself: nobody sees that a line comes so much later.
constexpr int kBlockTimeoutMs = 10;
/// IPv6's next header fields behind which there may be ICMPv6 (RFC 8200 4.1).
constexpr std::string_view kMayBeIcmp =
    "icmp or icmp6 or ip6[6] == 0 or ip6[6] == 43 or ip6[6] == 44 or ip6[6] == 60";

Result<packet::LinkType> known_link(pcap_t* handle, const std::string& name) {
  const int number = pcap_datalink(handle);
  switch (number) {
    case DLT_EN10MB:
      return packet::LinkType::kEthernet;
    case DLT_LINUX_SLL:
      return packet::LinkType::kSll;
    case DLT_LINUX_SLL2:
      return packet::LinkType::kSll2;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return packet::LinkType::kRawIp;
    case DLT_NULL:
    case DLT_LOOP:
      return packet::LinkType::kNull;
    default: {
      const char* const known = pcap_datalink_val_to_name(number);
      return fail(fmt::format("{}: its link type, {}, is none of Ethernet, Linux cooked, raw IP and loopback",
                              name, known != nullptr ? known : fmt::format("number {}", number)));
    }
  }
}

/// A file may claim any time: what a WallTime cannot hold (years before 1970 or after 2255) is cut.
WallTime time_of(const pcap_pkthdr& header) {
  constexpr std::int64_t kLatest = 9'000'000'000;
  const auto seconds = std::clamp<std::int64_t>(header.ts.tv_sec, 0, kLatest);
  const auto nanoseconds = std::clamp<std::int64_t>(header.ts.tv_usec, 0, 999'999'999);
  return WallTime(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

Result<void> set_filter(pcap_t* handle, const std::string& expression) {
  bpf_program compiled{};
  if (pcap_compile(handle, &compiled, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail(pcap_geterr(handle), IcmpCapture::kBadFilter);
  }
  const int status = pcap_setfilter(handle, &compiled);
  pcap_freecode(&compiled);
  if (status != 0) {
    return fail_pcap("set the capture filter", handle);
  }
  return {};
}

/// The user's expression is compiled alone first: it must stand for itself, and not close our parenthesis.
Result<void> set_filters(pcap_t* handle, const std::string& filter, bool live) {
  if (auto done = set_filter(handle, filter); !done || !live) {
    return done;
  }
  return set_filter(
      handle, filter.empty() ? std::string(kMayBeIcmp) : fmt::format("({}) and ({})", kMayBeIcmp, filter));
}

}  // namespace

Result<IcmpCapture> IcmpCapture::make(PcapHandle handle, const std::string& filter, bool live,
                                      const std::string& name) {
  const auto link = known_link(handle.get(), name);
  if (!link) {
    return std::unexpected(link.error());
  }
  if (auto done = set_filters(handle.get(), filter, live); !done) {
    return std::unexpected(done.error());
  }
  return IcmpCapture(std::move(handle), *link, live);
}

Result<IcmpCapture> IcmpCapture::open_live(const std::string& interface, const std::string& filter) {
  const bool all = interface.empty() || interface == "any";
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  PcapHandle handle(pcap_create(all ? "any" : interface.c_str(), why.data()));
  if (!handle) {
    return fail(fmt::format("cannot capture packets: {}", why.data()));
  }
  pcap_set_snaplen(handle.get(), kSnapshot);
  pcap_set_buffer_size(handle.get(), kRingBytes);
  pcap_set_timeout(handle.get(), kBlockTimeoutMs);
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  if (const int status = pcap_activate(handle.get()); status < 0) {
    return fail_to_activate(status, handle.get());
  }
  if (all && pcap_set_datalink(handle.get(), DLT_LINUX_SLL2) != 0) {
    return fail_pcap("capture with interface numbers (libpcap 1.10 is needed)", handle.get());
  }
  if (pcap_setnonblock(handle.get(), 1, why.data()) != 0) {
    return fail(fmt::format("cannot capture without blocking: {}", why.data()));
  }
  return make(std::move(handle), filter, true, interface);
}

Result<IcmpCapture> IcmpCapture::open_file(const std::string& path, const std::string& filter) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  PcapHandle handle(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why.data()));
  const std::string name = path == "-" ? "standard input" : path;
  if (!handle) {
    // libpcap's reason begins with the path where it was the system that refused.
    const std::string_view reason = why.data();
    return fail(reason.starts_with(path + ": ") && path != "-"
                    ? fmt::format("cannot read {}", reason)
                    : fmt::format("cannot read {}: {}", name, reason));
  }
  return make(std::move(handle), filter, false, name);
}

Result<std::optional<CapturedFrame>> IcmpCapture::next() {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  switch (pcap_next_ex(handle_.get(), &header, &bytes)) {
    case 1:
      return CapturedFrame{.time = time_of(*header),
                           .bytes = std::span(bytes, header->caplen),
                           .wire_size = std::max(header->len, header->caplen)};
    case 0:
      return std::nullopt;
    case PCAP_ERROR_BREAK:
      ended_ = true;
      return std::nullopt;
    default:
      break;
  }
  const std::string_view why = pcap_geterr(handle_.get());
  // The capture of all interfaces goes on without the one that went down, which is said once.
  if (live_ && link_type_ == packet::LinkType::kSll2 && why.find("went down") != std::string_view::npos) {
    return std::nullopt;
  }
  return fail(fmt::format("cannot {} any more: {}", live_ ? "capture" : "read", why));
}

void IcmpCapture::wait(std::chrono::milliseconds at_most) const {
  pollfd ready{.fd = pcap_get_selectable_fd(handle_.get()), .events = POLLIN, .revents = 0};
  static_cast<void>(poll(&ready, 1, static_cast<int>(at_most.count())));
}

std::uint64_t IcmpCapture::drops() {
  pcap_stat now{};
  if (live_ && pcap_stats(handle_.get(), &now) == 0) {
    const std::uint32_t counted = now.ps_drop + now.ps_ifdrop;
    drops_ += counted - last_drops_;
    last_drops_ = counted;
  }
  return drops_;
}

int IcmpCapture::snapshot() const {
  return std::min(std::max(pcap_snapshot(handle_.get()), 1), kSnapshot);
}

}  // namespace echosweep::net

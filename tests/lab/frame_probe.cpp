// Numbered frames through a frame back end at full speed, and the count of them at the other end.
//
//   frame_probe send packet|xdp INTERFACE COUNT   gives up all capabilities before the first frame
//   frame_probe hear INTERFACE COUNT SECONDS      says "ready", ends when nothing came so long after
//   the first
#include <fmt/format.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "net/packet_socket_tx.hpp"
#include "net/pcap_rx.hpp"
#include "net/xdp_tx.hpp"
#include "privilege/privilege.hpp"

namespace {

using namespace echosweep;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kFrame = 60;
constexpr std::uint16_t kEthertype = 0x88b5;  // for local experiments (IEEE 802)
constexpr auto kPatience = std::chrono::seconds(20);

int complain(std::string_view message) {
  fmt::print(stderr, "frame_probe: {}\n", message);
  return 3;
}

std::size_t to_number(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void write_frame(std::span<std::uint8_t, kFrame> frame, std::uint64_t number) {
  constexpr std::array<std::uint8_t, sizeof(ether_header)> kHeader = {
      2, 0xe5, 0, 0, 9, 2, 2, 0xe5, 0, 0, 9, 1, kEthertype >> 8, kEthertype & 0xff};
  std::ranges::copy(kHeader, frame.begin());
  std::memcpy(frame.data() + kHeader.size(), &number, sizeof number);
}

Result<std::unique_ptr<net::FrameTx>> open_back_end(std::string_view name, std::uint32_t interface) {
  if (name == "xdp") {
    auto tx = net::XdpTx::open(std::span(&interface, 1));
    if (!tx) {
      return std::unexpected(tx.error());
    }
    fmt::print("mode={} ", (*tx)->mode(interface));
    return std::move(*tx);
  }
  auto tx = net::PacketSocketTx::open({});
  if (!tx) {
    return std::unexpected(tx.error());
  }
  return std::make_unique<net::PacketSocketTx>(std::move(*tx));
}

int send(std::string_view back_end, const char* name, std::size_t count) {
  const std::uint32_t interface = if_nametoindex(name);
  auto opened = open_back_end(back_end, interface);
  if (!opened) {
    return complain(opened.error().message);
  }
  net::FrameTx& tx = **opened;
  if (auto dropped = privilege::drop_all_capabilities(); !dropped) {
    return complain(dropped.error().message);
  }
  constexpr std::size_t kBatch = 100;  // no multiple of theirs
  std::array<std::array<std::uint8_t, kFrame>, kBatch> bytes{};
  std::array<net::OutgoingFrame, kBatch> frames;
  std::size_t left = 0;
  std::size_t full = 0;
  int error = 0;
  const auto start = SteadyClock::now();
  auto progress = start;
  while (left < count && error == 0) {
    const std::size_t size = std::min(kBatch, count - left);
    for (std::size_t i = 0; i < size; ++i) {
      write_frame(bytes[i], left + i);
      frames[i] = {.bytes = bytes[i], .interface = interface};
    }
    const auto result = tx.send(std::span(frames).first(size));
    left += result.left;
    if (result.left != 0) {
      progress = SteadyClock::now();
    }
    if (result.error == EAGAIN || result.error == ENOBUFS) {
      ++full;
      std::this_thread::sleep_for(std::chrono::microseconds(20));
      error = SteadyClock::now() - progress > kPatience ? ETIMEDOUT : 0;
    } else {
      error = result.error;
    }
  }
  std::size_t waiting = tx.flush();
  for (const auto end = SteadyClock::now() + kPatience; waiting != 0 && SteadyClock::now() < end;) {
    std::this_thread::sleep_for(std::chrono::microseconds(20));
    waiting = tx.flush();
  }
  const std::chrono::duration<double> seconds = SteadyClock::now() - start;
  fmt::print("left={} full={} waiting={} error={} ns={:.0f}\n", left, full, waiting,
             error == 0 ? "none" : strerrorname_np(error),
             seconds.count() * 1e9 / static_cast<double>(std::max<std::size_t>(left, 1)));
  return error == 0 && waiting == 0 ? 0 : 1;
}

int hear(const char* name, std::size_t count, std::chrono::seconds silence) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  const net::PcapHandle handle(pcap_create(name, why.data()));
  if (!handle) {
    return complain(why.data());
  }
  pcap_set_snaplen(handle.get(), kFrame);
  pcap_set_buffer_size(handle.get(), net::PcapRx::kRingBytes);
  pcap_set_timeout(handle.get(), 10);
  bpf_program filter{};
  if (pcap_activate(handle.get()) < 0 || pcap_setdirection(handle.get(), PCAP_D_IN) != 0 ||
      pcap_compile(handle.get(), &filter, "ether proto 0x88b5", 1, PCAP_NETMASK_UNKNOWN) != 0 ||
      pcap_setfilter(handle.get(), &filter) != 0 || pcap_setnonblock(handle.get(), 1, why.data()) != 0) {
    return complain(pcap_geterr(handle.get()));
  }
  pcap_freecode(&filter);
  fmt::print("ready\n");
  std::fflush(stdout);
  std::vector<bool> heard(count);
  std::size_t distinct = 0;
  std::size_t again = 0;
  std::size_t strange = 0;
  auto last = SteadyClock::now();
  SteadyClock::duration allowed = kPatience;  // the sender has yet to start
  for (;;) {
    pcap_pkthdr* header = nullptr;
    const std::uint8_t* bytes = nullptr;
    // Before the read: what comes while this process stands still is there at the next one.
    const auto asked = SteadyClock::now();
    if (pcap_next_ex(handle.get(), &header, &bytes) != 1) {
      if (asked - last >= allowed) {
        break;
      }
      pollfd ready{.fd = pcap_get_selectable_fd(handle.get()), .events = POLLIN, .revents = 0};
      poll(&ready, 1, 100);
      continue;
    }
    last = SteadyClock::now();
    allowed = silence;
    std::uint64_t number = 0;
    std::memcpy(&number, bytes + sizeof(ether_header), sizeof number);
    if (header->len != kFrame || number >= count) {
      ++strange;
    } else if (heard[number]) {
      ++again;
    } else {
      heard[number] = true;
      ++distinct;
    }
  }
  pcap_stat stats{};
  pcap_stats(handle.get(), &stats);
  fmt::print("distinct={} again={} strange={} dropped={}\n", distinct, again, strange, stats.ps_drop);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 5 ? argv[1] : "";
  if (what == "send") {
    return send(argv[2], argv[3], to_number(argv[4]));
  }
  if (what == "hear") {
    return hear(argv[2], to_number(argv[3]), std::chrono::seconds(to_number(argv[4])));
  }
  return complain("send packet|xdp INTERFACE COUNT, or hear INTERFACE COUNT SECONDS");
}

// The plain loops of system calls that the program is measured against: as little as possible besides them.
//
//   bare_loops send raw|packet|xdp --interface I --destination A --count N [--mac M] [--rate R] [--seconds S]
//   [--json]
//       sends an echo request to each of A..A+N-1 on CPU 0, prints packets a second, from the first to the
//       last
//   bare_loops echo raw|packet|xdp ... --source S
//       the same while CPU 1 captures; prints what was sent a second, and how many different hosts answered
//
// raw: IP_HDRINCL, sendmmsg of 64. packet: AF_PACKET, sendmmsg of 64, through the queue discipline. xdp:
// AF_XDP in copy mode, 64 descriptors a call. Where there is no room they try again at once. IPv4 only.
// Checksums are right: the kernel may be the peer.
#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bare_xdp.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::array<std::uint8_t, kBareFrame>;

constexpr std::size_t kBatch = kBareBatch;
constexpr std::size_t kEthernet = 14;
constexpr std::size_t kIp = 20;
constexpr std::size_t kPacket = 46;  // as long as the program's own: IP, ICMP, 18 bytes
constexpr std::uint16_t kIdentifier = 0xe5e5;

struct Options {
  std::string back_end;
  std::string interface;
  std::string destination;
  std::string source = "0.0.0.0";
  std::string mac = "02:00:00:00:00:01";
  std::uint32_t count = 1'000'000;
  double rate = 0;  ///< packets a second, a batch at once; 0: no limit
  std::chrono::duration<double> seconds{30};
  bool json = false;
};

[[noreturn]] void give_up(const char* what) {
  fmt::print(stderr, "bare_loops: {}: {}\n", what, std::strerror(errno));
  std::exit(3);
}

[[noreturn]] void cannot_capture(const char* why) {
  fmt::print(stderr, "bare_loops: cannot capture: {}\n", why);
  std::exit(3);
}

void pin_to(std::size_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    give_up("cannot pin a thread");
  }
}

void put16(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* at, std::uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value & 0xffff);
}
std::uint32_t sum(const std::uint8_t* at, std::size_t size) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < size; i += 2) {
    total += static_cast<std::uint32_t>(at[i] << 8 | at[i + 1]);
  }
  return total;
}
std::uint32_t fold(std::uint32_t total) {
  total = (total & 0xffff) + (total >> 16);
  return ~(total + (total >> 16)) & 0xffff;
}

/// The interface's own MAC address. From any other, the replies would go to a stranger: where nothing on the
/// way filters by address the capture would hear them, and the kernel would drop them before its own work on
/// them.
std::array<std::uint8_t, ETH_ALEN> mac_of(const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) != 0) {
    give_up("cannot learn the interface's MAC address");
  }
  close(fd);
  std::array<std::uint8_t, ETH_ALEN> mac{};
  std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  return mac;
}

/// A frame from the Ethernet header on, of which each probe changes address, index and checksums.
class Template {
 public:
  explicit Template(const Options& options) {
    std::array<unsigned, 6> mac{};
    if (std::sscanf(options.mac.c_str(), "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
                    &mac[5]) != 6) {
      errno = EINVAL;
      give_up("cannot read the MAC address");
    }
    std::ranges::transform(mac, bytes_.begin(),
                           [](unsigned byte) { return static_cast<std::uint8_t>(byte); });
    if (options.back_end != "raw") {
      std::ranges::copy(mac_of(options.interface), &bytes_[ETH_ALEN]);
    }
    put16(&bytes_[12], ETHERTYPE_IP);
    std::uint8_t* const ip = &bytes_[kEthernet];
    ip[0] = 0x45;
    put16(ip + 2, kPacket);
    put16(ip + 4, 1);  // not 0: the kernel would write one of its own
    ip[8] = 64;
    ip[9] = IPPROTO_ICMP;
    in_addr address{};
    if (inet_pton(AF_INET, options.source.c_str(), &address) != 1) {
      errno = EINVAL;
      give_up("cannot read the source address");
    }
    std::memcpy(ip + 12, &address, sizeof address);
    ip[kIp] = 8;
    put16(ip + kIp + 4, kIdentifier);
    ip_sum_ = sum(ip, kIp);
    icmp_sum_ = sum(ip + kIp, kPacket - kIp);
  }

  void write(std::uint8_t* at, std::uint32_t destination, std::uint32_t index) const {
    std::memcpy(at, bytes_.data(), bytes_.size());
    std::uint8_t* const ip = at + kEthernet;
    put32(ip + 16, destination);
    put16(ip + 10, fold(ip_sum_ + (destination >> 16) + (destination & 0xffff)));
    put32(ip + kIp + 8, index);
    put16(ip + kIp + 2, fold(icmp_sum_ + (index >> 16) + (index & 0xffff)));
  }

 private:
  Bytes bytes_{};
  std::uint32_t ip_sum_ = 0;
  std::uint32_t icmp_sum_ = 0;
};

/// Sends `count` packets; write(bytes, i) makes the i-th. Says how many left, in `seconds` at most.
template <class Write>
BareSent send_by_socket(const Options& options, Write write) {
  const bool raw = options.back_end == "raw";
  const int fd = raw ? socket(AF_INET, SOCK_RAW, IPPROTO_RAW) : socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) {
    give_up("cannot open a socket");
  }
  const int buffer = raw ? 4 << 20 : 1 << 20;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  const int yes = 1;
  if (raw && setsockopt(fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes) != 0) {
    give_up("cannot set IP_RECVERR");
  }
  sockaddr_ll way{};
  way.sll_family = AF_PACKET;
  way.sll_ifindex = static_cast<int>(if_nametoindex(options.interface.c_str()));
  std::array<Bytes, kBatch> bytes{};
  std::array<sockaddr_in, kBatch> addresses{};
  std::array<iovec, kBatch> pieces{};
  std::array<mmsghdr, kBatch> messages{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    pieces[i] = raw ? iovec{&bytes[i][kEthernet], kPacket} : iovec{bytes[i].data(), bytes[i].size()};
    addresses[i].sin_family = AF_INET;
    msghdr& header = messages[i].msg_hdr;
    header.msg_name = raw ? static_cast<void*>(&addresses[i]) : &way;
    header.msg_namelen = raw ? sizeof addresses[i] : sizeof way;
    header.msg_iov = &pieces[i];
    header.msg_iovlen = 1;
  }
  std::uint32_t left = 0;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(options.seconds);
  while (left < options.count && Clock::now() < end) {
    const std::uint32_t size = std::min<std::uint32_t>(kBatch, options.count - left);
    for (std::uint32_t i = 0; i < size; ++i) {
      write(bytes[i].data(), left + i);
      std::memcpy(&addresses[i].sin_addr, &bytes[i][kEthernet + 16], 4);
    }
    for (std::uint32_t sent = 0; sent < size && Clock::now() < end;) {
      const int done = sendmmsg(fd, &messages[sent], size - sent, MSG_DONTWAIT);
      if (done < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
        give_up("cannot send");
      }
      sent += done > 0 ? static_cast<std::uint32_t>(done) : 0;
      left += done > 0 ? static_cast<std::uint32_t>(done) : 0;
    }
  }
  const auto last = Clock::now();
  close(fd);
  return {.packets = left, .start = start, .last = last};
}

template <class Write>
BareSent send_all(const Options& options, Write write) {
  return options.back_end == "xdp" ? send_by_xdp(options.interface, options.count, options.seconds, write)
                                   : send_by_socket(options, write);
}

/// Counts the replies with different indices, until told to end.
class Listener {
 public:
  explicit Listener(const Options& options) : heard_(options.count) {
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    handle_ = pcap_create(options.interface.c_str(), why.data());
    if (handle_ == nullptr) {
      cannot_capture(why.data());
    }
    pcap_set_snaplen(handle_, 64);
    pcap_set_buffer_size(handle_,
                         options.rate > 0 ? 8 << 20 : 16 << 20);  // the program's, to 13k/s and at max
    pcap_set_timeout(handle_, 10);
    bpf_program filter{};
    if (pcap_activate(handle_) < 0 ||
        pcap_compile(handle_, &filter, "icmp[0] = 0 and icmp[4:2] = 0xe5e5", 1, PCAP_NETMASK_UNKNOWN) != 0 ||
        pcap_setfilter(handle_, &filter) != 0 || pcap_setnonblock(handle_, 1, why.data()) != 0) {
      cannot_capture(pcap_geterr(handle_));
    }
    pcap_freecode(&filter);
    // Without it the kernel would copy each probe for the capture to look at, on the sender's core.
    const int yes = 1;
    if (setsockopt(pcap_get_selectable_fd(handle_), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) !=
        0) {
      give_up("cannot leave what is sent out of the capture");
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { pcap_close(handle_); }

  void run(const std::atomic<bool>& ended) {
    pin_to(1);
    pollfd ready{.fd = pcap_get_selectable_fd(handle_), .events = POLLIN, .revents = 0};
    auto last = Clock::now();
    while (!ended || Clock::now() - last < std::chrono::milliseconds(300)) {
      const std::uint64_t before = found_;
      pcap_dispatch(handle_, 4096, take, reinterpret_cast<std::uint8_t*>(this));
      if (found_ != before) {
        last = last_ = Clock::now();
      } else {
        poll(&ready, 1, 10);
      }
    }
  }
  std::uint64_t found() const { return found_; }
  Clock::time_point last() const { return last_; }

 private:
  static void take(std::uint8_t* self, const pcap_pkthdr* header, const std::uint8_t* bytes) {
    auto& listener = *reinterpret_cast<Listener*>(self);
    constexpr std::size_t kIndex = kEthernet + kIp + 8;
    std::uint32_t index_be32 = 0;
    if (header->caplen < kIndex + sizeof index_be32) {
      return;
    }
    std::memcpy(&index_be32, bytes + kIndex, sizeof index_be32);
    const std::uint32_t index = ntohl(index_be32);
    if (index < listener.heard_.size() && listener.heard_[index] == 0) {
      listener.heard_[index] = 1;
      ++listener.found_;
    }
  }

  pcap_t* handle_ = nullptr;
  std::vector<std::uint8_t> heard_;
  std::uint64_t found_ = 0;
  Clock::time_point last_;
};

void run(const Options& options, bool echo) {
  in_addr first{};
  if (inet_pton(AF_INET, options.destination.c_str(), &first) != 1) {
    errno = EINVAL;
    give_up("cannot read the destination");
  }
  const std::uint32_t base = ntohl(first.s_addr);
  const Template probe(options);
  std::atomic<bool> ended = false;
  std::unique_ptr<Listener> listener = echo ? std::make_unique<Listener>(options) : nullptr;
  std::thread capture;
  if (listener) {
    capture = std::thread([&] { listener->run(ended); });
  }
  pin_to(0);
  const auto begin = Clock::now();
  const BareSent sent = send_all(options, [&](std::uint8_t* at, std::uint32_t index) {
    if (options.rate > 0 && index % kBatch == 0) {
      std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(
                                                std::chrono::duration<double>(index / options.rate)));
    }
    probe.write(at, base + index, index);
  });
  const std::chrono::duration<double> sending = sent.last - sent.start;
  ended = true;
  if (capture.joinable()) {
    capture.join();
  }
  const double rate = sent.packets / sending.count();
  const std::uint64_t found = listener ? listener->found() : 0;
  const std::chrono::duration<double> all = listener && found != 0 ? listener->last() - sent.start : sending;
  if (options.json) {
    fmt::print(R"({{"mode":"{}","back_end":"{}","sent":{},"sent_per_second":{:.0f},"seconds":{:.4f})",
               echo ? "echo" : "send", options.back_end, sent.packets, rate, all.count());
    fmt::print("{}}}\n", echo ? fmt::format(R"(,"found":{},"of":{})", found, options.count) : "");
  } else {
    fmt::print("{}: {} sent, {:.0f}/s, {:.0f} ns a packet{}\n", options.back_end, sent.packets, rate,
               1e9 / rate,
               echo ? fmt::format(", {} of {} found in {:.3f} s", found, options.count, all.count()) : "");
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The bare loops of system calls that echosweep is measured against");
  Options options;
  app.require_subcommand(1);
  for (const char* const name : {"send", "echo"}) {
    CLI::App* const command = app.add_subcommand(name);
    command->add_option("back_end", options.back_end)
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>{"raw", "packet", "xdp"}));
    command->add_option("--interface", options.interface)->required();
    command->add_option("--destination", options.destination, "the first address")->required();
    command->add_option("--source", options.source, "raw: the kernel's choice if left out");
    command->add_option("--mac", options.mac, "the next hop's, for packet and xdp");
    command->add_option("--count", options.count);
    command->add_option("--rate", options.rate, "packets a second, 64 at once");
    command->add_option_function<double>(
        "--seconds", [&](double seconds) { options.seconds = std::chrono::duration<double>(seconds); },
        "at most so long");
    command->add_flag("--json", options.json);
  }
  CLI11_PARSE(app, argc, argv);
  run(options, app.got_subcommand("echo"));
  return 0;
}

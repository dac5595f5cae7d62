// An AF_XDP socket that only sends, by libxdp.
//
// The kernel wants a fill ring of every socket, and nothing in it of one that does not receive. Zero-copy is
// another matter: there the driver takes the buffers of its receive queue from the fill ring, and packets for
// the rest of the system, our replies among them, would find none. So that ring is filled once; without a
// program each packet is copied out and its buffer goes back to where it was.
#include "net/xsk_rings.hpp"

#include <fmt/format.h>
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/xsk.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

// Newer than the headers of Debian 12.
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

namespace echosweep::net {

namespace {

/// Frames that the kernel may send in one call: by itself it stops after 32.
constexpr unsigned kBudget = 64;
/// Of the fill ring. As many as a receive queue is long, in zero-copy mode; else the kernel demands that the
/// ring exists.
constexpr std::uint32_t kReceiveSlots = 1024;
constexpr std::uint32_t kUnusedFillRing = 64;

/// The queue of a socket that was just closed is given back in the background.
constexpr int kBindTries = 100;
constexpr auto kBindPause = std::chrono::milliseconds(10);

struct UmemCloser {
  void operator()(xsk_umem* umem) const { xsk_umem__delete(umem); }
};
struct SocketCloser {
  void operator()(xsk_socket* socket) const { xsk_socket__delete(socket); }
};

/// Memory that starts at a page, as the kernel demands.
class Pages {
 public:
  explicit Pages(std::size_t bytes)
      : bytes_(bytes),
        start_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    if (*this) {
      munmap(start_, bytes_);
    }
  }
  explicit operator bool() const { return start_ != MAP_FAILED; }
  std::span<std::uint8_t> bytes() const { return {static_cast<std::uint8_t*>(start_), bytes_}; }

 private:
  std::size_t bytes_;
  void* start_;
};

class LibxdpRings final : public XskRings {
 public:
  explicit LibxdpRings(bool zero_copy)
      : zero_copy_(zero_copy), pages_(kSlotBytes * std::size_t{slots(zero_copy)}) {
    memory_ = pages_.bytes();
  }

  Result<void> open(const std::string& interface) {
    if (!pages_) {
      return fail_errno("cannot get memory for an AF_XDP socket", errno);
    }
    const xsk_umem_config umem_config{.fill_size = zero_copy_ ? kReceiveSlots : kUnusedFillRing,
                                      .comp_size = kSlots,
                                      .frame_size = kSlotBytes,
                                      .frame_headroom = 0,
                                      .flags = 0};
    xsk_umem* umem = nullptr;
    if (const int error = -xsk_umem__create(&umem, pages_.bytes().data(), pages_.bytes().size(), &fill_,
                                            &completion_, &umem_config);
        error != 0) {
      return explain_memory(error);
    }
    umem_.reset(umem);
    if (zero_copy_) {
      fill();
    }
    if (auto bound = bind(interface); !bound) {
      return bound;
    }
    fd_ = xsk_socket__fd(socket_.get());
    return zero_copy_ ? check_zero_copy(interface) : set_budget();
  }

  void submit(std::span<const Descriptor> descriptors) override {
    std::uint32_t at = 0;
    const auto count = static_cast<std::uint32_t>(descriptors.size());
    xsk_ring_prod__reserve(&send_, count, &at);  // never more than there are slots
    for (const Descriptor& descriptor : descriptors) {
      *xsk_ring_prod__tx_desc(&send_, at++) = {
          .addr = std::uint64_t{descriptor.slot} * kSlotBytes, .len = descriptor.size, .options = 0};
    }
    xsk_ring_prod__submit(&send_, count);
  }

  void withdraw(std::uint32_t count) override {
    send_.cached_prod -= count;
    __atomic_store_n(send_.producer, *send_.producer - count, __ATOMIC_RELEASE);
  }

  int kick() override {
    if (zero_copy_ && xsk_ring_prod__needs_wakeup(&send_) == 0) {
      return 0;
    }
    return sendto(fd_, nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0 ? 0 : errno;
  }

  std::uint32_t consumed() const override { return __atomic_load_n(send_.consumer, __ATOMIC_ACQUIRE); }

  std::size_t complete(std::span<std::uint32_t> slots) override {
    std::uint32_t at = 0;
    const std::uint32_t count =
        xsk_ring_cons__peek(&completion_, static_cast<std::uint32_t>(slots.size()), &at);
    for (std::uint32_t i = 0; i < count; ++i) {
      slots[i] = static_cast<std::uint32_t>(*xsk_ring_cons__comp_addr(&completion_, at + i) / kSlotBytes);
    }
    xsk_ring_cons__release(&completion_, count);
    return count;
  }

  bool zero_copy() const override { return zero_copy_; }

 private:
  static std::uint32_t slots(bool zero_copy) { return kSlots + (zero_copy ? kReceiveSlots : 0); }

  static Result<void> explain_memory(int error) {
    if (error == ENOBUFS || error == ENOMEM) {
      return fail(fmt::format("cannot lock {} KiB of memory for an AF_XDP socket: {} (raise 'ulimit -l')",
                              kSlots * kSlotBytes / 1024, std::strerror(error)),
                  error);
    }
    if (error == EPERM) {
      return fail(
          "cannot open an AF_XDP socket: Operation not permitted (needs CAP_NET_RAW: sudo setcap "
          "cap_net_raw+ep $(which echosweep))",
          error);
    }
    return fail_errno("cannot open an AF_XDP socket", error);
  }

  /// The buffers behind those that we send from.
  void fill() {
    std::uint32_t at = 0;
    xsk_ring_prod__reserve(&fill_, kReceiveSlots, &at);
    for (std::uint32_t i = 0; i < kReceiveSlots; ++i) {
      *xsk_ring_prod__fill_addr(&fill_, at + i) = std::uint64_t{kSlots + i} * kSlotBytes;
    }
    xsk_ring_prod__submit(&fill_, kReceiveSlots);
  }

  Result<void> bind(const std::string& interface) {
    xsk_socket_config config{};
    config.tx_size = kSlots;
    config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
    config.bind_flags =
        static_cast<std::uint16_t>(XDP_USE_NEED_WAKEUP | (zero_copy_ ? XDP_ZEROCOPY : XDP_COPY));
    xsk_socket* socket = nullptr;
    const int error =
        -xsk_socket__create(&socket, interface.c_str(), 0, umem_.get(), nullptr, &send_, &config);
    socket_.reset(socket);
    if (error == EBUSY) {
      return fail(
          fmt::format("cannot bind an AF_XDP socket to {}: {} (another program sends so on its queue 0)",
                      interface, std::strerror(error)),
          error);
    }
    if (error != 0) {
      return fail_errno(fmt::format("cannot bind an AF_XDP socket to {}", interface), error);
    }
    return {};
  }

  /// Some drivers bind and then refuse to send as long as the interface has no program.
  Result<void> check_zero_copy(const std::string& interface) {
    const int error = sendto(fd_, nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0 ? 0 : errno;
    if (error != 0 && error != EAGAIN && error != EBUSY) {
      return fail_errno(fmt::format("cannot send without a copy on {}", interface), error);
    }
    return {};
  }

  /// The kernels that know the option are those that say exactly how far they have read.
  Result<void> set_budget() {
    const unsigned budget = kBudget;
    if (setsockopt(fd_, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof budget) != 0) {
      return fail(
          "cannot use AF_XDP without the driver's help: before Linux 6.17 the kernel does not say which "
          "frame was "
          "dropped",
          errno);
    }
    return {};
  }

  bool zero_copy_;
  // In this order: the kernel's memory outlives the rings, these the socket.
  Pages pages_;
  xsk_ring_prod fill_{};
  xsk_ring_cons completion_{};
  xsk_ring_prod send_{};
  std::unique_ptr<xsk_umem, UmemCloser> umem_;
  std::unique_ptr<xsk_socket, SocketCloser> socket_;
  int fd_ = -1;
};

Result<std::unique_ptr<XskRings>> open_mode(const std::string& interface, bool zero_copy) {
  for (int tries = 1;; ++tries) {
    auto rings = std::make_unique<LibxdpRings>(zero_copy);
    const auto opened = rings->open(interface);
    if (opened) {
      return rings;
    }
    if (opened.error().code != EBUSY || tries == kBindTries) {
      return std::unexpected(opened.error());
    }
    std::this_thread::sleep_for(kBindPause);
  }
}

}  // namespace

Result<std::unique_ptr<XskRings>> open_xsk_rings(const std::string& interface) {
  auto rings = open_mode(interface, true);
  return rings || rings.error().code == EBUSY ? std::move(rings) : open_mode(interface, false);
}

}  // namespace echosweep::net

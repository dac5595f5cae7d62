#include "bare_xdp.hpp"

#include <fmt/format.h>
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/xsk.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

[[noreturn]] void give_up(const char* what) {
  fmt::print(stderr, "bare_loops: {}: {}\n", what, std::strerror(errno));
  std::exit(3);
}

}  // namespace

// One frame is missing for each EBUSY: this loop counts it and does not send it again.
BareSent send_by_xdp(const std::string& interface, std::uint32_t count, std::chrono::duration<double> seconds,
                     const std::function<void(std::uint8_t*, std::uint32_t)>& write) {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint32_t kSlots = 1024;
  constexpr std::uint32_t kSlotBytes = 2048;
  void* const memory = mmap(nullptr, std::size_t{kSlots} * kSlotBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    give_up("cannot get memory");
  }
  xsk_ring_prod fill{};
  xsk_ring_prod ring{};
  xsk_ring_cons completion{};
  const xsk_umem_config umem_config{
      .fill_size = 64, .comp_size = kSlots, .frame_size = kSlotBytes, .frame_headroom = 0, .flags = 0};
  xsk_umem* umem = nullptr;
  errno =
      -xsk_umem__create(&umem, memory, std::uint64_t{kSlots} * kSlotBytes, &fill, &completion, &umem_config);
  if (errno != 0) {
    give_up("cannot share memory with the kernel");
  }
  xsk_socket_config config{};
  config.tx_size = kSlots;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  config.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP;
  // The queue of a socket that was just closed is given back in the background.
  xsk_socket* socket = nullptr;
  errno = EBUSY;
  for (int tries = 0; errno == EBUSY && tries < 100; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(tries == 0 ? 0 : 10));
    errno = -xsk_socket__create(&socket, interface.c_str(), 0, umem, nullptr, &ring, &config);
  }
  if (errno != 0) {
    give_up("cannot bind an AF_XDP socket");
  }
  const int fd = xsk_socket__fd(socket);
  const unsigned budget = kBareBatch;
  constexpr int kMaxTxSkbBudget = 9;  // XDP_MAX_TX_SKB_BUDGET of newer headers
  setsockopt(fd, SOL_XDP, kMaxTxSkbBudget, &budget, sizeof budget);
  std::uint32_t queued = 0;
  std::uint32_t lost = 0;
  std::uint32_t at = 0;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(seconds);
  while (queued < count && Clock::now() < end) {
    const std::uint32_t size = std::min<std::uint32_t>(kBareBatch, count - queued);
    xsk_ring_prod__reserve(&ring, size, &at);
    for (std::uint32_t i = 0; i < size; ++i, ++queued) {
      const std::uint64_t address = std::uint64_t{queued % kSlots} * kSlotBytes;
      write(static_cast<std::uint8_t*>(memory) + address, queued);
      *xsk_ring_prod__tx_desc(&ring, at + i) = {.addr = address, .len = kBareFrame, .options = 0};
    }
    xsk_ring_prod__submit(&ring, size);
    do {
      if (sendto(fd, nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0) {
        lost += errno == EBUSY ? 1 : 0;
        if (errno != EBUSY && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
          give_up("cannot send");
        }
      }
      const std::uint32_t back = xsk_ring_cons__peek(&completion, kSlots, &at);
      xsk_ring_cons__release(&completion, back);
    } while (xsk_prod_nb_free(&ring, kSlots) < kSlots && Clock::now() < end);
  }
  const auto last = Clock::now();
  xsk_socket__delete(socket);
  xsk_umem__delete(umem);
  munmap(memory, std::size_t{kSlots} * kSlotBytes);
  return {.packets = queued - lost, .start = start, .last = last};
}

#include "net/wake_up.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace echosweep::net {

namespace {

/// A capture's socket, or one socket a family.
constexpr std::size_t kMostFds = 2;

}  // namespace

WakeUp::WakeUp() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void WakeUp::set() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(fd_.get(), &one, sizeof one);
}

Result<void> WakeUp::wait_for(std::span<pollfd> fds, std::chrono::nanoseconds wait) const {
  std::array<pollfd, kMostFds + 1> all{};
  const std::size_t count = std::min(fds.size(), kMostFds);
  std::copy_n(fds.begin(), count, all.begin());
  all[count] = {.fd = fd_ ? fd_.get() : -1, .events = POLLIN, .revents = 0};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec at_most{.tv_sec = seconds.count(), .tv_nsec = (wait - seconds).count()};
  if (ppoll(all.data(), count + 1, &at_most, nullptr) < 0 && errno != EINTR) {
    return fail_errno("cannot wait for replies", errno);
  }
  std::copy_n(all.begin(), count, fds.begin());
  if (std::uint64_t taken = 0; (all[count].revents & POLLIN) != 0) {
    [[maybe_unused]] const ssize_t size = read(fd_.get(), &taken, sizeof taken);
  }
  return {};
}

}  // namespace echosweep::net

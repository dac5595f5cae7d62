#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/result.hpp"

namespace echosweep::net {

/// A file descriptor that closes itself. Move-only.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// A second descriptor of the same thing, for a second owner; empty if this is.
  Result<Fd> duplicate() const {
    Fd second(fd_ >= 0 ? fcntl(fd_, F_DUPFD_CLOEXEC, 0) : -1);
    if (fd_ >= 0 && !second) {
      return fail_errno("cannot duplicate a descriptor (see 'ulimit -n')", errno);
    }
    return second;
  }

 private:
  int fd_ = -1;
};

}  // namespace echosweep::net

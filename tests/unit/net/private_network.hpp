#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "net/fd.hpp"

namespace echosweep::net {

/// Runs `ip` in the namespace, one command a line; false where one of them failed.
inline bool ip_batch(const std::string& commands) {
  return std::system(("ip -batch - <<'END'\n" + commands + "\nEND").c_str()) == 0;
}

inline bool write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

/// Makes this process root in a user namespace of its own, where it is not root anyway. Returns why that is
/// impossible; empty: done.
inline const std::string& become_root() {
  static const std::string problem = [] {
    const auto uid = std::to_string(geteuid());
    const auto gid = std::to_string(getegid());
    if (unshare(CLONE_NEWNET) == 0) {
      return std::string();
    }
    if (unshare(CLONE_NEWUSER) != 0) {
      return std::string("no network namespace without root: ") + std::strerror(errno);
    }
    const bool mapped = write_file("/proc/self/setgroups", "deny") &&
                        write_file("/proc/self/uid_map", "0 " + uid + " 1") &&
                        write_file("/proc/self/gid_map", "0 " + gid + " 1");
    return std::string(mapped ? "" : "no user namespace to be root in");
  }();
  return problem;
}

/// Takes this process, for good, into a new network namespace that has no way out. Returns why that is
/// impossible; empty: done.
inline std::string enter_private_network() {
  if (const std::string& problem = become_root(); !problem.empty()) {
    return problem;
  }
  if (unshare(CLONE_NEWNET) != 0) {
    return std::string("no network namespace: ") + std::strerror(errno);
  }
  for (const char* setting : {"accept_dad", "router_solicitations", "accept_ra"}) {
    for (const char* scope : {"all", "default"}) {
      write_file(("/proc/sys/net/ipv6/conf/" + std::string(scope) + "/" + setting).c_str(), "0");
    }
  }
  return ip_batch("link set lo up") ? "" : "the loopback interface cannot be set up";
}

/// Each test of it runs where a packet can reach nobody, and where nothing is left of the test before.
class InPrivateNetwork : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string problem = enter_private_network(); !problem.empty()) {
      GTEST_SKIP() << problem;
    }
    if (access("/dev/net/tun", R_OK | W_OK) != 0) {
      GTEST_SKIP() << "no virtual links: /dev/net/tun: " << std::strerror(errno);
    }
    make();
  }
  /// What the suite needs besides; fails fatally.
  virtual void make() {}
};

/// A virtual interface whose other end is the test itself: what the kernel sends there is read here, and what
/// is written here comes in. Gone with the object.
class VirtualLink {
 public:
  /// `flags`: IFF_TUN (IP packets) or IFF_TAP (Ethernet frames).
  bool open(const std::string& name, int flags) {
    fd_ = Fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = static_cast<short>(flags | IFF_NO_PI);
    return fd_ && ioctl(fd_.get(), TUNSETIFF, &request) == 0;
  }

  /// The next packet that the kernel has sent; empty: none is left.
  std::vector<std::uint8_t> read() const {
    std::vector<std::uint8_t> packet(70'000);
    const ssize_t size = ::read(fd_.get(), packet.data(), packet.size());
    packet.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return packet;
  }

  bool write(const std::vector<std::uint8_t>& packet) const {
    return ::write(fd_.get(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
  }

 private:
  Fd fd_;
};

}  // namespace echosweep::net

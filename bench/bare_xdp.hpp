#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

constexpr std::size_t kBareFrame = 60;
constexpr std::size_t kBareBatch = 64;

/// What a bare loop did, from its first packet to its last: opening and closing sockets is not sending.
struct BareSent {
  std::uint32_t packets = 0;
  std::chrono::steady_clock::time_point start;
  std::chrono::steady_clock::time_point last;
};

/// The AF_XDP loop of bare_loops, apart because libbpf's headers and libpcap's define the same names. Sends
/// `count` frames, of which write(bytes, i) makes the i-th, in `seconds` at most.
BareSent send_by_xdp(const std::string& interface, std::uint32_t count, std::chrono::duration<double> seconds,
                     const std::function<void(std::uint8_t*, std::uint32_t)>& write);

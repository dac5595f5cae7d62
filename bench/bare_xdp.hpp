#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

constexpr std::size_t kBareFrame = 60;
constexpr std::size_t kBareBatch = 64;

/// The AF_XDP loop of bare_loops, apart because libbpf's headers and libpcap's define the same names. Sends
/// `count` frames, of which write(bytes, i) makes the i-th; returns how many left before `end`.
std::uint32_t send_by_xdp(const std::string& interface, std::uint32_t count,
                          std::chrono::steady_clock::time_point end,
                          const std::function<void(std::uint8_t*, std::uint32_t)>& write);

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "modes/mtu_search.hpp"
#include "mtu_path.hpp"

namespace echosweep::modes {

/// What a search found, and how many questions it took.
struct Searched {
  mtu::Finding finding;
  unsigned questions = 0;
};

inline Searched search(const MtuPath& path, std::uint16_t start = 1500) {
  MtuSearch search(path.family, start);
  Searched searched;
  searched.questions = search_all(search, path);
  EXPECT_TRUE(search.done());
  searched.finding = search.finding();
  return searched;
}

inline mtu::Answer arrived(std::uint8_t ttl = 63) {
  return {.kind = mtu::Answer::Kind::kArrived, .rtt = std::chrono::milliseconds(1), .ttl = Ttl{ttl}};
}
inline mtu::Answer too_big(std::uint32_t mtu) {
  return {.kind = mtu::Answer::Kind::kTooBig, .from = MtuPath::router_address(1), .mtu = mtu, .hop = 1};
}
inline constexpr mtu::Answer kSilence{};

}  // namespace echosweep::modes

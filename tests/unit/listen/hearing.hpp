#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

#include "examples.hpp"
#include "listen/heard.hpp"

namespace echosweep::listen {

using packet::Packet;

/// 2023-11-14, 22:13:20.123456789 UTC.
inline constexpr WallTime kTime{std::chrono::nanoseconds(1'700'000'000'123'456'789)};

/// What was heard when this packet passed eth0. Its bytes must live as long.
inline Heard heard(Family family, const Packet& packet, std::size_t wire_size = 0) {
  auto found = packet::read_icmp_packet(family, packet, wire_size);
  EXPECT_TRUE(found);
  return {.time = kTime,
          .interface = "eth0",
          .direction = packet::Direction::kIn,
          .names_interface = true,
          .packet = found ? std::move(*found) : packet::IcmpPacket{}};
}

/// Local times are UTC from here on.
inline void use_utc() {
  setenv("TZ", "UTC", 1);
  tzset();
}

}  // namespace echosweep::listen

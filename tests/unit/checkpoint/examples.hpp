#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/journal.hpp"
#include "core/address.hpp"

namespace echosweep::checkpoint {

/// Numbers of all kinds that a set can be made of: a few, many in no order, runs, none; beyond 2^32, too.
/// Never changes: tests/data/checkpoint-v1 is this one.
inline Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.head = report::Json{{"command", "echosweep 192.0.2.0/24"},
                                 {"seed", 18446744073709551615U},
                                 {"passes", {{{"cursor", 17}, {"sent", true}}, {{"cursor", 0}}}},
                                 {"share", 0.1},
                                 {"none", nullptr},
                                 {"text", "caf\u00e9 \x7f \u0085\n\"\\"}};
  bitmaps::Bitmap& few = checkpoint.sets["few"];
  for (const std::uint64_t number : {0ULL, 1ULL, 65535ULL, 65536ULL, 4294967295ULL, 4294967296ULL,
                                     9223372036854775808ULL, 18446744073709551615ULL}) {
    few.add(std::uint64_t{number});
  }
  bitmaps::Bitmap& many = checkpoint.sets["many"];
  for (std::uint64_t number = 0; number < 16384; ++number) {
    many.add(number * 2654435761 % 32768);
  }
  bitmaps::Bitmap& runs = checkpoint.sets["runs"];
  for (std::uint64_t block = 0; block < 6; ++block) {
    for (std::uint64_t number = 0; number < 2000; ++number) {
      runs.add((block << 31) + number * (block % 2 + 1));
    }
  }
  runs.runOptimize();
  checkpoint.sets["none"];
  return checkpoint;
}

/// Never changes: tests/data/checkpoint-v1.hosts are these.
inline std::vector<Entry> example_hosts() {
  return {{.number = 0,
           .from = Address::v4(0xc0000201),
           .rtt_ns = 1'234'567,
           .received_ns = 1'790'000'000'123'456'789,
           .ttl = 64,
           .tos = 0xb8,
           .pass = 1,
           .is_neighbour = false},
          {.number = 18446744073709551615U,
           .from = Address::v6((Uint128{0x20010db8} << 96) | 0x1234),
           .rtt_ns = -1,
           .received_ns = -1,
           .ttl = 255,
           .tos = 255,
           .pass = 255,
           .is_neighbour = false},
          {.number = 4294967296,
           .from = Address::v6((Uint128{0xfe80} << 112) | 1, 4294967295),
           .rtt_ns = 0x02005e10000a,
           .received_ns = 0,
           .ttl = 0,
           .tos = 0,
           .pass = 0,
           .is_neighbour = true}};
}

}  // namespace echosweep::checkpoint

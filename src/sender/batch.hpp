#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "net/packet_tx.hpp"
#include "packet/probe.hpp"
#include "packet/probe_codec.hpp"

namespace echosweep::sender {

/// The packets of one batch: memory that is laid out once and patched for every batch after.
class Batch {
 public:
  static constexpr std::size_t kSize = 64;

  explicit Batch(const packet::ProbeCodec& codec);

  /// Where a source writes its probes: at most `limit` of them.
  std::span<packet::Probe> room(std::size_t limit);
  std::span<const packet::Probe> probes(std::size_t first, std::size_t count) const {
    return std::span(probes_).subspan(first, count);
  }

  /// Makes packets [first, end) from their probes, stamped with `now`; `wall` is the same moment.
  void encode(std::size_t first, std::size_t end, MonotonicTime now, WallTime wall);
  std::span<const net::OutgoingPacket> packets(std::size_t first, std::size_t end) const {
    return std::span(packets_).subspan(first, end - first);
  }

 private:
  const packet::ProbeCodec& codec_;
  std::size_t slot_size_;
  std::vector<std::uint8_t> storage_;
  std::array<std::optional<Family>, kSize> prepared_;
  std::array<packet::Probe, kSize> probes_;
  std::array<net::OutgoingPacket, kSize> packets_;
};

}  // namespace echosweep::sender

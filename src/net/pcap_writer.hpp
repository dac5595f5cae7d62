#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "core/quantities.hpp"
#include "core/result.hpp"
#include "net/pcap_file.hpp"

namespace echosweep::net {

/// The packets of a run as a PcapFile. Any one thread.
///
/// The link type is LINUX_SLL2, which is what the capture has: raw IP would have no room for ARP replies, and
/// nobody could tell by which interface a packet came. The link-layer address is left empty, since it was not
/// kept. Packets from sockets (unprivileged runs) fit in as well: they have headers that were written back,
/// with no checksum, and their destination is not known.
class PcapWriter {
 public:
  using Write = PcapFile::Write;

  /// A packet from its IP or ARP header on, and what the link said of it.
  struct Packet {
    WallTime received;
    std::uint32_t interface = 0;
    std::uint16_t ethertype = 0;  ///< host byte order
    std::span<const std::uint8_t> bytes;
    std::uint32_t wire_size = 0;  ///< bytes before it was cut
  };

  /// Writes the file's header.
  static Result<PcapWriter> open(Write write);

  Result<void> write(const Packet& packet);

 private:
  explicit PcapWriter(PcapFile file) : file_(std::move(file)) {}

  PcapFile file_;
};

}  // namespace echosweep::net

#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "core/quantities.hpp"
#include "core/result.hpp"

struct pcap;
struct pcap_dumper;

namespace echosweep::net {

/// Packets in libpcap's file format, as tcpdump and Wireshark read it, with times in nanoseconds. Any one
/// thread.
///
/// The link type is LINUX_SLL2, which is what the capture has: raw IP would have no room for ARP replies, and
/// nobody could tell by which interface a packet came. The link-layer address is left empty, since it was not
/// kept. Packets from sockets (unprivileged runs) fit in as well: they have headers that were written back,
/// with no checksum, and their destination is not known.
class PcapWriter {
 public:
  /// Takes bytes of the file in their order: its header first, then always whole packets.
  using Write = std::function<Result<void>(std::string_view bytes)>;

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
  struct HandleCloser {
    void operator()(pcap* handle) const;
  };
  struct FileCloser {
    void operator()(pcap_dumper* dumper) const;
  };
  /// What libpcap writes goes through a FILE; that FILE's writes end here.
  struct Target {
    Write write;
    Result<void> result;
  };

  PcapWriter() = default;
  Result<void> pass_on();

  std::unique_ptr<Target> target_;
  std::unique_ptr<pcap, HandleCloser> handle_;
  std::unique_ptr<pcap_dumper, FileCloser> dumper_;  // its end writes to the target: it goes first
};

}  // namespace echosweep::net

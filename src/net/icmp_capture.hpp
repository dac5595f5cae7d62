#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/quantities.hpp"
#include "core/result.hpp"
#include "net/pcap_handle.hpp"
#include "packet/link_layer.hpp"

namespace echosweep::net {

/// A whole frame from its link header on; valid until the next one is asked for.
struct CapturedFrame {
  WallTime time;
  std::span<const std::uint8_t> bytes;
  std::uint32_t wire_size = 0;  ///< bytes before it was cut
};

/// Whatever may be ICMP, as it passes an interface or as a file has it, both ways. Opened with privileges,
/// needs none after. Move-only; any one thread.
///
/// A live capture's filter lets more pass than ICMP: libpcap's `icmp6` looks at the first next-header field
/// alone, and so knows no ICMPv6 behind hop-by-hop options, which is where all reports of multicast listeners
/// stand. So every IPv6 packet with an extension header comes, and the decoder tells. A file is read whole.
class IcmpCapture {
 public:
  /// The code of an Error that is about `filter`, whose message is libpcap's reason alone.
  static constexpr int kBadFilter = -1;

  /// `interface`: empty or `any` for all. `filter`: a libpcap expression besides, or empty. Not promiscuous.
  static Result<IcmpCapture> open_live(const std::string& interface, const std::string& filter);
  /// `path`: a pcap or pcapng file; `-`: standard input. Link types: packet::LinkType.
  static Result<IcmpCapture> open_file(const std::string& path, const std::string& filter);

  /// Nothing: there is none now (wait()), or none any more (ended()). A file that breaks off is an error
  /// behind its last whole packet.
  Result<std::optional<CapturedFrame>> next();
  bool ended() const { return ended_; }
  /// Until there may be a packet, at most this long; a signal ends it.
  void wait(std::chrono::milliseconds at_most) const;
  /// Packets that the kernel had no room for so far; 0 of a file.
  std::uint64_t drops();

  packet::LinkType link_type() const { return link_type_; }
  /// For PcapFile: a copy of this capture has the same.
  int link_number() const { return pcap_datalink(handle_.get()); }
  int snapshot() const;

 private:
  IcmpCapture(PcapHandle handle, packet::LinkType link_type, bool live)
      : handle_(std::move(handle)), link_type_(link_type), live_(live) {}
  static Result<IcmpCapture> make(PcapHandle handle, const std::string& filter, bool live,
                                  const std::string& name);

  PcapHandle handle_;
  packet::LinkType link_type_;
  bool live_;
  bool ended_ = false;
  std::uint64_t drops_ = 0;
  std::uint32_t last_drops_ = 0;  ///< libpcap counts in 32 bits
};

}  // namespace echosweep::net

#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/quantities.hpp"
#include "core/result.hpp"

struct pcap;
struct pcap_dumper;

namespace echosweep::net {

/// A file in libpcap's format, as tcpdump and Wireshark read it, with times in nanoseconds. Any one thread.
class PcapFile {
 public:
  /// Takes bytes of the file in their order: its header first, then always whole packets.
  using Write = std::function<Result<void>(std::string_view bytes)>;

  /// Writes the file's header. `link_type`: libpcap's DLT_ number; `snapshot`: the most bytes of a frame.
  static Result<PcapFile> open(int link_type, int snapshot, Write write);

  /// `frame` starts at its link header; `wire_size`: bytes before it was cut.
  Result<void> append(WallTime time, std::span<const std::uint8_t> frame, std::uint32_t wire_size);

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
    std::vector<char> buffer;  ///< the FILE's: the largest packet fits, with its header
  };

  PcapFile() = default;
  Result<void> pass_on();

  std::unique_ptr<Target> target_;
  std::unique_ptr<pcap, HandleCloser> handle_;
  std::unique_ptr<pcap_dumper, FileCloser> dumper_;  // its end writes to the target: it goes first
};

}  // namespace echosweep::net

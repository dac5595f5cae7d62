#pragma once

#include <optional>
#include <string>

#include "cli/pcap_sink.hpp"
#include "core/address.hpp"
#include "core/result.hpp"
#include "net/packet_rx.hpp"

namespace echosweep::cli {

/// A packet as --pcap writes it; its bytes stay the packet's.
report::Packet as_written(const net::CapturedPacket& packet);

/// --pcap of ping and trace: the packets that answered a probe. A file that fails is told of once, and keeps
/// nothing else from going on.
class PacketEvidence {
 public:
  /// After privileges are gone. `file`: empty: nothing is written.
  static Result<PacketEvidence> open(const std::string& file);

  void take(const report::Packet& packet);
  void flush();
  /// False: something could not be written, as has been told.
  bool close();

 private:
  void note(const Result<void>& done);

  std::optional<PcapSink> sink_;
  bool is_whole_ = true;
};

}  // namespace echosweep::cli

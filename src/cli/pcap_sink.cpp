#include "cli/pcap_sink.hpp"

#include <utility>

namespace echosweep::cli {

Result<void> PcapSink::begin(const report::RunInfo&) {
  auto writer =
      net::PcapWriter::open([out = out_.get()](std::string_view bytes) { return out->append(bytes); });
  if (!writer) {
    return std::unexpected(writer.error());
  }
  writer_ = std::make_unique<net::PcapWriter>(std::move(*writer));
  return {};
}

Result<void> PcapSink::packet(const report::Packet& packet) {
  return writer_->write({.received = packet.received,
                         .interface = packet.interface,
                         .ethertype = packet.ethertype,
                         .bytes = packet.bytes,
                         .wire_size = packet.wire_size});
}

}  // namespace echosweep::cli
